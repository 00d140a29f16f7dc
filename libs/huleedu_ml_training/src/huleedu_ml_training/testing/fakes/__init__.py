"""In-memory implementations of the protocols, for tests of what builds on them."""
