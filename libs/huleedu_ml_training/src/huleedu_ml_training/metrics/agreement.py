"""Agreement of decided grades with human grades, from confusion matrices.

All functions but the first two take confusion matrices of shape (..., K, K), rows human, columns
machine, and return an array of the leading shape, so that one call serves one sample or thousands
of resamples. Counts may be whole-numbered floats.

Undefined values are NaN; ``metrics/definitions.py`` says which metric needs what. In particular a
kappa is undefined as soon as either side uses one grade only: it would be 0 however often the two
agree.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[Any]


def confusion_matrix(
    y: NDArray[np.int64], predicted: NDArray[np.int64], n_grades: int
) -> NDArray[np.int64]:
    """Count essays per pair of grades, on the full label set.

    Args:
        y: Human grade indices, shape (n_essays,), 0…K-1.
        predicted: Machine grade indices, shape (n_essays,), 0…K-1.
        n_grades: K.

    Returns:
        ndarray of shape (K, K), int64; rows human, columns machine, absent grades included.
    """
    cells = np.bincount(y * n_grades + predicted, minlength=n_grades * n_grades)
    matrix: NDArray[np.int64] = cells.reshape(n_grades, n_grades)
    return matrix


def quadratic_weighted_kappa(
    y: NDArray[np.int64], predicted: NDArray[np.int64], n_grades: int
) -> float:
    """Return Cohen's kappa with quadratic weights over all K grades; NaN where undefined.

    Args:
        y: Human grade indices, shape (n_essays,), 0…K-1.
        predicted: Machine grade indices, shape (n_essays,), 0…K-1.
        n_grades: K.
    """
    return float(kappa(confusion_matrix(y, predicted, n_grades)))


def kappa(confusion: Counts) -> NDArray[np.float64]:
    """Return quadratic weighted kappa (Cohen 1968); NaN where either side has one grade only."""
    human, machine = confusion.sum(axis=-1), confusion.sum(axis=-2)
    weights = _differences(confusion).astype(np.float64) ** 2
    observed = _weighted(confusion, weights)
    expected = ((human @ weights) * machine).sum(axis=-1)
    defined = (_grades_used(human) > 1) & (_grades_used(machine) > 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 1.0 - observed * human.sum(axis=-1) / expected
    return _where(defined, value)


def agreement_within(confusion: Counts, tolerance: int) -> NDArray[np.float64]:
    """Return the share of essays whose grades differ by at most ``tolerance`` levels."""
    return _mean(confusion, (np.abs(_differences(confusion)) <= tolerance).astype(np.float64))


def mean_absolute_error(confusion: Counts) -> NDArray[np.float64]:
    """Return the mean distance between machine and human grade, in levels."""
    return _mean(confusion, np.abs(_differences(confusion)).astype(np.float64))


def root_mean_squared_error(confusion: Counts) -> NDArray[np.float64]:
    """Return the root of the mean squared distance, in levels."""
    root: NDArray[np.float64] = np.sqrt(
        _mean(confusion, _differences(confusion).astype(np.float64) ** 2)
    )
    return root


def mean_error(confusion: Counts) -> NDArray[np.float64]:
    """Return the mean of machine minus human grade, in levels."""
    return _mean(confusion, _differences(confusion).astype(np.float64))


def standardised_mean_difference(confusion: Counts) -> NDArray[np.float64]:
    """Return mean machine minus mean human grade in sample standard deviations of the latter.

    The denominator has n - 1 degrees of freedom, as RSMTool's "unpooled" method has.
    """
    human = confusion.sum(axis=-1).astype(np.float64)
    levels = np.arange(confusion.shape[-1], dtype=np.float64)
    n = human.sum(axis=-1)
    total, squares = human @ levels, human @ levels**2
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (squares - total * total / n) / (n - 1)
        value = mean_error(confusion) / np.sqrt(variance)
    return _where(_grades_used(human) > 1, value)


def grade_share_differences(confusion: Counts) -> NDArray[np.float64]:
    """Return the human minus the machine share of each grade, shape (..., K)."""
    n = confusion.sum(axis=(-2, -1))[..., None]
    difference: NDArray[np.float64] = (confusion.sum(axis=-1) - confusion.sum(axis=-2)) / n
    return difference


def agreement_values(confusion: Counts) -> dict[str, NDArray[np.float64]]:
    """Return every metric of decided grades by name, each of the leading shape."""
    return {
        "qwk": kappa(confusion),
        "accuracy": agreement_within(confusion, 0),
        "adjacent_agreement": agreement_within(confusion, 1),
        "mae": mean_absolute_error(confusion),
        "rmse": root_mean_squared_error(confusion),
        "bias": mean_error(confusion),
        "smd": standardised_mean_difference(confusion),
    }


def _differences(confusion: Counts) -> NDArray[np.int64]:
    """Machine minus human grade of each cell, shape (K, K)."""
    levels = np.arange(confusion.shape[-1])
    return levels[None, :] - levels[:, None]


def _weighted(confusion: Counts, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    flat: NDArray[np.float64] = confusion.reshape(*confusion.shape[:-2], -1) @ weights.ravel()
    return flat


def _mean(confusion: Counts, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = _weighted(confusion, weights) / confusion.sum(axis=(-2, -1))
    return mean


def _grades_used(counts: Counts) -> NDArray[np.int64]:
    used: NDArray[np.int64] = np.count_nonzero(counts, axis=-1)
    return used


def _where(defined: NDArray[np.bool_], value: NDArray[np.float64]) -> NDArray[np.float64]:
    masked: NDArray[np.float64] = np.where(defined, value, np.nan)
    return masked
