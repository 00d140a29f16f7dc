"""Many processes at one registry, and an audit of what they were told against the ledger."""
