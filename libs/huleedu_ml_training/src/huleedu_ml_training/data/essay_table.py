"""Writing essays into the host's table, as it was created by this library or much like it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import DateTime, Text, bindparam, column, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import table as table_clause
from sqlalchemy.types import TypeEngine

from huleedu_ml_training.config import EssaySource
from huleedu_ml_training.data.catalogue import TableColumns
from huleedu_ml_training.data.column_errors import ColumnTypeError
from huleedu_ml_training.data.field_values import as_utc
from huleedu_ml_training.data.records import EssayRecord
from huleedu_ml_training.data.table_names import quoted
from huleedu_ml_training.database.host_tables import TEXT_DIGEST
from huleedu_ml_training.domain.text_identity import text_identity

_TEXT_TYPES = ("text", "character varying")
_TYPES: Mapping[str, tuple[TypeEngine[Any], tuple[str, ...]]] = {
    "created_at": (DateTime(timezone=True), ("timestamp with time zone",)),
    "ratings": (JSONB(none_as_null=True), ("jsonb",)),
    "metadata": (JSONB(none_as_null=True), ("jsonb",)),
}
"""Field → type of its column, and PostgreSQL's names for it; all others are texts."""


class EssayTable:
    """Reads and writes rows of the essays table by field, whatever its columns are called.

    Args:
        source: Names of the table and its columns.
        columns: The table's columns, by the database's account.

    Raises:
        ColumnTypeError: A column cannot hold what would be written to it.
    """

    def __init__(self, source: EssaySource, columns: TableColumns) -> None:
        names: dict[str, str | None] = source.columns.model_dump()
        self._column_of = {field: name for field, name in names.items() if name is not None}
        if TEXT_DIGEST in columns.types:
            self._column_of[TEXT_DIGEST] = TEXT_DIGEST
        self._field_of = {name: field for field, name in self._column_of.items()}
        for field, name in self._column_of.items():
            self._check_type(field, name, columns)
        self._table = table_clause(
            quoted(source.table),
            *(
                column(quoted(name), _TYPES[field][0] if field in _TYPES else Text())
                for field, name in self._column_of.items()
            ),
            schema=None if source.schema_name is None else quoted(source.schema_name),
        )
        self._id = self._table.c[source.columns.id]

    def fields(self, essay: EssayRecord, scale_name: str) -> dict[str, Any]:
        """Return field → value of an essay, for the fields that the table has."""
        values: dict[str, Any] = {
            "id": essay.essay_id,
            "text": essay.text,
            "grade": essay.grade,
            "prompt": essay.prompt,
            "prompt_text": essay.prompt_text,
            "language": essay.language,
            "created_at": None if essay.created_at is None else as_utc(essay.created_at),
            "scale": scale_name,
            "source": essay.source,
            "ratings": list(essay.ratings) or None,
            "metadata": dict(essay.metadata),
            TEXT_DIGEST: text_identity(essay.text),
        }
        return {field: values[field] for field in self._column_of}

    async def stored(
        self, connection: AsyncConnection, ids: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        """Return id → fields of the essays that are in the table."""
        query = select(self._table).where(self._id.in_(ids))
        rows = (await connection.execute(query)).mappings()
        found = [{self._field_of[name]: value for name, value in row.items()} for row in rows]
        return {fields["id"]: fields for fields in found}

    async def add(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, given by field."""
        if rows:
            named = [{self._column_of[field]: row[field] for field in row} for row in rows]
            await connection.execute(insert(self._table), named)

    async def replace(self, connection: AsyncConnection, row: Mapping[str, Any]) -> None:
        """Write fields of the row that has the id."""
        values = {self._column_of[field]: row[field] for field in row if field != "id"}
        query = update(self._table).where(self._id == bindparam("wanted_id")).values(values)
        await connection.execute(query, {"wanted_id": row["id"]})

    def _check_type(self, field: str, name: str, columns: TableColumns) -> None:
        expected = _TYPES[field][1] if field in _TYPES else _TEXT_TYPES
        if columns.types[name] not in expected:
            raise ColumnTypeError(
                table=str(columns.table),
                column=name,
                found=columns.types[name],
                expected=expected,
                setting=f"essays.columns.{field}",
            )
