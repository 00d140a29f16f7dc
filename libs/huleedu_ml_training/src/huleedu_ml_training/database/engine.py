"""Which database there is, and engines on it."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from huleedu_ml_training.config import DatabaseSettings, Settings
from huleedu_ml_training.database.errors import (
    InvalidDatabaseUrlError,
    UnsupportedPlatformError,
)
from huleedu_ml_training.database.resolved import ResolvedDatabase
from huleedu_ml_training.database.translation import translate_connect_error
from huleedu_ml_training.database.url import normalise_url

if TYPE_CHECKING:
    from huleedu_ml_training.database.embedded import EmbeddedServer


__all__ = ["ResolvedDatabase", "create_engine", "open_connection", "resolve_database"]


@asynccontextmanager
async def resolve_database(settings: Settings) -> AsyncIterator[ResolvedDatabase]:
    """Give the database of the settings; without a URL, start or join the embedded server.

    Raises:
        InvalidDatabaseUrlError: The URL cannot be used.
        InfrastructureError: The embedded server cannot be started.
    """
    if settings.database_url is not None:
        url = normalise_url(settings.database_url.get_secret_value())
        yield ResolvedDatabase(url, embedded=False)
        return
    async with embedded_server(settings) as url:
        yield ResolvedDatabase(url, embedded=True)


def embedded_server(settings: Settings) -> "EmbeddedServer":
    """Return this process's use of the embedded server, not yet started.

    Raises:
        UnsupportedPlatformError: There is none on this operating system.
    """
    if sys.platform == "win32":
        raise UnsupportedPlatformError(platform="Windows")
    from huleedu_ml_training.database.embedded import EmbeddedServer  # noqa: PLC0415 - Unix only

    return EmbeddedServer(settings.postgres_dir)


def create_engine(
    database: ResolvedDatabase, settings: DatabaseSettings | None = None
) -> AsyncEngine:
    """Return an engine; nothing is connected yet. The caller disposes of it.

    The driver itself reads the URL, so that ``sslmode``, certificates and password files work as
    PostgreSQL documents them. Failed connections raise the errors of
    :mod:`~huleedu_ml_training.database.errors`.

    Raises:
        InvalidDatabaseUrlError: SQLAlchemy cannot read the URL.
    """
    settings = settings or DatabaseSettings()
    try:
        url = make_url(database.async_url)
    except (ArgumentError, ValueError) as error:
        raise InvalidDatabaseUrlError(url=database.masked_url, reason=str(error)) from None
    return create_async_engine(
        url,
        async_creator=partial(open_connection, database, settings),
        pool_size=settings.pool_size,
        pool_pre_ping=True,
    )


async def open_connection(
    database: ResolvedDatabase, settings: DatabaseSettings
) -> "asyncpg.Connection[asyncpg.Record]":
    """Return a connection of the driver's own, which belongs to the caller.

    Raises:
        InfrastructureError: It cannot be made; the subclass says why.
        InvalidDatabaseUrlError: The driver cannot read the URL.
    """
    try:
        return await asyncpg.connect(database.url, timeout=settings.connect_timeout_s)
    except Exception as error:
        translated = translate_connect_error(error, database.masked_url)
        if translated is None:
            raise
        raise translated from error
