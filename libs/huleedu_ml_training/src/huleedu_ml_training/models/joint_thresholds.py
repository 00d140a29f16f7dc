"""Thresholds of a cumulative-link model for given latent scores.

They minimise the negative log-likelihood of the essays and of half an essay of every grade
(Jeffreys' prior of class frequencies). That half essay lies at the latent score where its grade
belongs when essays are ranked and the smoothed class frequencies are laid over the ranks: it keeps
the thresholds of rare and absent grades apart, and near those frequencies.

The objective is convex in the thresholds (Pratt 1981) and each essay touches two neighbours, so
its Hessian is tridiagonal: damped Newton steps cost no more than a gradient and reach the unique
minimum from any ordered start.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, solveh_banded

from huleedu_ml_training.models.cumulative_link import LikelihoodTerms, likelihood_terms
from huleedu_ml_training.models.links import Link

FloatArray = NDArray[np.float64]

PSEUDO_ESSAYS = 0.5
"""Essays of each grade that are added to the data."""

_MOST_STEPS = 50
_ENOUGH = 1e-9
"""Newton decrement per essay at which thresholds count as fitted."""
_SUFFICIENT = 1e-4
"""Share of the decrease that its gradient promises which a step must bring (Armijo)."""
_RIDGE = 1e-10
_LONGEST_STEP = 4.0
_SHORTEST_STEP = 2.0**-30


class ThresholdFitter:
    """Fits thresholds again and again while the latent scores of the same essays change.

    Args:
        link: The link.
        y: Grade indices of the essays, shape (n_essays,).
        n_grades: K.
        weights: How much each essay counts, shape (n_essays,); None for 1 each.
    """

    def __init__(
        self,
        link: Link,
        y: NDArray[np.int64],
        n_grades: int,
        weights: FloatArray | None = None,
    ) -> None:
        weights = np.ones(len(y)) if weights is None else weights
        self._link = link
        self._grades = np.concatenate([y, np.arange(n_grades)])
        self._weights = np.concatenate([weights, np.full(n_grades, PSEUDO_ESSAYS)])
        counts = np.bincount(y, weights=weights, minlength=n_grades) + PSEUDO_ESSAYS
        self._shares: FloatArray = counts / counts.sum()

    def start(self) -> FloatArray:
        """Return the thresholds of essays that all have latent score 0, shape (K-1,).

        They reproduce the smoothed class frequencies.
        """
        above = np.cumsum(self._shares[::-1])[::-1][1:]
        return -self._link.quantile(above)

    def fit(self, latent: FloatArray, thresholds: FloatArray) -> FloatArray:
        """Return the thresholds that fit best.

        Args:
            latent: Latent scores of the essays, shape (n_essays,).
            thresholds: Where the search starts, shape (K-1,), strictly ascending.

        Returns:
            ndarray of shape (K-1,), strictly ascending.
        """
        middle = np.cumsum(self._shares) - self._shares / 2
        scores = np.concatenate([latent, np.quantile(latent, middle)])
        terms = self._terms(scores, thresholds)
        for _ in range(_MOST_STEPS):
            gradient, step = self._newton_step(terms, len(thresholds))
            decrement = float(gradient @ step)
            if not decrement > _ENOUGH * len(latent):
                break
            # Far from all essays the curvature all but vanishes, and a step knows no measure.
            length = min(1.0, _LONGEST_STEP / float(np.abs(step).max()))
            value = self._value(terms)
            terms = self._terms(scores, thresholds - length * step)
            while not self._value(terms) <= value - _SUFFICIENT * length * decrement:
                length /= 2
                if length < _SHORTEST_STEP:
                    return thresholds
                terms = self._terms(scores, thresholds - length * step)
            thresholds = thresholds - length * step
        return thresholds

    def _value(self, terms: LikelihoodTerms) -> float:
        return float(self._weights @ terms.loss)

    def _terms(self, scores: FloatArray, thresholds: FloatArray) -> LikelihoodTerms:
        return likelihood_terms(self._link, scores, thresholds, self._grades)

    def _newton_step(
        self, terms: LikelihoodTerms, n_thresholds: int
    ) -> tuple[FloatArray, FloatArray]:
        gradient = self._per_threshold(terms.rate_above, -terms.rate_below, n_thresholds)
        diagonal = self._per_threshold(terms.curvature_above, terms.curvature_below, n_thresholds)
        mixed = -terms.rate_above * terms.rate_below
        between = np.bincount(
            self._grades, weights=self._weights * mixed, minlength=n_thresholds + 1
        )[1:-1]
        beside = np.append(0.0, between)
        bands = np.vstack([beside, diagonal * (1 + _RIDGE)])
        try:
            step: FloatArray = solveh_banded(bands[-n_thresholds:], gradient)
        except LinAlgError:
            # Rounding can make a Hessian with thresholds that almost touch indefinite.
            step = gradient / (diagonal + np.abs(beside) + np.abs(np.roll(beside, -1)))
        return gradient, step

    def _per_threshold(
        self, of_above: FloatArray, of_below: FloatArray, n_thresholds: int
    ) -> FloatArray:
        """Sum up what essays say about the threshold below and the one above their grade."""
        n_grades = n_thresholds + 1
        lower = np.bincount(self._grades, weights=self._weights * of_above, minlength=n_grades)
        upper = np.bincount(self._grades, weights=self._weights * of_below, minlength=n_grades)
        return np.asarray(lower[1:] + upper[:-1], dtype=np.float64)
