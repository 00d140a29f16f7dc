"""What a reader is told of essays: length, school years, raters, parts."""

from datetime import UTC, datetime

import numpy as np

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.training.preparation import summarise


def essays(**columns: object) -> EssayDataset:
    return EssayDataset.create(
        scale=GradeScale.named("swedish_8"),
        essay_ids=["a", "b", "c"],
        texts=["one two three four", "one", "one two"],
        grades=[0, 7, 7],
        **columns,
    )


def test_figures_of_three_essays() -> None:
    summary = summarise(
        essays(
            prompts=["p", None, "p"],
            sources=["synthetic demo", None, "school"],
            languages=["sv", "en", "sv"],
            created_at=[datetime(2025, 9, 1, tzinfo=UTC), None, datetime(2025, 3, 1, tzinfo=UTC)],
            ratings=np.array([[0, 1, np.nan], [np.nan, 7, np.nan], [6, 7, 7]]),
        )
    )
    assert (3, 1, (1, 2, 4), 2) == (
        summary.n_essays,
        summary.n_prompts,
        summary.words,
        summary.double_rated,
    )
    assert ("2024/25", "2025/26") == summary.school_years
    assert {"F": 1, "A": 2} == {label: n for label, n in summary.grades.items() if n}
    assert summary.synthetic
    assert {} == summary.parts


def test_a_split_gives_parts_and_notes() -> None:
    train, validation, test = (np.array([row]) for row in range(3))
    split = Split(train, validation, test, scheme="stratified", seed=1, notes=("few essays",))
    summary = summarise(essays(), split)
    assert {"train": 1, "validation": 1, "test": 1} == summary.parts
    assert ("few essays",) == summary.notes
    assert () == summary.school_years


def test_school_years_of_the_metadata_go_before_those_of_the_time() -> None:
    written = [datetime(2025, 9, 1, tzinfo=UTC)] * 3
    summary = summarise(essays(created_at=written, metadata={"school_year": ("8", None, "10")}))
    assert ("10", "8") == summary.school_years
