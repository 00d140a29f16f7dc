"""Gradient-boosted trees of one binary target, behind one contract for every library."""
