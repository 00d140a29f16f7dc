"""Parts of the registry's conformance suite."""
