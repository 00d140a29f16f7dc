"""Essays as every kind of model takes them: features, grades and weights, checked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.inputs import as_features, as_grades, require_two_grades
from huleedu_ml_training.models.weights import EssayWeights, scaled_weights

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GradedPart:
    """Checked essays of one part.

    Attributes:
        X: Features, ndarray of shape (n_essays, n_features).
        y: Grade indices, ndarray of shape (n_essays,).
        weights: How much each counts, ndarray of shape (n_essays,), mean 1.
    """

    X: NDArray[np.float32]
    y: NDArray[np.int64]
    weights: FloatArray


def checked_parts(
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    stopping: tuple[NDArray[np.float32], NDArray[np.int64]],
    n_grades: int,
    weights: EssayWeights | None,
) -> tuple[GradedPart, GradedPart]:
    """Return the training and the stopping part.

    Raises:
        InvalidFeaturesError: Features hold infinities, their shape does not fit the grades, or a
            weight is not above 0.
        TooFewGradesError: y holds fewer than two grades.
    """
    features = as_features(X)
    grades = as_grades(y, n_essays=len(features), n_grades=n_grades, part="training part")
    require_two_grades(grades)
    held = as_features(stopping[0], n_features=features.shape[1])
    held_grades = as_grades(
        stopping[1], n_essays=len(held), n_grades=n_grades, part="stopping part"
    )
    of_training, of_stopping = (
        scaled_weights(given, n_essays=len(part), part=name)
        for given, part, name in (
            (None if weights is None else weights.training, grades, "training part"),
            (None if weights is None else weights.stopping, held_grades, "stopping part"),
        )
    )
    return (
        GradedPart(features, grades, of_training),
        GradedPart(held, held_grades, of_stopping),
    )
