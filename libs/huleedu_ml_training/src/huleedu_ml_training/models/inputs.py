"""What every model checks before it learns or predicts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huleedu_ml_training.data.errors import TooFewGradesError
from huleedu_ml_training.models.errors import InvalidFeaturesError


def as_features(
    X: ArrayLike, *, n_features: int | None = None, names: Sequence[str] = ()
) -> NDArray[np.float32]:
    """Return a feature matrix as models take it, rounded to float32.

    Training, prediction and the exported graph all see the same float32 numbers: a feature that
    was computed in double precision never takes one branch here and the other one there.

    Args:
        X: Numbers of shape (n_essays, n_features); NaN where undefined.
        n_features: How many columns there must be; None for any number above zero.
        names: Column names, for the message of an error.

    Returns:
        C-contiguous ndarray of shape (n_essays, n_features), float32.

    Raises:
        InvalidFeaturesError: The shape is wrong or a value is infinite as float32.
    """
    with np.errstate(over="ignore"):
        features = np.ascontiguousarray(X, dtype=np.float32)
    if features.ndim != 2 or features.shape[1] != (n_features or features.shape[1]):
        width = "at least 1" if n_features is None else n_features
        raise InvalidFeaturesError(
            reason=f"its shape is {np.shape(X)}, expected (n_essays, {width})"
        )
    if features.shape[1] == 0:
        raise InvalidFeaturesError(reason="it has no column")
    infinite = np.isinf(features)
    if infinite.any():
        row, column = (int(index) for index in np.argwhere(infinite)[0])
        raise InvalidFeaturesError(
            reason="is infinite, or beyond the range of float32",
            row=row,
            column=column,
            feature_name=names[column] if column < len(names) else None,
        )
    return features


def as_grades(y: ArrayLike, *, n_essays: int, n_grades: int, part: str) -> NDArray[np.int64]:
    """Return grade indices, one per row of a feature matrix.

    Args:
        y: Grade indices, shape (n_essays,).
        n_essays: Rows of the feature matrix.
        n_grades: K.
        part: What the essays are for, for the message of an error.

    Raises:
        InvalidFeaturesError: The features have no rows, or another number of rows.
        ValueError: An index is not in 0…K-1.
    """
    grades = np.asarray(y, dtype=np.int64)
    if n_essays == 0:
        raise InvalidFeaturesError(reason=f"the {part} holds no essay")
    if grades.shape != (n_essays,):
        raise InvalidFeaturesError(
            reason=f"the {part} has {n_essays} rows of features for {grades.size} grades"
        )
    if grades.min() < 0 or grades.max() >= n_grades:
        msg = f"grade indices {grades.min()}…{grades.max()} are not all in 0…{n_grades - 1}"
        raise ValueError(msg)
    return grades


def require_two_grades(y: NDArray[np.int64]) -> None:
    """Check that there is something to tell apart.

    Raises:
        TooFewGradesError: Fewer than two grades occur.
    """
    present, counts = np.unique(y, return_counts=True)
    if len(present) < 2:
        named = {f"index {grade}": int(n) for grade, n in zip(present, counts, strict=True)}
        raise TooFewGradesError(counts=named, part="training part")
