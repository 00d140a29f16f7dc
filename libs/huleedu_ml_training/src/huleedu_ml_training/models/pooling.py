"""Averaging the predictions of several models: how much each counts, and on which scale.

The cumulative probabilities of members are averaged (a linear opinion pool, Stone 1961, *Annals of
Mathematical Statistics* 32): an average of monotone rows is monotone. The ranked probability score
of the average is a squared error in the weights, so the weights of least score are those of
stacked regression with weights that are not negative and sum to 1 (Wolpert 1992; Breiman 1996,
*Machine Learning* 24).

Latent scores of unlike kinds have unlike scales. They are averaged with the same weights after
centre and spread of each member have been taken out, both measured on essays that the member never
saw: on essays that it learnt from, a booster's scores spread wider than a linear model's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

FloatArray = NDArray[np.float64]

EQUALITY = 1e-3
"""Pull of the weights towards equality, in units of a member's mean squared error."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """How the predictions of M members become one. Immutable.

    Attributes:
        weights: ndarray of shape (M,); none below 0, summing to 1.
        centres: What is taken from each member's latent scores, ndarray of shape (M,).
        spreads: What they are divided by after that, above 0, ndarray of shape (M,).
    """

    weights: FloatArray
    centres: FloatArray
    spreads: FloatArray

    def latent(self, members: Sequence[FloatArray]) -> FloatArray:
        """Return averages of latent scores, ndarray of shape (n_essays,).

        Args:
            members: Of each member, ndarray of shape (n_essays,).
        """
        total = np.zeros_like(members[0])
        for scores, *constants in zip(
            members, self.weights, self.centres, self.spreads, strict=True
        ):
            weight, centre, spread = constants
            total += weight * ((scores - centre) / spread)
        return total

    def cumulative(self, members: Sequence[FloatArray]) -> FloatArray:
        """Return averages of P(grade > k), ndarray of shape (n_essays, K-1).

        Args:
            members: Of each member, ndarray of shape (n_essays, K-1), not increasing along a row.
        """
        total = np.zeros_like(members[0])
        # One member after the other: products and sums round monotonically, so rows stay in order.
        for cumulative, weight in zip(members, self.weights, strict=True):
            total += weight * cumulative
        # Weights sum to 1 but for rounding.
        return np.minimum(total, 1.0)

    def without_idle(self) -> tuple["Pool", NDArray[np.int64]]:
        """Return the pool of the members with a weight above 0, and which these are."""
        busy = np.flatnonzero(self.weights > 0)
        return Pool(self.weights[busy], self.centres[busy], self.spreads[busy]), busy


def fit_pool(
    latents: Sequence[FloatArray],
    cumulatives: Sequence[FloatArray],
    y: NDArray[np.int64],
    kinds: Sequence[str],
) -> Pool:
    """Fit weights and scales on predictions for essays that no member saw.

    Args:
        latents: Latent scores of each member, shape (n_essays,) each.
        cumulatives: P(grade > k) of each member, shape (n_essays, K-1) each.
        y: Grade indices, shape (n_essays,).
        kinds: Kind of each member.
    """
    return Pool(fit_member_weights(cumulatives, y, kinds), *latent_scales(latents))


def latent_scales(latents: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return centre and spread of each member's latent scores, two ndarrays of shape (M,).

    Args:
        latents: Scores of essays that the member never saw, shape (n_essays,) each.
    """
    spreads = np.array([scores.std() for scores in latents])
    return np.array([scores.mean() for scores in latents]), np.where(spreads > 0, spreads, 1.0)


def fit_member_weights(
    cumulatives: Sequence[FloatArray], y: NDArray[np.int64], kinds: Sequence[str]
) -> FloatArray:
    """Return the weight of each member, ndarray of shape (M,).

    Members of one kind differ in their seed only, and share the weight of their average equally.

    Args:
        cumulatives: P(grade > k) of each member, shape (n_essays, K-1) each.
        y: Grade indices, shape (n_essays,).
        kinds: Kind of each member.
    """
    names = sorted(set(kinds), key=kinds.index)
    averages = [
        np.mean([c for c, kind in zip(cumulatives, kinds, strict=True) if kind == name], axis=0)
        for name in names
    ]
    of_kind = dict(zip(names, fit_weights(averages, y), strict=True))
    weights = np.array([of_kind[kind] / kinds.count(kind) for kind in kinds])
    total: FloatArray = weights / weights.sum()
    return total


def fit_weights(cumulatives: Sequence[FloatArray], y: NDArray[np.int64]) -> FloatArray:
    """Return the weights whose average has the least ranked probability score.

    For weights w that sum to 1, that score is w'Rw, where R holds the mean products of members'
    errors. Minimising w'Rw - 2 sum(w) over all w that are not negative gives the same weights up
    to their sum, and that is a problem for non-negative least squares.

    Args:
        cumulatives: P(grade > k) of each member, shape (n_essays, K-1) each.
        y: Grade indices, shape (n_essays,).

    Returns:
        ndarray of shape (M,); none below 0, summing to 1. Equal weights where no member errs.
    """
    above = y[:, None] > np.arange(cumulatives[0].shape[1])
    errors = np.array([(cumulative - above).ravel() for cumulative in cumulatives])
    products = errors @ errors.T
    size = float(np.trace(products)) / len(products)
    if size == 0:
        return np.full(len(products), 1 / len(products))
    root = np.linalg.cholesky(products / size + EQUALITY * np.eye(len(products)))
    free, _ = nnls(root.T, np.linalg.solve(root, np.ones(len(products))))
    weights: FloatArray = free / free.sum()
    return weights
