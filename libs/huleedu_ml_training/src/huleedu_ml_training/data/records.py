"""One graded essay as a file or a table holds it, and data sets made of such records."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.data.errors import UnknownGradesError
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale, UnknownGradeError


@dataclass(frozen=True, slots=True)
class EssayRecord:
    """A graded essay; grades are labels, whose scale the reader must know.

    Attributes:
        essay_id: Identifier.
        text: The essay.
        grade: Label of the grade.
        prompt: Name of the prompt.
        prompt_text: The task as put to the pupil.
        language: ISO 639-1 code.
        created_at: When it was written, timezone-aware.
        source: Name of the corpus it came from.
        ratings: Labels of single raters; None where one did not grade it.
        metadata: Further columns for slices.
    """

    essay_id: str
    text: str
    grade: str
    prompt: str | None = None
    prompt_text: str | None = None
    language: str = "en"
    created_at: datetime | None = None
    source: str | None = None
    ratings: tuple[str | None, ...] = ()
    metadata: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EssayText:
    """An essay to be graded.

    Attributes:
        id: Identifier, or the number of its row.
        text: The essay.
        prompt_text: The task as put to the pupil.
        language: ISO 639-1 code.
    """

    id: str
    text: str
    prompt_text: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class EssayRow:
    """An essay and where it was read.

    Attributes:
        row: Number of the row, as a reader of the file counts; a CSV file's header is row 1.
        essay: What it holds.
    """

    row: int
    essay: EssayRecord


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of a file that cannot be used.

    Attributes:
        row: Number of the row, as a reader of the file counts; a CSV file's header is row 1.
        column: Name of the offending column in the file; empty where the whole row is meant.
        value: The offending value, shortened.
        reason: What is wrong with it.
    """

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f", {self.column}" if self.column else ""
        value = f" {self.value}" if self.value else ""
        return f"row {self.row}{where}:{value} {self.reason}"

    def to_dict(self) -> dict[str, int | str]:
        """Return the row as JSON-ready fields."""
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "reason": self.reason,
        }


def unknown_grades(records: Sequence[EssayRecord], scale: GradeScale) -> Counter[str]:
    """Return how often each label occurs, among grades and ratings, that the scale lacks."""
    labels = Counter(record.grade for record in records)
    labels.update(label for record in records for label in record.ratings if label is not None)
    unknown: Counter[str] = Counter()
    try:
        scale.encode(labels)
    except UnknownGradeError as error:
        unknown.update({label: labels[label] for label in error.labels})
    return unknown


def dataset_of(records: Sequence[EssayRecord], scale: GradeScale, *, source: str) -> EssayDataset:
    """Return records as a data set, in the order given.

    Args:
        records: n records; may be empty.
        scale: The scale of their grades and ratings.
        source: The table or file that they came from, for the error.

    Raises:
        UnknownGradesError: A grade or rating is not on the scale; names all with their counts.
    """
    unknown = unknown_grades(records, scale)
    if unknown:
        raise UnknownGradesError(counts=dict(unknown.most_common()), scale=scale, source=source)
    names = dict.fromkeys(name for record in records for name in record.metadata)
    return EssayDataset.create(
        scale=scale,
        essay_ids=[record.essay_id for record in records],
        texts=[record.text for record in records],
        grades=scale.encode(record.grade for record in records),
        prompts=[record.prompt for record in records],
        prompt_texts=[record.prompt_text for record in records],
        languages=[record.language for record in records],
        created_at=[record.created_at for record in records],
        ratings=_ratings(records, scale),
        sources=[record.source for record in records],
        metadata={name: tuple(r.metadata.get(name) for r in records) for name in sorted(names)},
    )


def records_of(dataset: EssayDataset) -> Iterator[EssayRecord]:
    """Yield the essays of a data set as records, in their order."""
    for i, essay_id in enumerate(dataset.essay_ids):
        ratings = [
            None if np.isnan(rating) else dataset.scale.labels[int(rating)]
            for rating in dataset.ratings[i]
        ]
        while ratings and ratings[-1] is None:
            ratings.pop()
        yield EssayRecord(
            essay_id=essay_id,
            text=dataset.texts[i],
            grade=dataset.scale.labels[int(dataset.grades[i])],
            prompt=dataset.prompts[i],
            prompt_text=dataset.prompt_texts[i],
            language=dataset.languages[i],
            created_at=dataset.created_at[i],
            source=dataset.sources[i],
            ratings=tuple(ratings),
            metadata={
                name: values[i]
                for name, values in dataset.metadata.items()
                if values[i] is not None
            },
        )


def _ratings(records: Sequence[EssayRecord], scale: GradeScale) -> NDArray[np.float64]:
    n_raters = max((len(record.ratings) for record in records), default=0)
    matrix = np.full((len(records), n_raters), np.nan, dtype=np.float64)
    index_of = {
        label: scale.index(label)
        for label in {label for record in records for label in record.ratings}
        if label is not None
    }
    for row, record in enumerate(records):
        for rater, label in enumerate(record.ratings):
            if label is not None:
                matrix[row, rater] = index_of[label]
    return matrix
