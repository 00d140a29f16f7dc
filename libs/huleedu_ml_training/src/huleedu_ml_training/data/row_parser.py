"""From a row of a file to an essay, or to the reason why it is none."""

from uuid import UUID, uuid5

from huleedu_ml_training.data.columns import ColumnMapping
from huleedu_ml_training.data.field_values import (
    FieldValues,
    RejectedValueError,
    as_text,
    shortened,
)
from huleedu_ml_training.data.readers import Row
from huleedu_ml_training.data.records import EssayRecord, EssayRow, EssayText, RejectedRow
from huleedu_ml_training.domain.grades import GradeScale, UnknownGradeError
from huleedu_ml_training.domain.text_identity import text_identity

_TEXT_NAMESPACE = UUID("7c1d6d3a-5b0e-5d6f-9a64-3f1f6c0f4e51")
DEFAULT_LANGUAGE = "en"


class RowParser:
    """Turns rows into graded essays.

    Args:
        mapping: Where the fields are.
        scale: The scale of grades and ratings.
        source: Name of the corpus, for rows that name none.
        language: ISO 639-1 code, for rows that name none.
    """

    def __init__(
        self,
        mapping: ColumnMapping,
        scale: GradeScale,
        *,
        source: str | None = None,
        language: str = DEFAULT_LANGUAGE,
    ) -> None:
        self._mapping = mapping
        self._scale = scale
        self._source = source
        self._language = language

    def parse(self, row: Row) -> EssayRow | RejectedRow:
        """Return the essay with canonical grade labels, or the first reason to reject the row."""
        try:
            return EssayRow(row.number, self._record(FieldValues(self._mapping, row.values)))
        except RejectedValueError as error:
            return _rejected(row, error)

    def _record(self, fields: FieldValues) -> EssayRecord:
        text = fields.essay_text()
        essay_id: str | None = id_of_text(text)
        if "id" in self._mapping.fields:
            essay_id = fields.stripped("id")
        if essay_id is None:
            raise RejectedValueError(fields.column("id"), None, "is empty")
        ratings = [
            None if label is None else self._grade(column, label)
            for column, label in fields.ratings()
        ]
        while ratings and ratings[-1] is None:
            ratings.pop()
        return EssayRecord(
            essay_id=essay_id,
            text=text,
            grade=self._grade(fields.column("grade"), fields.raw("grade")),
            prompt=fields.stripped("prompt"),
            prompt_text=fields.exact("prompt_text") or None,
            language=fields.language(self._language),
            created_at=fields.time(),
            source=fields.stripped("source") or self._source,
            ratings=tuple(ratings),
            metadata=fields.metadata(),
        )

    def _grade(self, column: str, value: object) -> str:
        label = (as_text(column, value) or "").strip()
        if not label:
            raise RejectedValueError(column, None, "is empty")
        try:
            return self._scale.labels[self._scale.index(label)]
        except UnknownGradeError:
            reason = f"is not a grade of the scale {self._scale.name}"
            raise RejectedValueError(column, label, reason) from None


def parse_text(mapping: ColumnMapping, row: Row) -> EssayText | RejectedRow:
    """Return the essay in a row, whether it is graded or not, or the reason to reject the row."""
    fields = FieldValues(mapping, row.values)
    try:
        return EssayText(
            id=fields.stripped("id") or f"row {row.number}",
            text=fields.essay_text(),
            prompt_text=fields.exact("prompt_text") or None,
            language=fields.language("") if fields.stripped("language") else None,
        )
    except RejectedValueError as error:
        return _rejected(row, error)


def id_of_text(text: str) -> str:
    """Return the id of an essay that has none: a UUID made of its text's identity."""
    return str(uuid5(_TEXT_NAMESPACE, text_identity(text)))


def _rejected(row: Row, error: RejectedValueError) -> RejectedRow:
    value = "" if error.value is None else shortened(error.value)
    return RejectedRow(row.number, error.column, value, error.reason)
