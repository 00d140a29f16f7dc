"""Correlation of a continuous score with human grades, under whole-numbered essay weights.

A weight says how often an essay occurs in a resample; weights of one give the plain coefficient.
"""

import numpy as np
from numpy.typing import NDArray

_NO_VARIANCE = 1e-12
"""Scores are in levels: a variance below this (a spread of a millionth of a level) is rounding."""

_RANK_DECIMALS = 12
"""Scores equal up to this many decimals share a rank: the rest is the order of summation."""


def pearson_from_sums(
    *,
    n: NDArray[np.float64],
    x: NDArray[np.float64],
    xx: NDArray[np.float64],
    y: NDArray[np.float64],
    yy: NDArray[np.float64],
    xy: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return Pearson's r from sums over essays; NaN where either side does not vary.

    Args:
        n: Number of essays, any shape; all arguments have the same.
        x: Sum of the scores, centred near zero for numerical safety.
        xx: Sum of their squares.
        y: Sum of the grades, centred near zero.
        yy: Sum of their squares.
        xy: Sum of the products.
    """
    covariance = xy / n - (x / n) * (y / n)
    return _ratio(covariance, xx / n - (x / n) ** 2, yy / n - (y / n) ** 2)


class RankCorrelation:
    """Spearman's rho of a score with human grades, for many sets of essay weights at once.

    Sorting happens once; a resample then costs a few passes over the essays.

    Args:
        score: Scores, shape (n_essays,).
        y: Human grade indices, shape (n_essays,), 0…K-1.
        n_grades: K.
    """

    def __init__(self, score: NDArray[np.float64], y: NDArray[np.int64], n_grades: int) -> None:
        rounded = np.round(score, _RANK_DECIMALS)
        self.order: NDArray[np.int64] = np.argsort(rounded, kind="stable")
        in_order = rounded[self.order]
        self._starts = np.flatnonzero(np.r_[True, in_order[1:] != in_order[:-1]])
        self._has_ties = len(self._starts) < len(in_order)
        self._y = y[self.order]
        self._n_grades = n_grades

    def spearman(
        self, weights: NDArray[np.float64], grade_counts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return rho per resample, shape (n_resamples,); NaN where either side does not vary.

        Args:
            weights: Essay weights **in the order of** :attr:`order`, shape
                (n_resamples, n_essays).
            grade_counts: Weight of each human grade, shape (n_resamples, K).
        """
        n = grade_counts.sum(axis=1)
        middle = ((n + 1) / 2)[:, None]
        grade_rank = _mid_ranks(grade_counts) - middle
        by_essay = weights * grade_rank[:, self._y]
        if self._has_ties:
            weights = np.add.reduceat(weights, self._starts, axis=1)
            by_essay = np.add.reduceat(by_essay, self._starts, axis=1)
        score_rank = _mid_ranks(weights) - middle
        return _ratio(
            np.einsum("rg,rg->r", by_essay, score_rank) / n,
            np.einsum("rg,rg,rg->r", weights, score_rank, score_rank) / n,
            np.einsum("rk,rk,rk->r", grade_counts, grade_rank, grade_rank) / n,
        )


def _mid_ranks(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank shared by the copies of each column, columns in ascending order of value."""
    ranks: NDArray[np.float64] = np.cumsum(weights, axis=1) - (weights - 1) / 2
    return ranks


def _ratio(
    covariance: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    varies = (x > _NO_VARIANCE) & (y > _NO_VARIANCE)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.clip(covariance / np.sqrt(x * y), -1.0, 1.0)
    result: NDArray[np.float64] = np.where(varies, r, np.nan)
    return result
