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
        is_new = np.r_[True, in_order[1:] != in_order[:-1]]
        self._starts = np.flatnonzero(is_new)
        self._tie_of_essay = np.cumsum(is_new) - 1
        self._is_grade = np.eye(n_grades)[y[self.order]]

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
        score_rank = self._score_ranks(weights)
        score_rank -= middle
        weighted = weights * score_rank
        return _ratio(
            np.einsum("rk,rk->r", weighted @ self._is_grade, grade_rank) / n,
            np.einsum("re,re->r", weighted, score_rank) / n,
            np.einsum("rk,rk,rk->r", grade_counts, grade_rank, grade_rank) / n,
        )

    def _score_ranks(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rank of each essay's score, shape (n_resamples, n_essays), a new array."""
        if len(self._starts) == weights.shape[1]:
            return _mid_ranks(weights)
        ranks = _mid_ranks(np.add.reduceat(weights, self._starts, axis=1))
        return np.take(ranks, self._tie_of_essay, axis=1)


def _mid_ranks(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank shared by the copies of each column, columns in ascending order of value."""
    ranks: NDArray[np.float64] = np.cumsum(weights, axis=1)
    ranks -= (weights - 1) / 2
    return ranks


def _ratio(
    covariance: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    varies = (x > _NO_VARIANCE) & (y > _NO_VARIANCE)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.clip(covariance / np.sqrt(x * y), -1.0, 1.0)
    result: NDArray[np.float64] = np.where(varies, r, np.nan)
    return result
