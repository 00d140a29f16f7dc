"""Choosing how latent scores become probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.metrics.calibration import ranked_probability_scores
from huleedu_ml_training.models.calibration import METHODS
from huleedu_ml_training.training.cross_fitting import OutOfFold, cross_calibrate

AUTOMATIC = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationChoice:
    """The method that is used, and what it was preferred to.

    Attributes:
        method: Name of the method.
        probabilities: Its cross-calibrated P(grade), shape (n_essays, K).
        rps: Mean ranked probability score of each method that was tried; lower is better.
    """

    method: str
    probabilities: NDArray[np.float64]
    rps: Mapping[str, float]


def choose_calibration(
    method: str, oof: OutOfFold, y: NDArray[np.int64], n_grades: int
) -> CalibrationChoice:
    """Return the method of the settings, or with ``auto`` the simplest that is good enough.

    Good enough is a ranked probability score within one standard error of the best method's (the
    one-standard-error rule of Breiman et al. 1984, *Classification and Regression Trees*, section
    3.4.3, on paired differences per essay). Every essay is scored by a calibrator of the other
    folds.

    Args:
        method: ``auto`` or the name of a method.
        oof: Out-of-fold scores.
        y: Grade indices, shape (n_essays,).
        n_grades: K.
    """
    tried = METHODS if method == AUTOMATIC else (method,)
    calibrated = {name: cross_calibrate(name, oof, y, n_grades) for name in tried}
    scores = {name: ranked_probability_scores(p, y) for name, p in calibrated.items()}
    means = {name: float(values.mean()) for name, values in scores.items()}
    best = min(tried, key=means.__getitem__)
    chosen = next(name for name in tried if _is_as_good(scores[name], scores[best]))
    return CalibrationChoice(chosen, calibrated[chosen], means)


def _is_as_good(scores: NDArray[np.float64], best: NDArray[np.float64]) -> bool:
    difference = scores - best
    error = difference.std() / np.sqrt(max(1, len(difference) - 1))
    return bool(difference.mean() <= error)
