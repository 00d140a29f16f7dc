"""Turning what drivers and servers say into errors that tell people what to do."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import InterfaceError as SqlalchemyInterfaceError
from sqlalchemy.exc import OperationalError as SqlalchemyOperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_ml_training.config_loader import mask_url
from huleedu_ml_training.database.errors import (
    DatabaseAccessDeniedError,
    DatabaseError,
    DatabaseFullError,
    DatabaseNotFoundError,
    DatabasePermissionError,
    DatabaseTlsError,
    DatabaseUnavailableError,
    InvalidDatabaseUrlError,
)
from huleedu_ml_training.database.migration_errors import MigrationsMissingError
from huleedu_ml_training.database.schema_name import SCHEMA

if TYPE_CHECKING:
    from huleedu_ml_training.database.resolved import ResolvedDatabase

_BY_STATE: dict[str, type[DatabaseError]] = {
    "25006": DatabasePermissionError,  # read-only transaction
    "25P03": DatabaseUnavailableError,  # ended by the server: idle, or open for too long
    "25P04": DatabaseUnavailableError,
    "28000": DatabaseAccessDeniedError,
    "28P01": DatabaseAccessDeniedError,
    "3D000": DatabaseNotFoundError,
    "42501": DatabasePermissionError,
    "53100": DatabaseFullError,
    "53300": DatabaseUnavailableError,  # too many connections
    "57P01": DatabaseUnavailableError,  # shut down, crashed, starting
    "57P02": DatabaseUnavailableError,
    "57P03": DatabaseUnavailableError,
}
_CONNECTION_CLASS = "08"
_LOST = (ConnectionError, asyncpg.InternalClientError)
"""What asyncpg lets through, also through SQLAlchemy, when a server dies between two packets."""

_DRIVER_ERRORS = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, *_LOST)
_UNDEFINED = frozenset({"42P01", "42703", "3F000"})
"""Table, column, schema."""


@contextmanager
def translated_errors(where: "AsyncEngine | ResolvedDatabase") -> Iterator[None]:
    """Translate the errors of statements; others, integrity errors among them, pass unchanged.

    Connecting needs no wrapper: engines of :mod:`~huleedu_ml_training.database.engine` raise
    translated errors by themselves.

    Args:
        where: The database, for its name in the message.

    Raises:
        MigrationsMissingError: A table or column of our own schema is absent.
        InfrastructureError: Any other of :mod:`~huleedu_ml_training.database.errors`.
    """
    try:
        yield
    except _DRIVER_ERRORS as error:
        translated = translate_statement_error(error, masked_url_of(where))
        if translated is None:
            raise
        raise translated from error


def masked_url_of(where: "AsyncEngine | ResolvedDatabase") -> str:
    """Return a database's URL as people may see it."""
    if isinstance(where, AsyncEngine):
        shown = where.url.set(drivername="postgresql").render_as_string(hide_password=True)
        return mask_url(shown)
    return where.masked_url


def translate_statement_error(error: BaseException, url: str) -> DatabaseError | None:
    """Return the error that tells people what to do, or None where the cause is a bug."""
    reason = _reason(error)
    state = _state(error)
    if state in _UNDEFINED:
        ours = SCHEMA in reason
        return MigrationsMissingError(url=url, reason=reason) if ours else None
    if state is not None and state.startswith(_CONNECTION_CLASS):
        return DatabaseUnavailableError(url=url, reason=reason)
    if state is not None:
        kind = _BY_STATE.get(state)
        return None if kind is None else kind(url=url, reason=reason)
    lost = isinstance(error, _LOST) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    # Without a state the server never answered: psycopg reports failed connections so.
    silent = isinstance(error, SqlalchemyOperationalError | SqlalchemyInterfaceError)
    return DatabaseUnavailableError(url=url, reason=reason) if lost or silent else None


def translate_connect_error(error: BaseException, url: str) -> Exception | None:
    """Return the error for a failed attempt to connect, or None where the cause is a bug.

    Args:
        error: What asyncpg raised.
        url: The database, masked.
    """
    reason = _reason(error)
    if isinstance(error, asyncpg.PostgresError):
        kind = _BY_STATE.get(_state(error) or "", DatabaseUnavailableError)
        return kind(url=url, reason=reason)
    if isinstance(error, asyncpg.ClientConfigurationError):
        return InvalidDatabaseUrlError(url=url, reason=reason)
    if isinstance(error, ssl.SSLError) or "SSL" in reason:
        return DatabaseTlsError(url=url, reason=reason)
    if isinstance(error, TimeoutError):
        return DatabaseUnavailableError(url=url, reason="no answer in time")
    if isinstance(error, OSError | asyncpg.InterfaceError):
        return DatabaseUnavailableError(url=url, reason=reason)
    return None


def _state(error: BaseException | None) -> str | None:
    while error is not None:
        state = getattr(error, "sqlstate", None)
        if isinstance(state, str):
            return state
        error = getattr(error, "orig", None) or error.__cause__
    return None


def _reason(error: BaseException) -> str:
    """Return the driver's own words, in one line, without SQLAlchemy's statement and link."""
    inner: BaseException = error
    while isinstance(inner, DBAPIError) and inner.orig is not None:
        inner = inner.orig
    cause = inner.__cause__
    if isinstance(cause, asyncpg.PostgresError):
        inner = cause
    return " ".join(str(inner).split()) or type(inner).__name__
