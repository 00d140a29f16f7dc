"""How much each essay counts in a fit."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huleedu_ml_training.models.errors import InvalidFeaturesError, UnknownMethodError

FloatArray = NDArray[np.float64]

CLASS_WEIGHTS = ("none", "sqrt", "balanced")
"""Names of the ways in which grades can be weighted."""

GREATEST_CLASS_WEIGHT = 3.0
"""A rare grade counts at most this many times as much as the average essay, before scaling."""


@dataclass(frozen=True, slots=True, eq=False)
class EssayWeights:
    """Weights of the essays of one fit; all above 0.

    Attributes:
        training: ndarray of shape (n_essays,), float64.
        stopping: Of the essays that choose the number of rounds, shape (n_stopping,), float64.
    """

    training: FloatArray
    stopping: FloatArray


def scaled_weights(weights: ArrayLike | None, *, n_essays: int, part: str) -> FloatArray:
    """Return weights with mean 1, or ones; what a penalty weighs then stays the same.

    Args:
        weights: Shape (n_essays,), finite and above 0; None for equal weights.
        n_essays: Rows of the feature matrix.
        part: What the essays are for, for the message of an error.

    Raises:
        InvalidFeaturesError: The shape is wrong, or a weight is not above 0.
    """
    if weights is None:
        return np.ones(n_essays)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (n_essays,):
        raise InvalidFeaturesError(
            reason=f"the {part} has {n_essays} rows of features for {given.size} weights"
        )
    if not (np.isfinite(given) & (given > 0)).all():
        row = int(np.argmin(np.isfinite(given) & (given > 0)))
        raise InvalidFeaturesError(reason=f"the {part} has a weight that is not above 0", row=row)
    scaled: FloatArray = given / given.mean()
    return scaled


def class_weights(
    scheme: str, y: NDArray[np.int64], stopping_y: NDArray[np.int64], n_grades: int
) -> EssayWeights | None:
    """Return the weights that a scheme gives to essays by their grade; None for equal ones.

    ``balanced`` weighs a grade by one over its share among the training essays, times one over
    the number of grades that occur; ``sqrt`` by the square root of that. Either is capped at
    :data:`GREATEST_CLASS_WEIGHT`. A grade that only stopping essays have counts with the cap.

    Args:
        scheme: One of :data:`CLASS_WEIGHTS`.
        y: Grade indices of the training essays, shape (n_essays,).
        stopping_y: Those of the stopping essays, shape (n_stopping,).
        n_grades: K.

    Raises:
        UnknownMethodError: There is no such scheme.
    """
    powers: Mapping[str, float] = {"none": 0.0, "sqrt": 0.5, "balanced": 1.0}
    if scheme not in powers:
        raise UnknownMethodError(part="class weighting", name=scheme, known=CLASS_WEIGHTS)
    if scheme == "none":
        return None
    counts = np.bincount(y, minlength=n_grades)
    fair_share = len(y) / np.count_nonzero(counts)
    raw = (fair_share / np.maximum(counts, 1)) ** powers[scheme]
    of_grade = np.where(counts > 0, np.minimum(raw, GREATEST_CLASS_WEIGHT), GREATEST_CLASS_WEIGHT)
    return EssayWeights(of_grade[y], of_grade[stopping_y])
