"""Alembic's environment: our own schema only, one transaction, one migration at a time.

A caller that has a connection passes it as ``config.attributes["connection"]``, as
:class:`huleedu_ml_training.database.migrations.Migrator` does; Alembic's own command line gets one
from the library's settings. Logging is left as it is.
"""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine

import huleedu_ml_training.features.tables
import huleedu_ml_training.registry.tables  # noqa: F401 - imported so that the metadata is whole
from huleedu_ml_training.config_loader import load_settings
from huleedu_ml_training.database.base import Base
from huleedu_ml_training.database.engine import create_engine, resolve_database
from huleedu_ml_training.database.migrations import VERSION_TABLE, lock_schema, prepare_schema
from huleedu_ml_training.database.schema_name import SCHEMA


def _in_our_schema(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "schema" or name == SCHEMA


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=_in_our_schema,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        lock_schema(connection)
        prepare_schema(connection)
        context.run_migrations()


async def _migrate_by_settings() -> None:
    async with resolve_database(load_settings().settings) as database:
        engine = create_engine(database)
        try:
            async with engine.connect() as connection:
                await connection.run_sync(_migrate)
        finally:
            await engine.dispose()


given: Connection | Engine | None = context.config.attributes.get("connection")
if isinstance(given, Connection):
    _migrate(given)
elif given is not None:
    with given.connect() as connection:
        _migrate(connection)
else:
    asyncio.run(_migrate_by_settings())
