"""Which groups essays fall into."""

from datetime import UTC, datetime

import numpy as np
import pytest

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.slice_columns import SliceColumn, slice_columns, tail_column

EIGHT = GradeScale.named("swedish_8")


def columns_of(n: int = 4, **columns) -> tuple[dict[str, SliceColumn], tuple[str, ...]]:
    columns.setdefault("grades", [row % 8 for row in range(n)])
    columns.setdefault("texts", ["one two"] * n)
    dataset = EssayDataset.create(scale=EIGHT, essay_ids=[str(row) for row in range(n)], **columns)
    found, notes = slice_columns(dataset)
    return {column.name: column for column in found}, notes


def test_columns_of_which_nothing_is_known_are_left_out() -> None:
    columns, notes = columns_of()
    assert ["human_grade", "length_quartile", "language"] == list(columns)
    assert () == notes


def test_groups_made_of_grade_or_text_are_not_judged() -> None:
    columns, _ = columns_of(prompts=["p", "p", "q", None], metadata={"school": ("x",) * 4})
    assert ["prompt", "language", "school"] == [
        name for name, column in columns.items() if column.is_judged
    ]


def test_grades_come_in_the_order_of_the_scale() -> None:
    columns, _ = columns_of(grades=[7, 0, 3, 3])
    assert ("A", "F", "D+", "D+") == columns["human_grade"].keys
    assert EIGHT.labels == columns["human_grade"].order


def test_quartiles_of_length_say_their_bounds() -> None:
    columns, _ = columns_of(8, texts=["word " * words for words in (8, 1, 2, 3, 4, 5, 6, 7)])
    quartiles = columns["length_quartile"]
    names = ("1: 1–2 words", "2: 3–4 words", "3: 5–6 words", "4: 7–8 words")
    assert names == quartiles.order
    assert (names[3], names[0], names[0], names[1]) == quartiles.keys[:4]


def test_essays_of_one_length_share_a_group() -> None:
    columns, _ = columns_of(texts=["a b c"] * 4)
    assert ("1: 3–3 words",) * 4 == columns["length_quartile"].keys


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (datetime(2024, 8, 1, tzinfo=UTC), "2024/25"),
        (datetime(2025, 7, 31, tzinfo=UTC), "2024/25"),
        (datetime(2025, 1, 7, tzinfo=UTC), "2024/25"),
        (datetime(1999, 12, 24, tzinfo=UTC), "1999/00"),
    ],
)
def test_a_school_year_begins_in_august(moment: datetime, year: str) -> None:
    columns, _ = columns_of(1, created_at=[moment])
    assert (year,) == columns["school_year"].keys


def test_school_years_come_in_order_and_unknown_ones_stay_unknown() -> None:
    moments = [datetime(year, 9, 1, tzinfo=UTC) for year in (2025, 2023)]
    columns, _ = columns_of(3, created_at=[*moments, None])
    assert ("2025/26", "2023/24", None) == columns["school_year"].keys
    assert ("2023/24", "2025/26") == columns["school_year"].order


def test_a_stated_school_year_takes_the_place_of_the_derived_one() -> None:
    columns, _ = columns_of(
        1,
        created_at=[datetime(2024, 9, 1, tzinfo=UTC)],
        metadata={"school_year": ("year 9",), "language": ("home: sv",)},
    )
    assert ("year 9",) == columns["school_year"].keys
    assert ("en",) == columns["language"].keys
    assert ("home: sv",) == columns["metadata.language"].keys


def test_a_column_that_names_essays_is_no_group() -> None:
    columns, notes = columns_of(51, metadata={"id": tuple(map(str, range(51)))})
    assert "id" not in columns
    assert ("Column id has 51 distinct values: not divided by it.",) == notes
    fifty, _ = columns_of(51, metadata={"id": (None, *map(str, range(50)))})
    assert "id" in fifty


@pytest.mark.parametrize(
    ("labels", "lowest", "highest"),
    [
        (EIGHT.labels, "lowest: F, E", "highest: B, A"),
        (("1", "2", "3", "4"), "lowest: 1, 2", "highest: 3, 4"),
        (("1", "2", "3"), "lowest: 1", "highest: 3"),
        (("no", "yes"), "lowest: no", "highest: yes"),
    ],
)
def test_tails_are_two_grades_at_either_end(labels, lowest: str, highest: str) -> None:
    scale = GradeScale("any", tuple(labels))
    column = tail_column(np.arange(len(scale)), scale)
    assert (lowest, highest) == column.order
    reach = lowest.count(",") + 1
    middle = (None,) * (len(scale) - 2 * reach)
    assert (lowest,) * reach + middle + (highest,) * reach == column.keys
