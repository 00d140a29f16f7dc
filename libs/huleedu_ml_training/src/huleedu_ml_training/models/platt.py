"""Fitting a cumulative-link logistic curve with few essays and rare grades.

The model is P(grade > k) = sigmoid(slope * latent - theta(k)). Parameters minimise

    - sum over essays of log P(grade | latent)
    - 1/2 sum over grades j of log P(j | latent(j))
    + 1/2 (slope * s / 5)^2

where s is the standard deviation of the latent scores. The second line adds half an essay of
every grade (Jeffreys' prior of class frequencies), placed at the latent score latent(j) where that
grade belongs when essays are ranked and the smoothed class frequencies are laid over the ranks. It
draws the threshold of a grade with one essay, or none, towards that of the smoothed frequencies,
and it keeps neighbouring thresholds apart. The third line is a weak normal prior that keeps the
slope finite on separable data. The whole is convex in slope and thresholds (Pratt 1981,
"Concavity of the log likelihood", JASA 76), so its minimum is unique.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

FloatArray = NDArray[np.float64]

PSEUDO_ESSAYS = 0.5
"""Essays of each grade that are added to the data."""

SLOPE_SCALE = 5.0
"""Standard deviation of the prior of the slope, per standard deviation of the latent score."""

_SLOPE_BOUNDS = (1e-3, 1e3)
_LOG_GAP_BOUNDS = (-15.0, 6.0)


def fit_cumulative_logit(
    latent: FloatArray,
    y: NDArray[np.int64],
    n_grades: int,
    weights: FloatArray | None = None,
) -> tuple[float, FloatArray]:
    """Fit slope and thresholds.

    Args:
        latent: Finite latent scores, shape (n_essays,), at least one.
        y: Grade indices, shape (n_essays,).
        n_grades: K.
        weights: How much each essay counts, shape (n_essays,); None for 1 each.

    Returns:
        The slope, above 0 also where higher scores go with lower grades, and the thresholds,
        ndarray of shape (K-1,), strictly ascending.
    """
    centre = float(latent.mean())
    spread = float(latent.std()) or 1.0
    weights = np.ones(len(y)) if weights is None else weights
    counts = np.bincount(y, weights=weights, minlength=n_grades).astype(np.float64)
    counts += PSEUDO_ESSAYS
    standard = (latent - centre) / spread
    objective = PenalisedLikelihood(
        np.concatenate([standard, _places_of_grades(standard, counts)]),
        np.concatenate([y, np.arange(n_grades)]),
        np.concatenate([weights, np.full(n_grades, PSEUDO_ESSAYS)]),
        n_grades,
    )
    result = minimize(
        objective,
        _start(counts),
        jac=True,
        method="L-BFGS-B",
        bounds=[_SLOPE_BOUNDS, (None, None), *[_LOG_GAP_BOUNDS] * (n_grades - 2)],
        options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-14, "gtol": 1e-8},
    )
    slope = float(result.x[0]) / spread
    return slope, unpack_thresholds(result.x) + slope * centre


class PenalisedLikelihood:
    """The objective and its gradient, as functions of (slope, first threshold, log gaps).

    Logarithms of the gaps between thresholds make every point of the search a valid model.

    Args:
        latent: Standardised scores of essays and pseudo-essays, shape (m,).
        y: Their grade indices, shape (m,).
        weights: Their weights, shape (m,).
        n_grades: K.
    """

    def __init__(
        self, latent: FloatArray, y: NDArray[np.int64], weights: FloatArray, n_grades: int
    ) -> None:
        self._n_grades = n_grades
        self._weight_of_grade = np.bincount(y, weights=weights, minlength=n_grades)
        self._lower = _Side(latent, y - 1, weights, y > 0)
        self._upper = _Side(latent, y, weights, y < n_grades - 1)

    def __call__(self, parameters: FloatArray) -> tuple[float, FloatArray]:
        """Return value and gradient; both arrays have shape (K,).

        With u = slope * latent - theta, the probability of grade j between thresholds a < b is
        sigmoid(u(a)) * sigmoid(-u(b)) * (1 - exp(a - b)), which loses no digits anywhere.
        """
        slope = parameters[0]
        thresholds = unpack_thresholds(parameters)
        gaps = np.exp(parameters[2:])
        inner = self._weight_of_grade[1:-1]
        value = 0.5 * (slope / SLOPE_SCALE) ** 2 - float(inner @ np.log(-np.expm1(-gaps)))
        by_slope = slope / SLOPE_SCALE**2
        by_threshold = np.zeros(self._n_grades - 1)
        for side, sign in ((self._lower, 1.0), (self._upper, -1.0)):
            margins = sign * (slope * side.latent - thresholds[side.threshold])
            value -= float(side.weights @ log_expit(margins))
            pull = sign * side.weights * expit(-margins)
            by_slope -= float(pull @ side.latent)
            by_threshold += np.bincount(side.threshold, weights=pull, minlength=self._n_grades - 1)
        by_gap = -inner / np.expm1(gaps)
        tail_sums = np.cumsum(by_threshold[::-1])[::-1]
        gradient = np.concatenate([[by_slope, tail_sums[0]], gaps * (by_gap + tail_sums[1:])])
        return value, gradient


class _Side:
    """The essays that have a threshold on one side of their grade."""

    def __init__(
        self,
        latent: FloatArray,
        threshold: NDArray[np.int64],
        weights: FloatArray,
        has_one: NDArray[np.bool_],
    ) -> None:
        self.latent = latent[has_one]
        self.threshold = threshold[has_one]
        self.weights = weights[has_one]


def unpack_thresholds(parameters: FloatArray) -> FloatArray:
    """Return ascending thresholds, shape (K-1,), from (slope, first threshold, log gaps)."""
    steps = np.concatenate([parameters[1:2], np.exp(parameters[2:])])
    thresholds: FloatArray = np.cumsum(steps)
    return thresholds


def _places_of_grades(standard: FloatArray, counts: FloatArray) -> FloatArray:
    share = counts / counts.sum()
    middle = np.cumsum(share) - share / 2
    places: FloatArray = np.quantile(standard, middle)
    return places


def _start(counts: FloatArray) -> FloatArray:
    above = 1.0 - np.cumsum(counts)[:-1] / counts.sum()
    thresholds = -logit(above)
    return np.concatenate([[1.0], thresholds[:1], np.log(np.diff(thresholds))])
