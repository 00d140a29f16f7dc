"""Cut-points on the expected grade that serve quadratic weighted kappa (QWK).

QWK is 1 - N / D with N the sum of squared differences between given and human grades, and D the
same sum expected of independent raters. For fixed human grades both are sums over essays of terms
that depend on the essay's given grade alone. The greatest ratio is found by Dinkelbach's method
("On nonlinear fractional programming", 1967, Management Science 13): minimise N - r D, set r to
the ratio that was reached, and repeat until it falls no more. Each minimum over ascending
cut-points is exact, by dynamic programming over the essays in order of expected grade.

The exact optimum of one sample follows the accident of single essays, most of all in the rare
grades at both ends. Therefore the cut-points are averaged over bootstrap resamples of the essays.
"""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 50
_SEED = 0
_MOST_ROUNDS = 100
_BEYOND = 1e-6
"""How far the ends lie outside the scale, so that essays at its very ends can be on either side."""

FloatArray = NDArray[np.float64]


def halfway_cutpoints(n_grades: int) -> FloatArray:
    """Return 0.5, 1.5 …: the cut-points of rounding, ndarray of shape (K-1,)."""
    return np.arange(0.5, n_grades - 1, dtype=np.float64)


def fit_qwk_cutpoints(expected: FloatArray, y: NDArray[np.int64], n_grades: int) -> FloatArray:
    """Return cut-points for new essays of the same kind.

    Args:
        expected: Out-of-fold expected grades, shape (n_essays,) in 0…K-1.
        y: Grade indices, shape (n_essays,).
        n_grades: K.

    Returns:
        ndarray of shape (K-1,), not descending: the mean over resamples of the cut-points of
        greatest QWK. A resample with one grade only counts with the cut-points of rounding.
    """
    rng = np.random.default_rng(_SEED)
    total = np.zeros(n_grades - 1)
    for _ in range(RESAMPLES):
        rows = rng.integers(0, len(y), len(y))
        total += best_qwk_cutpoints(expected[rows], y[rows], n_grades)
    # Summing rounds each cut-point by itself; equal ones must not come out in reverse order.
    return np.maximum.accumulate(total / RESAMPLES)


def best_qwk_cutpoints(expected: FloatArray, y: NDArray[np.int64], n_grades: int) -> FloatArray:
    """Return the cut-points of greatest QWK on these very essays.

    A cut-point lies halfway between two neighbouring expected grades; beyond the first and the
    last essay, halfway to the end of the scale.

    Args:
        expected: Expected grades, shape (n_essays,) in 0…K-1.
        y: Grade indices, shape (n_essays,).
        n_grades: K.

    Returns:
        ndarray of shape (K-1,), not descending.
    """
    if y.min() == y.max():
        return halfway_cutpoints(n_grades)
    values, group = np.unique(expected, return_inverse=True)
    observed, chance = _disagreements(group, y.astype(np.float64), len(values), n_grades)
    positions = np.searchsorted(values, halfway_cutpoints(n_grades), side="right")
    ratio = _ratio(positions, observed, chance)
    for _ in range(_MOST_ROUNDS):
        candidate = _cheapest_positions(observed - ratio * chance)
        candidate_ratio = _ratio(candidate, observed, chance)
        if not candidate_ratio < ratio:
            break
        positions, ratio = candidate, candidate_ratio
    edged = edged_positions(values, n_grades)
    cutpoints: FloatArray = (edged[positions] + edged[positions + 1]) / 2
    return cutpoints


def edged_positions(values: FloatArray, n_grades: int) -> FloatArray:
    """Return ascending expected grades with a place below and a place above the scale.

    The i-th cut-point between essays is the middle of the i-th and the next of these.
    """
    edged: FloatArray = np.concatenate([[-_BEYOND], values, [n_grades - 1.0 + _BEYOND]])
    return edged


def _disagreements(
    group: NDArray[np.int64], y: FloatArray, n_groups: int, n_grades: int
) -> tuple[FloatArray, FloatArray]:
    """Return the terms of N and D, each of shape (n_groups, K), for essays of equal expectation."""
    grades = np.arange(n_grades, dtype=np.float64)
    size = np.bincount(group, minlength=n_groups)[:, None]
    total = np.bincount(group, weights=y, minlength=n_groups)[:, None]
    squares = np.bincount(group, weights=y * y, minlength=n_groups)[:, None]
    observed = squares - 2 * total * grades + size * grades**2
    chance = size * (np.mean(y * y) - 2 * np.mean(y) * grades + grades**2)
    return observed, chance


def _ratio(positions: NDArray[np.int64], observed: FloatArray, chance: FloatArray) -> float:
    groups = np.arange(len(observed))
    given = np.searchsorted(positions, groups, side="right")
    return float(observed[groups, given].sum() / chance[groups, given].sum())


def _cheapest_positions(cost: FloatArray) -> NDArray[np.int64]:
    """Return how many groups lie below each cut-point when the total cost is least.

    Args:
        cost: ndarray of shape (n_groups, K): cost of giving grade j to group g.

    Returns:
        ndarray of shape (K-1,), not descending; of equally cheap positions the highest, so that
        ties go to the lower grade.
    """
    n_groups, n_grades = cost.shape
    prefix = np.vstack([np.zeros(n_grades), np.cumsum(cost, axis=0)])
    boundaries = np.arange(n_groups + 1)
    best = prefix[:, 0]
    choices = []
    for grade in range(1, n_grades):
        without = best - prefix[:, grade]
        least = np.minimum.accumulate(without)
        choices.append(np.maximum.accumulate(np.where(without <= least, boundaries, 0)))
        best = least + prefix[:, grade]
    positions = np.empty(n_grades - 1, dtype=np.int64)
    boundary = n_groups
    for grade in range(n_grades - 1, 0, -1):
        boundary = int(choices[grade - 1][boundary])
        positions[grade - 1] = boundary
    return positions
