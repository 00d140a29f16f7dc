"""Asking the embedded server, by connecting, whether it is ready."""

import asyncpg

_CONNECT_TIMEOUT_S = 5.0


async def ensure_database(maintenance_url: str, name: str) -> bool:
    """Make sure that the server answers and has our database.

    Args:
        maintenance_url: URL of the database ``postgres``.
        name: Name of our database; made if it is absent.

    Returns:
        False while the server does not take connections yet.
    """
    try:
        connection = await asyncpg.connect(maintenance_url, timeout=_CONNECT_TIMEOUT_S)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return True
