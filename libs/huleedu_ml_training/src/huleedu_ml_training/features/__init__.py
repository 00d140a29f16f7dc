"""Features of essays: extracted once, kept under a key of what they depend on, and reported on."""
