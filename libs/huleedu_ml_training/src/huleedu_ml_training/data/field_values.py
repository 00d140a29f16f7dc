"""From the values of a row to the fields of an essay, or to the reason to reject the row."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from huleedu_ml_training.data.columns import ColumnMapping
from huleedu_ml_training.domain.text_identity import count_words

_LANGUAGE = re.compile(r"[a-z]{2}")
_SHOWN_CHARACTERS = 40


class RejectedValueError(ValueError):
    """A value cannot be used; caught where rows are read.

    Attributes:
        column: The column that holds it.
        value: The value; None where there is nothing to show.
        reason: What is wrong with it.
    """

    def __init__(self, column: str, value: object, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.value = value
        self.reason = reason


class FieldValues:
    """The fields of one row.

    Args:
        mapping: Where the fields are.
        values: Column → value.
    """

    def __init__(self, mapping: ColumnMapping, values: Mapping[str, Any]) -> None:
        self._mapping = mapping
        self._values = values

    def column(self, field: str) -> str:
        """Return the column of a field; empty where it has none."""
        return self._mapping.fields.get(field, "")

    def raw(self, field: str) -> Any:
        """Return a field as the file holds it; None where it does not."""
        # Never by the empty name: data frames write their index into a column of that name.
        column = self._mapping.fields.get(field)
        return None if column is None else self._values.get(column)

    def exact(self, field: str) -> str | None:
        """Return a text as it is."""
        return as_text(self.column(field), self.raw(field))

    def stripped(self, field: str) -> str | None:
        """Return a text without space around it; None where nothing is left."""
        return (self.exact(field) or "").strip() or None

    def essay_text(self) -> str:
        """Return the essay, which must have a word."""
        text = self.exact("text") or ""
        if not count_words(text):
            raise RejectedValueError(self.column("text"), text or None, "holds no word")
        return text

    def language(self, default: str) -> str:
        """Return the language's code in lower case."""
        code = (self.stripped("language") or default).lower()
        if not _LANGUAGE.fullmatch(code):
            reason = "is not a two-letter language code"
            raise RejectedValueError(self.column("language"), code, reason)
        return code

    def time(self) -> datetime | None:
        """Return the time of writing in UTC."""
        text = self.stripped("created_at")
        if text is None:
            return None
        try:
            return as_utc(datetime.fromisoformat(text))
        except (ValueError, OverflowError):
            reason = "is not an ISO 8601 date or time"
            raise RejectedValueError(self.column("created_at"), text, reason) from None

    def ratings(self) -> list[tuple[str, object]]:
        """Return column and label of every rater's grade, those that are absent as None."""
        column = self.column("ratings")
        listed = as_json(column, self.raw("ratings"))
        if listed is not None and not _is_list(listed):
            raise RejectedValueError(column, listed, "is not a list of grades")
        single = [(name, self._values.get(name)) for name in self._mapping.raters]
        return [
            (name, None if is_blank(value) else value)
            for name, value in [*single, *((column, value) for value in listed or ())]
        ]

    def metadata(self) -> dict[str, str | None]:
        """Return the further columns that are not empty."""
        column = self.column("metadata")
        held = as_json(column, self.raw("metadata"))
        if _is_list(held) and all(isinstance(pair, tuple) for pair in held):
            held = dict(held)  # a map of Parquet
        if held is not None and not isinstance(held, Mapping):
            raise RejectedValueError(column, held, "is not an object of named values")
        found = {str(name): as_text(column, value) for name, value in (held or {}).items()}
        for name, metadata_column in self._mapping.metadata.items():
            found[name] = as_text(metadata_column, self._values.get(metadata_column))
        return {name: value for name, value in found.items() if value}


def as_utc(time: datetime) -> datetime:
    """Return a time in UTC; one without a zone is taken to be in UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def as_text(column: str, value: object) -> str | None:
    """Return a cell as text that a database can store; None where it is absent.

    Raises:
        RejectedValueError: It is no text, or cannot be stored.
    """
    if _is_absent(value):
        return None
    if isinstance(value, str):
        return _storable(column, value)
    if isinstance(value, bool | int | Decimal):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, date):
        return value.isoformat()
    raise RejectedValueError(column, value, f"is no text but {type(value).__name__}")


def as_json(column: str, value: object) -> Any:
    """Return what a text cell says in JSON; a cell that is no text, as it is.

    Raises:
        RejectedValueError: It is a text, but not JSON.
    """
    if not isinstance(value, str):
        return None if _is_absent(value) else value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise RejectedValueError(column, value, "is not JSON") from None


def is_blank(value: object) -> bool:
    """Whether a cell is absent or holds nothing but space."""
    return _is_absent(value) or (isinstance(value, str) and not value.strip())


def shortened(value: object) -> str:
    """Return a value as people can read it in one line."""
    shown = repr(value)
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…"


def _is_absent(value: object) -> bool:
    # NaN is how data frames write an absent value.
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _storable(column: str, text: str) -> str:
    if "\0" in text:
        reason = f"holds a NUL character at position {text.index(chr(0))}, which cannot be stored"
        raise RejectedValueError(column, text, reason)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        reason = f"holds half a character at position {error.start}, which cannot be stored"
        raise RejectedValueError(column, text, reason) from None
    return text
