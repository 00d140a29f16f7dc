"""Small data sets for tests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale

SWEDISH_8 = GradeScale.named("swedish_8")
ELLIPSE_OVERALL = GradeScale.named("ellipse_overall")
NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)


def words(n_words: int, essay: int = 0) -> str:
    """Return a text of so many words that no other essay has."""
    return " ".join(f"w{essay}x{i}" for i in range(n_words))


def dated_essays(
    grades: Sequence[int], *, scale: GradeScale = SWEDISH_8, n_prompts: int = 6
) -> EssayDataset:
    """Return essays with all distinct texts, a day and an id each, prompts in turn.

    Args:
        grades: Grade index of each essay.
        scale: Their scale.
        n_prompts: Number of prompts.
    """
    n = len(grades)
    return EssayDataset.create(
        scale=scale,
        essay_ids=[f"essay-{i:04d}" for i in range(n)],
        texts=[words(20 + i % 7, i) for i in range(n)],
        grades=grades,
        prompts=[f"prompt {i % n_prompts}" for i in range(n)],
        created_at=[NEW_YEAR + timedelta(days=i) for i in range(n)],
    )


def varied_essays() -> EssayDataset:
    """Return eight essays that differ in everything a loader reads, in no order of id."""
    nan = np.nan
    return EssayDataset.create(
        scale=SWEDISH_8,
        essay_ids=["b", "a10", "a9", "B", "ö", "é", "10", "-"],
        texts=[
            words(5, 1),
            words(10, 2),
            words(15, 3),
            "two\r\n\r\nparagraphs, “quoted”\tand\u00a0spaced 🙂",
            words(20, 5),
            words(25, 6),
            words(30, 7),
            words(35, 8),
        ],
        grades=[0, 1, 2, 3, 4, 5, 6, 7],
        prompts=["sea", "sea", "hill", "hill", "hill", None, None, "it's; DROP TABLE x --"],
        prompt_texts=["Write of the sea.", None, None, None, "Hills!", None, None, None],
        languages=["en", "en", "sv", "sv", "en", "en", "en", "sv"],
        created_at=[
            *(NEW_YEAR + timedelta(days=i, microseconds=i) for i in range(6)),
            None,
            None,
        ],
        ratings=np.array(
            [
                [0, 1],
                [1, nan],
                [nan, nan],
                [3, 3],
                [nan, 4],
                [5, 6],
                [nan, nan],
                [7, 7],
            ],
            dtype=np.float64,
        ),
        sources=["north", "north", "south", None, "south", "north", "north", "south"],
        metadata={
            "gender": ("F", "M", None, "F", "M", "F", None, None),
            "school year": (None, None, "8", "9", "10", None, None, "11"),
        },
    )
