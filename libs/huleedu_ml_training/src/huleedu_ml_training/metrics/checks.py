"""Predictions are checked once, before anything is computed from them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.errors import InvalidPredictionsError

_SUM_TOLERANCE = 1e-4
"""Probabilities come out of a float32 graph: their sum is 1 up to its rounding."""


def check_predictions(
    predictions: GradePredictions,
    y: NDArray[np.int64],
    prompts: Sequence[str | None] | None,
) -> None:
    """Make sure that predictions, human grades and prompts can be judged together.

    Args:
        predictions: Predictions of n essays on K grades.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        prompts: n prompt names, or None.

    Raises:
        InvalidPredictionsError: There are no essays, lengths differ, a grade is off the scale, or
            a row of probabilities is no distribution.
    """
    n, n_grades = len(predictions), len(predictions.scale)
    _require(n > 0, "there are no essays")
    _require(y.shape == (n,), f"{n} predictions but human grades of shape {y.shape}")
    if prompts is not None:
        _require(len(prompts) == n, f"{n} predictions but {len(prompts)} prompts")
    for side, grades in (("human", y), ("machine", predictions.grades)):
        whole = np.issubdtype(grades.dtype, np.integer)
        _require(whole, f"{side} grades are {grades.dtype}, not whole numbers")
        on_scale = grades.min() >= 0 and grades.max() < n_grades
        _require(bool(on_scale), f"a {side} grade index is not in 0…{n_grades - 1}")
    probabilities = predictions.probabilities
    positive = np.isfinite(probabilities).all() and (probabilities >= 0).all()
    _require(bool(positive), "a probability is negative or not finite")
    sums_to_one = (np.abs(probabilities.sum(axis=1) - 1) <= _SUM_TOLERANCE).all()
    _require(bool(sums_to_one), "a row of probabilities does not sum to 1")


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise InvalidPredictionsError(problem=problem)
