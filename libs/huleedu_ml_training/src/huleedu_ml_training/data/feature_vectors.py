"""Feature vectors that the host keeps, in any of four layouts.

Undefined values are null: SQL NULL in columns and arrays, JSON null in documents. They become NaN.
A NaN or an infinity that was stored as such is an error, because it was computed, not meant.
"""

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, Text, cast, column
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import table as table_clause

from huleedu_essay_features import FeatureDefinition, FeatureSchema
from huleedu_ml_training.config import FeatureColumns
from huleedu_ml_training.data.catalogue import TableColumns
from huleedu_ml_training.data.column_errors import ColumnTypeError
from huleedu_ml_training.data.feature_errors import FeatureNamesError, InvalidStoredFeaturesError
from huleedu_ml_training.data.table_names import TableName, quoted
from huleedu_ml_training.domain.host_features import HOST_GROUP

_JSON_TYPES = ("jsonb", "json")
_ARRAY_TYPES = ("real[]", "double precision[]", "numeric[]")
_NUMBER_TYPES = frozenset({"real", "double precision", "numeric", "smallint", "integer", "bigint"})
_EXPECTED_TYPES: Mapping[str, tuple[str, ...]] = {
    "jsonb_array": _JSON_TYPES,
    "jsonb_object": _JSON_TYPES,
    "real_array": _ARRAY_TYPES,
}
_LARGEST = float(np.finfo(np.float32).max)
_FLAG = "feature_essay_id"
_PREFIX = "feature_"
_SETTING = "essays.features."


def feature_table_name(settings: FeatureColumns) -> TableName | None:
    """Return the name of the host's features table; None where it has none."""
    if settings.table is None:
        return None
    return TableName(settings.table, settings.schema_name, _SETTING + "table")


def host_feature_schema(names: Sequence[str]) -> FeatureSchema:
    """Return the schema of features whose definitions are the host's."""
    return FeatureSchema(
        features=tuple(
            FeatureDefinition(name, HOST_GROUP, "", "Defined and computed by the host.")
            for name in names
        )
    )


