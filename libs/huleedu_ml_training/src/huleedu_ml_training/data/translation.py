"""From what the database driver raises to errors that name the table and the remedy."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_ml_training.data.table_errors import (
    MissingTableError,
    TableAccessError,
    TablePermissionError,
)
from huleedu_ml_training.data.table_names import TableName
from huleedu_ml_training.database.translation import masked_url_of, translate_statement_error

_UNDEFINED_TABLE = "42P01"
_INSUFFICIENT_PRIVILEGE = "42501"


@contextmanager
def table_access(engine: AsyncEngine, table: TableName, *privileges: str) -> Iterator[None]:
    """Turn errors of statements on a host's table into our own.

    Args:
        engine: The database, for its name in the message.
        table: The table that is used.
        privileges: What the use needs, as ``GRANT`` calls it.

    Raises:
        MissingTableError: The table has gone.
        TablePermissionError: The role lacks a privilege, maybe on the table's schema.
        InfrastructureError: Anything else, in the database's words.
    """
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == _UNDEFINED_TABLE:
            raise MissingTableError(table=str(table), setting=table.setting) from error
        if state == _INSUFFICIENT_PRIVILEGE:
            # Like PostgreSQL itself: whoever names no role is the one of the system's user.
            role = engine.url.username or getpass.getuser()
            raise TablePermissionError(table=table, role=role, privileges=privileges) from error
        known = translate_statement_error(error, masked_url_of(engine))
        if known is not None:
            raise known from error
        raise TableAccessError(table=str(table), reason=_reason(error)) from error


def _reason(error: DBAPIError) -> str:
    cause = error.orig.__cause__ if error.orig is not None else None
    return " ".join(str(cause or error.orig).split())
