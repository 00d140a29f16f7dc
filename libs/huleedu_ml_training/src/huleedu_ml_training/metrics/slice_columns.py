"""Which groups the essays of a data set fall into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.text_identity import count_words

MAX_GROUPS = 50
"""A metadata column with more distinct values identifies essays rather than groups them."""

SCHOOL_YEAR_BEGINS = 8
"""First month of a school year: August."""

PROMPT, HUMAN_GRADE, LENGTH = "prompt", "human_grade", "length_quartile"
SCHOOL_YEAR = "school_year"


@dataclass(frozen=True, slots=True)
class SliceColumn:
    """A way of dividing essays into groups.

    Attributes:
        name: Name of the column.
        keys: n keys; None where an essay's group is not known.
        order: Keys in the order wanted; None for the largest group first.
        is_judged: Whether differences between groups are held against the grader. Not so where
            the groups are made of the human grade, or of the text that it is given for: a grader
            free of raters' noise differs from them there.
    """

    name: str
    keys: tuple[str | None, ...]
    order: tuple[str, ...] | None = None
    is_judged: bool = True


def slice_columns(dataset: EssayDataset) -> tuple[tuple[SliceColumn, ...], tuple[str, ...]]:
    """Return the columns to judge a grader by, and what was left out.

    The school year is that of the time at which an essay was created, unless the metadata have a
    column ``school_year``. Another column of the metadata that bears the name of a built-in one is
    called ``metadata.`` and its name.

    Returns:
        The columns, built-in ones first, without those of which nothing is known; and notes on
        columns of the metadata with more than :data:`MAX_GROUPS` distinct values.
    """
    years = tuple(_school_year(moment) for moment in dataset.created_at)
    columns = [
        SliceColumn(PROMPT, dataset.prompts),
        SliceColumn(
            HUMAN_GRADE,
            dataset.scale.decode(dataset.grades),
            order=dataset.scale.labels,
            is_judged=False,
        ),
        _length_quartiles(dataset.texts),
        SliceColumn("language", dataset.languages),
        SliceColumn("source", dataset.sources),
        SliceColumn(SCHOOL_YEAR, years, order=tuple(sorted(year for year in set(years) if year))),
    ]
    if SCHOOL_YEAR in dataset.metadata:
        columns.pop()
    taken = {column.name for column in columns}
    notes = []
    for name, values in dataset.metadata.items():
        groups = len(set(values) - {None})
        if groups > MAX_GROUPS:
            notes.append(f"Column {name} has {groups} distinct values: not divided by it.")
        else:
            columns.append(SliceColumn(f"metadata.{name}" if name in taken else name, values))
    known = [column for column in columns if any(key is not None for key in column.keys)]
    return tuple(known), tuple(notes)


def tail_column(y: NDArray[np.int64], scale: GradeScale) -> SliceColumn:
    """Return the essays that people gave one of the lowest or highest two grades.

    On a scale of fewer than four grades it is one grade at either end.

    Args:
        y: Human grade indices, shape (n_essays,), 0…K-1.
        scale: The scale of the K grades.
    """
    reach = min(2, len(scale) // 2)
    lowest = f"lowest: {', '.join(scale.labels[:reach])}"
    highest = f"highest: {', '.join(scale.labels[-reach:])}"
    keys = tuple(
        lowest if grade < reach else highest if grade >= len(scale) - reach else None for grade in y
    )
    return SliceColumn("tail", keys, order=(lowest, highest), is_judged=False)


def _length_quartiles(texts: Sequence[str]) -> SliceColumn:
    """Divide essays by words into four groups; essays of one length share a group."""
    words = np.array([count_words(text) for text in texts], dtype=np.int64)
    edges = np.quantile(words, (0.25, 0.5, 0.75))
    quartile = np.searchsorted(edges, words, side="left")
    names = {}
    for number in range(4):
        own = words[quartile == number]
        if len(own):
            names[number] = f"{number + 1}: {own.min()}–{own.max()} words"
    keys = tuple(names[int(number)] for number in quartile)
    return SliceColumn(LENGTH, keys, order=tuple(names.values()), is_judged=False)


def school_years(dataset: EssayDataset) -> tuple[str | None, ...]:
    """Return n school years: those of the metadata, else of the times of creation."""
    stated = dataset.metadata.get(SCHOOL_YEAR)
    if stated is not None:
        return stated
    return tuple(_school_year(moment) for moment in dataset.created_at)


def _school_year(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    first = moment.year if moment.month >= SCHOOL_YEAR_BEGINS else moment.year - 1
    return f"{first}/{(first + 1) % 100:02d}"
