"""Predictions with given expected grades, and raters with known errors, for tests of metrics."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions


def predictions_expecting(
    expected: Sequence[float] | NDArray[np.float64], scale: GradeScale
) -> GradePredictions:
    """Return predictions whose expected grades are the given numbers, decided by rounding.

    Args:
        expected: Numbers in 0…K-1, one per essay; their probability lies on the two grades around.
        scale: The scale of the K grades.
    """
    score = np.asarray(expected, dtype=np.float64)
    lower = np.minimum(np.floor(score), len(scale) - 2).astype(np.int64)
    rows = np.arange(len(score))
    probabilities = np.zeros((len(score), len(scale)))
    probabilities[rows, lower] = 1 - (score - lower)
    probabilities[rows, lower + 1] = score - lower
    return GradePredictions(scale, score, probabilities, np.rint(score).astype(np.int64))


def simulate_ratings(
    true_scores: NDArray[np.float64],
    *,
    error: float,
    raters: int,
    n_grades: int,
    seed: int = 0,
    share_rated: float = 1.0,
) -> NDArray[np.float64]:
    """Return grades of raters with independent errors; the first rater grades every essay.

    Args:
        true_scores: Shape (n_essays,), in levels.
        error: Standard deviation of a rater's errors, in levels.
        raters: Number of raters.
        n_grades: K; grades are rounded to 0…K-1.
        seed: Seed of errors and of who grades what.
        share_rated: Share of the essays that each further rater grades.

    Returns:
        ndarray of shape (n_essays, raters), float64; NaN where a rater did not grade an essay.
    """
    rng = np.random.default_rng(seed)
    shape = (len(true_scores), raters)
    noisy = true_scores[:, None] + rng.normal(scale=error, size=shape)
    ratings = np.clip(np.rint(noisy), 0, n_grades - 1)
    skipped = rng.random(shape) >= share_rated
    skipped[:, 0] = False
    ratings[skipped] = np.nan
    return ratings
