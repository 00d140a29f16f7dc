"""The query that reads selected essays from the host's table."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    cast,
    column,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import table as table_clause

from huleedu_ml_training.config import EssayColumns, EssaySource
from huleedu_ml_training.data.catalogue import TableColumns
from huleedu_ml_training.data.column_errors import ColumnTypeError, UnmappedColumnError
from huleedu_ml_training.data.rating_tables import rating_columns, ratings_in_columns
from huleedu_ml_training.data.table_names import TableName, quoted
from huleedu_ml_training.domain.dataset import EssaySelection

DEFAULT_LANGUAGE = "en"
"""Language of essays whose language the host does not record."""

_TIME_TYPES = ("timestamp with time zone", "timestamp without time zone", "date")
_SETTING = "essays.columns."


def essay_table_name(source: EssaySource) -> TableName:
    """Return the name of the host's essays table."""
    return TableName(source.table, source.schema_name, "essays.table")


def mapped_columns(names: EssayColumns) -> dict[str, str]:
    """Return setting → column of every column of the essays table that the settings map."""
    return {
        _SETTING + field: name for field, name in names.model_dump().items() if name is not None
    }


def read_columns_of(source: EssaySource) -> dict[str, str]:
    """Return setting → column of every column of the essays table that is read."""
    columns = mapped_columns(source.columns)
    if source.ratings.columns or source.ratings.table is not None:
        # Ratings stand elsewhere: the column that the settings name by default need not be there.
        columns.pop(_SETTING + "ratings", None)
    return columns | rating_columns(source.ratings)


class EssayQuery:
    """Builds queries on the host's essays table, as the database describes it.

    Only rows with a text and a grade count as graded essays. Where the host names a scale, rows
    of another scale are left out; rows that name none are taken to be on the scale asked for.

    Args:
        source: Names of the table and its columns.
        columns: The table's columns; checked for :func:`read_columns_of`.
        scale_name: Name of the scale asked for.
    """

    def __init__(self, source: EssaySource, columns: TableColumns, scale_name: str) -> None:
        self._names: dict[str, str | None] = source.columns.model_dump()
        self._raters = source.ratings
        self._id = source.columns.id
        self._types = columns
        self._scale_name = scale_name
        self.table = table_clause(
            quoted(source.table),
            *(column(quoted(name)) for name in columns.types),
            schema=None if source.schema_name is None else quoted(source.schema_name),
        )

    @property
    def essay_id(self) -> ColumnElement[str]:
        """The id as text."""
        return cast(self.table.c[self._id], Text)

    def select(self, selection: EssaySelection) -> Select[Any]:
        """Return the query for the selected essays, in order of id; word limits are not in it.

        Raises:
            UnmappedColumnError: The selection asks for a column that is not mapped.
            ColumnTypeError: The column of times does not hold times.
        """
        query = (
            select(
                self.essay_id.label("essay_id"),
                self._text("text").label("text"),
                self._text("grade").label("grade"),
                self._text("prompt").label("prompt"),
                self._text("prompt_text").label("prompt_text"),
                self._language().label("language"),
                self._time().label("created_at"),
                self._text("source").label("source"),
                self._ratings().label("ratings"),
                self._json("metadata").label("metadata"),
            )
            .where(*self._graded(), *self._on_scale(), *self._selected(selection))
            # Byte order, whatever the server's locale: the order that Python gives strings too.
            .order_by(self.essay_id.collate("C"))
        )
        unlimited_words = not selection.min_words and selection.max_words is None
        return query.limit(selection.limit) if unlimited_words else query

    def count_by_scale(self) -> Select[str, int]:
        """Return the query for the number of graded essays on each scale, most frequent first."""
        scale: ColumnElement[str] = func.coalesce(self._text("scale"), self._scale_name)
        return (
            select(scale.label("scale"), func.count().label("n"))
            .select_from(self.table)
            .where(*self._graded())
            .group_by(scale)
            .order_by(func.count().desc(), scale)
        )

    def _text(self, field: str) -> ColumnElement[str]:
        name = self._names[field]
        return cast(null() if name is None else self.table.c[name], Text)

    def _json(self, field: str) -> ColumnElement[Any]:
        name = self._names[field]
        return (
            cast(null(), JSONB) if name is None else func.to_jsonb(self.table.c[name], type_=JSONB)
        )

    def _ratings(self) -> ColumnElement[Any]:
        if self._raters.columns:
            return ratings_in_columns(self._raters, self.table)
        if self._raters.table is not None:
            return cast(null(), JSONB)
        return self._json("ratings")

    def _language(self) -> ColumnElement[str]:
        return func.coalesce(self._text("language"), literal(DEFAULT_LANGUAGE, Text))

    def _time(self) -> ColumnElement[Any]:
        name = self._names["created_at"]
        if name is None:
            return cast(null(), DateTime(timezone=True))
        kind = self._types.types[name]
        if kind not in _TIME_TYPES:
            raise ColumnTypeError(
                table=str(self._types.table),
                column=name,
                found=kind,
                expected=_TIME_TYPES,
                setting=_SETTING + "created_at",
            )
        if kind == "timestamp with time zone":
            return cast(self.table.c[name], DateTime(timezone=True))
        # Without a zone of its own a time is in UTC, not in the zone of the session.
        return func.timezone(
            "UTC", cast(self.table.c[name], DateTime), type_=DateTime(timezone=True)
        )

    def _graded(self) -> list[ColumnElement[bool]]:
        return [self._text("text").is_not(None), self._text("grade").is_not(None)]

    def _on_scale(self) -> list[ColumnElement[bool]]:
        if self._names["scale"] is None:
            return []
        scale = self._text("scale")
        return [or_(scale.is_(None), scale == self._scale_name)]

    def _selected(self, selection: EssaySelection) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if selection.since is not None:
            self._require("created_at", "selecting by time")
            conditions.append(self._time() >= selection.since)
        if selection.until is not None:
            self._require("created_at", "selecting by time")
            conditions.append(self._time() < selection.until)
        if selection.prompts:
            self._require("prompt", "selecting by prompt")
            conditions.append(self._text("prompt").in_(selection.prompts))
        if selection.exclude_prompts:
            self._require("prompt", "leaving out prompts")
            prompt = self._text("prompt")
            conditions.append(or_(prompt.is_(None), prompt.not_in(selection.exclude_prompts)))
        if selection.languages:
            self._require("language", "selecting by language")
            conditions.append(self._language().in_(selection.languages))
        if selection.sources:
            self._require("source", "selecting by source")
            conditions.append(self._text("source").in_(selection.sources))
        return conditions

    def _require(self, field: str, purpose: str) -> None:
        if self._names[field] is None:
            raise UnmappedColumnError(purpose=purpose, setting=_SETTING + field)
