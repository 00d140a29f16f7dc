"""The host's tables, for those who have no host: essays and their features.

Names of tables and columns come from the settings, so that what is created here is what the loader
reads. Names go into statements as quoted identifiers only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    REAL,
    Column,
    Connection,
    DateTime,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    Text,
    func,
    inspect,
    quoted_name,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import CreateSchema
from sqlalchemy.types import TypeEngine

from huleedu_ml_training.config import EssaySource
from huleedu_ml_training.database.migrations import lock_schema
from huleedu_ml_training.database.translation import translated_errors
from huleedu_ml_training.domain.errors import ConflictError

TEXT_DIGEST = "text_digest"
"""Digest of :func:`~huleedu_ml_training.domain.text_identity.text_identity`; not a setting."""

DEFAULT_FEATURE_TABLE = "essay_features"


class TableState(StrEnum):
    """What was found, or done."""

    CREATED = "created"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class HostTable:
    """One table and what became of it.

    Attributes:
        name: With its schema, if the settings name one.
        state: Whether it was created or there already.
    """

    name: str
    state: TableState


class HostTableConflictError(ConflictError):
    """A table of the name exists but lacks columns; it was left as it is.

    Attributes:
        table: Its name.
        missing: Names of the columns that it lacks.
    """

    code = "host-table-conflict"

    def __init__(self, *, table: str, missing: Iterable[str]) -> None:
        super().__init__()
        self.table = table
        self.missing = tuple(missing)

    @property
    def what(self) -> str:
        """Name the table and the columns."""
        return f"the table {self.table} exists but has no column {', '.join(self.missing)}"

    @property
    def why(self) -> str:
        """Say why nothing was changed."""
        return "it may be the host's own, so it was left as it is"

    @property
    def remedy(self) -> str:
        """Name the settings that help."""
        return (
            "read it as it is by setting essays.columns (null for columns it does not have), or "
            "choose another name: --set essays.table=NAME"
        )


class HostTables:
    """The host's tables as the settings name them."""

    def __init__(self, engine: AsyncEngine, source: EssaySource) -> None:
        """Prepare; nothing is connected.

        Args:
            engine: Of the database to create them in.
            source: Names of tables and columns, and the form of feature vectors.
        """
        self._engine = engine
        self._source = source

    async def create(self) -> list[HostTable]:
        """Create both tables, all or nothing; calling it again is harmless.

        Raises:
            HostTableConflictError: One exists with other columns.
            InfrastructureError: The database cannot be reached or changed.
        """
        schema = self._source.schema_name
        metadata = MetaData(schema=None if schema is None else _quoted(schema))
        essays = _essay_table(self._source, metadata)
        tables = [essays, _feature_table(self._source, essays, metadata)]

        def create(connection: Connection) -> list[HostTable]:
            lock_schema(connection)
            return [_create(connection, table) for table in tables]

        with translated_errors(self._engine):
            async with self._engine.begin() as connection:
                return await connection.run_sync(create)


def _create(connection: Connection, table: Table) -> HostTable:
    name = table.fullname
    inspector = inspect(connection)
    if table.schema and not inspector.has_schema(table.schema):
        connection.execute(CreateSchema(table.schema))
    if not inspector.has_table(table.name, schema=table.schema):
        table.create(connection)
        return HostTable(name, TableState.CREATED)
    found = {column["name"] for column in inspector.get_columns(table.name, schema=table.schema)}
    missing = [column.name for column in table.columns if column.name not in found]
    if missing:
        raise HostTableConflictError(table=name, missing=missing)
    return HostTable(name, TableState.PRESENT)


def _essay_table(source: EssaySource, metadata: MetaData) -> Table:
    names = source.columns
    columns = [
        _column(names.id, Text(), primary_key=True),
        _column(names.text, Text(), nullable=False),
        _column(names.grade, Text(), nullable=False),
        _column(names.prompt, Text()),
        _column(names.prompt_text, Text()),
        _column(names.language, Text(), nullable=False, server_default=text("'en'")),
        # Null where the time of writing is unknown: the time of the import says nothing of it.
        _column(names.created_at, DateTime(timezone=True)),
        _column(names.scale, Text(), nullable=False),
        _column(names.source, Text()),
        _column(TEXT_DIGEST, Text(), nullable=False),
        _column(names.ratings, JSONB()),
        _column(names.metadata, JSONB(), nullable=False, server_default=text("'{}'")),
    ]
    present = [column for column in columns if column is not None]
    indexed = [name for name in (names.created_at, names.prompt, TEXT_DIGEST) if name]
    indexes = [Index(f"ix_{source.table}_{name}"[:63], _quoted(name)) for name in indexed]
    return Table(_quoted(source.table), metadata, *present, *indexes)


def _feature_table(source: EssaySource, essays: Table, metadata: MetaData) -> Table:
    features = source.features
    if features.layout == "columns":
        vectors = [_column(name, REAL()) for name in features.names]
    else:
        form = ARRAY(REAL) if features.layout == "real_array" else JSONB()
        vectors = [_column(features.vector, form, nullable=False)]
    columns = [
        _column(features.essay_id, Text(), primary_key=True),
        _column("schema_digest", Text(), primary_key=True),
        *vectors,
        _column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ]
    schema = features.schema_name or source.schema_name
    return Table(
        _quoted(features.table or DEFAULT_FEATURE_TABLE),
        metadata,
        *(column for column in columns if column is not None),
        ForeignKeyConstraint(
            [features.essay_id], [essays.columns[source.columns.id]], ondelete="CASCADE"
        ),
        schema=None if schema is None else _quoted(schema),
    )


def _column(name: str | None, kind: TypeEngine[Any], **options: Any) -> Column[Any] | None:
    return None if name is None else Column(_quoted(name), kind, **options)


def _quoted(name: str) -> quoted_name:
    return quoted_name(name, quote=True)
