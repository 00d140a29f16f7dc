"""Asking the embedded server, by connecting, whether it is ready."""

import asyncpg

_CONNECT_TIMEOUT_S = 5.0
_NOT_READY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a server can answer that is starting, stopping, or killed between two packets."""


async def ensure_database(maintenance_url: str, name: str) -> bool:
    """Make sure that the server answers and has our database.

    Args:
        maintenance_url: URL of the database ``postgres``.
        name: Name of our database; made if it is absent.

    Returns:
        False while the server does not serve.
    """
    try:
        connection = await asyncpg.connect(maintenance_url, timeout=_CONNECT_TIMEOUT_S)
    except _NOT_READY:
        return False
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    except _NOT_READY:
        return False
    finally:
        connection.terminate()
    return True
