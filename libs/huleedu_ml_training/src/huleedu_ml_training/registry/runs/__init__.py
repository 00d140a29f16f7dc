"""Experiments: what was run, with what settings, on what data, and how it ended."""
