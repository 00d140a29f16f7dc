"""The name of our schema, for those who need no more than that."""

SCHEMA = "ml_training"
"""Schema of all tables that belong to this library; the host's tables live elsewhere."""
