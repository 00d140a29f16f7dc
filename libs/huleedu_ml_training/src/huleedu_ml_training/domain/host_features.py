"""How features that the host computes are told from ours."""

HOST_GROUP = "host"
"""Group, in a feature schema, of the features that the host computes."""