class FeatureVectors:
    """Joins the host's features to essays and reads them, one reading at a time.

    Args:
        settings: Names and layout.
        columns: The table's columns, by the database's account.

    Raises:
        MissingTableColumnsError: A column that the settings name is not there.
        TablePermissionError: It may not be read.
        ColumnTypeError: The column of vectors is not of the layout's type.
        FeatureNamesError: Names are needed and not set.
    """

    def __init__(self, settings: FeatureColumns, columns: TableColumns) -> None:
        self._settings = settings
        self._columns = columns
        self.table_name = str(columns.table)
        self.names: tuple[str, ...] = settings.names
        wanted = {_SETTING + "essay_id": settings.essay_id}
        if settings.layout == "columns":
            columns.require(wanted)
            self.names = settings.names or self._number_columns()
            if not self.names:
                reason = f"{self.table_name} has no column of numbers"
                raise FeatureNamesError(reason=reason)
            columns.require({f"{_SETTING}names[{name}]": name for name in self.names})
        else:
            columns.require({**wanted, _SETTING + "vector": settings.vector})
            self._require_type(_EXPECTED_TYPES[settings.layout])
            if settings.layout != "jsonb_object" and not settings.names:
                reason = f"vectors in the layout {settings.layout} bear no names"
                raise FeatureNamesError(reason=reason)

    def join(self, query: Select[Any], essay_id: ColumnElement[str]) -> Select[Any]:
        """Return a query on essays with their features, where they have any, added."""
        held = table_clause(
            quoted(self._columns.table.name),
            *(column(quoted(name)) for name in self._columns.types),
            schema=(
                None if self._columns.table.schema is None else quoted(self._columns.table.schema)
            ),
        ).alias("held_features")
        key = cast(held.c[self._settings.essay_id], Text)
        vector: list[ColumnElement[Any]]
        if self._settings.layout == "columns":
            vector = [
                held.c[name].label(f"{_PREFIX}{index}") for index, name in enumerate(self.names)
            ]
        else:
            stored = held.c[self._settings.vector]
            is_json = self._settings.layout != "real_array"
            vector = [(cast(stored, JSONB) if is_json else stored).label(f"{_PREFIX}0")]
        return query.add_columns(key.label(_FLAG), *vector).outerjoin(held, key == essay_id)

    def read(self, essay_id: str, row: Mapping[str, Any]) -> NDArray[np.float32] | None:
        """Return the vector in a row of the joined query, shape (n_features,); None: it has none.

        Where names are not set, those of the first object hold, in alphabetical order.

        Raises:
            InvalidStoredFeaturesError: The vector has the wrong length, other names, or a value
                that is no finite number.
        """
        if row[_FLAG] is None:
            return None
        if self._settings.layout == "columns":
            values = [row[f"{_PREFIX}{index}"] for index in range(len(self.names))]
        else:
            stored = row[f"{_PREFIX}0"]
            if stored is None:
                return None
            if self._settings.layout == "jsonb_object":
                values = self._by_name(essay_id, stored)
            else:
                values = self._in_order(essay_id, stored)
        numbers = [
            self._number(essay_id, name, value)
            for name, value in zip(self.names, values, strict=True)
        ]
        return np.asarray(numbers, dtype=np.float32)

    def _by_name(self, essay_id: str, stored: object) -> list[object]:
        if not isinstance(stored, dict):
            raise self._invalid(essay_id, "an object of named numbers", _kind(stored))
        if not self.names:
            self.names = tuple(sorted(stored))
        missing = [name for name in self.names if name not in stored]
        # Names that were never set must agree among all essays; set ones pick from what there is.
        surplus = [] if self._settings.names else sorted(set(stored) - set(self.names))
        if missing or surplus:
            got = [f"no {name!r}" for name in missing] + [f"also {name!r}" for name in surplus]
            shown = ", ".join(got[:5]) + (" …" if len(got) > 5 else "")
            raise self._invalid(essay_id, f"{len(self.names)} features by name", shown)
        return [stored[name] for name in self.names]

    def _in_order(self, essay_id: str, stored: object) -> list[object]:
        if not isinstance(stored, list):
            raise self._invalid(essay_id, "an array of numbers", _kind(stored))
        if len(stored) != len(self.names):
            raise self._invalid(essay_id, f"{len(self.names)} values", str(len(stored)))
        return stored

    def _number(self, essay_id: str, name: str, value: object) -> float:
        if value is None:
            return math.nan
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self._invalid(essay_id, "a number", _kind(value), name)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not abs(number) <= _LARGEST:
            raise self._invalid(essay_id, "a finite number", str(number), name)
        return number

    def _number_columns(self) -> tuple[str, ...]:
        return tuple(
            name
            for name, kind in self._columns.types.items()
            if kind in _NUMBER_TYPES and name != self._settings.essay_id
        )

    def _require_type(self, expected: tuple[str, ...]) -> None:
        kind = self._columns.types[self._settings.vector]
        if kind not in expected:
            raise ColumnTypeError(
                table=self.table_name,
                column=self._settings.vector,
                found=kind,
                expected=expected,
                setting=_SETTING + "vector",
            )

    def _invalid(
        self, essay_id: str, expected: str, got: str, name: str = ""
    ) -> InvalidStoredFeaturesError:
        in_columns = self._settings.layout == "columns"
        column = name if in_columns else self._settings.vector
        feature = f", feature {name!r}" if name and not in_columns else ""
        return InvalidStoredFeaturesError(
            essay_id=essay_id,
            column=f"{self.table_name}.{column}{feature}",
            expected=expected,
            got=got,
        )


def _kind(value: object) -> str:
    shown = json.dumps(value, default=str)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"
