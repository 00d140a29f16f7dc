"""Moving a version with its history from one registry to another."""
