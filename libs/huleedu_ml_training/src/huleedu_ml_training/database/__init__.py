"""The database: which one, engines on it, its errors, migrations, and an embedded server."""
