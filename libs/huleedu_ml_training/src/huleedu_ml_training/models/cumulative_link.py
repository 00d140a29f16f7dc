"""The likelihood of grades in a cumulative-link model, with its first and second derivatives.

An essay of grade j and latent score f has probability G(a) - G(b), where a = f - theta(j-1) and
b = f - theta(j), infinite beyond the lowest and the highest threshold. With the rates
r(a) = g(a) / (G(a) - G(b)), r(b) likewise, and s = (log g)', the negative log-likelihood has

    gradient   d/df   = r(b) - r(a)
    curvature  d²/df² = (r(a) - r(b))² - r(a) s(a) + r(b) s(b)

Everything is computed from logarithms of the tail that is smaller, so that neither narrow grades
nor essays far from their grade lose digits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.links import Link

FloatArray = NDArray[np.float64]

LEAST_CURVATURE = 1e-12
"""What rounding could bring to zero or below is positive: the curvature of every link is."""


@dataclass(frozen=True, slots=True, eq=False)
class LikelihoodTerms:
    """Terms of single essays, each an ndarray of shape (n_essays,), float64.

    Attributes:
        loss: Negative log-likelihood.
        rate_above: r(a): minus the derivative of the loss in a; 0 for the lowest grade.
        rate_below: r(b): the derivative of the loss in b; 0 for the highest grade.
        curvature_above: Second derivative in a.
        curvature_below: Second derivative in b; the mixed one is -r(a) r(b).
    """

    loss: FloatArray
    rate_above: FloatArray
    rate_below: FloatArray
    curvature_above: FloatArray
    curvature_below: FloatArray

    def gradient(self) -> FloatArray:
        """Return the derivative of each loss in its latent score."""
        return self.rate_below - self.rate_above

    def curvature(self) -> FloatArray:
        """Return the second derivative of each loss in its latent score, above 0."""
        mixed = -2.0 * self.rate_above * self.rate_below
        return np.maximum(self.curvature_above + self.curvature_below + mixed, LEAST_CURVATURE)


def likelihood_terms(
    link: Link, latent: FloatArray, thresholds: FloatArray, y: NDArray[np.int64]
) -> LikelihoodTerms:
    """Return the terms of essays.

    Args:
        link: G.
        latent: Latent scores, shape (n_essays,), finite.
        thresholds: theta, shape (K-1,), strictly ascending.
        y: Grade indices, shape (n_essays,).
    """
    above, below = _margins(latent, thresholds, y)
    log_probability = _log_difference(link, above, below)
    rate_above, slope_above = _rate_and_slope(link, above, log_probability)
    rate_below, slope_below = _rate_and_slope(link, below, log_probability)
    return LikelihoodTerms(
        loss=-log_probability,
        rate_above=rate_above,
        rate_below=rate_below,
        curvature_above=rate_above * (rate_above - slope_above),
        curvature_below=rate_below * (rate_below + slope_below),
    )


def log_loss(
    link: Link,
    latent: FloatArray,
    thresholds: FloatArray,
    y: NDArray[np.int64],
    weights: FloatArray | None = None,
) -> float:
    """Return the weighted mean negative log-likelihood.

    Arguments are those of :func:`likelihood_terms`, and weights of shape (n_essays,) or None.
    """
    logs = _log_difference(link, *_margins(latent, thresholds, y))
    return -float(np.average(logs, weights=weights))


def ranked_probability_score(
    link: Link,
    latent: FloatArray,
    thresholds: FloatArray,
    y: NDArray[np.int64],
    weights: FloatArray | None = None,
) -> float:
    """Return the weighted mean sum of squared errors of P(grade > k).

    Arguments are those of :func:`log_loss`.
    """
    above = y[:, None] > np.arange(len(thresholds))
    errors = link.cumulative(latent[:, None] - thresholds) - above
    return float(np.average(np.square(errors).sum(axis=1), weights=weights))


def _margins(
    latent: FloatArray, thresholds: FloatArray, y: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    edges = np.concatenate([[-np.inf], thresholds, [np.inf]])
    return latent - edges[y], latent - edges[y + 1]


def _log_difference(link: Link, above: FloatArray, below: FloatArray) -> FloatArray:
    """Return log(G(above) - G(below)) for above > below, and NaN where above is the lower one."""
    upper_tail = below > 0
    greater = np.where(upper_tail, link.log_survival(below), link.log_cumulative(above))
    smaller = np.where(upper_tail, link.log_survival(above), link.log_cumulative(below))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        difference: FloatArray = greater + np.log(-np.expm1(smaller - greater))
    return difference


def _rate_and_slope(
    link: Link, margins: FloatArray, log_probability: FloatArray
) -> tuple[FloatArray, FloatArray]:
    finite = np.isfinite(margins)
    inner = np.where(finite, margins, 0.0)
    # Where a probability underflows, its loss is infinite, and whoever searches turns back.
    with np.errstate(over="ignore"):
        rate = np.where(finite, np.exp(link.log_density(inner) - log_probability), 0.0)
    return rate, link.log_density_slope(inner)
