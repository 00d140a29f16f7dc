"""How much of a figure's spread comes from the seed, from the split and from the essays.

A crossed random-effects design without replication: the figure of seed s on split r is
``y_sr = mean + seed_s + split_r + rest_sr``. The components are the analysis-of-variance estimates
(Searle, Casella & McCulloch 1992, *Variance Components*, section 4.7), cut off at zero. Their
intervals are those of modified large samples for a difference of mean squares (Ting et al. 1990;
Burdick & Graybill 1992, *Confidence Intervals on Variance Components*, section 3.3), and that of
the rest is the exact one by chi-square.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from huleedu_ml_training.metrics.component import Component


def crossed_components(
    values: NDArray[np.float64], *, confidence: float
) -> tuple[Component, Component, Component]:
    """Return the components of seed, split and the rest.

    Args:
        values: The figure, shape (n_seeds, n_splits), each at least 2; all finite.
        confidence: Coverage aimed at.
    """
    n_seeds, n_splits = values.shape
    mean = values.mean()
    by_seed, by_split = values.mean(axis=1), values.mean(axis=0)
    rest = values - by_seed[:, None] - by_split[None, :] + mean
    freedom = (n_seeds - 1, n_splits - 1, (n_seeds - 1) * (n_splits - 1))
    square_seed = n_splits * float(((by_seed - mean) ** 2).sum()) / freedom[0]
    square_split = n_seeds * float(((by_split - mean) ** 2).sum()) / freedom[1]
    square_rest = float((rest**2).sum()) / freedom[2]
    tail = (1 - confidence) / 2
    return (
        _between("seed", square_seed, freedom[0], square_rest, freedom[2], n_splits, tail),
        _between("split", square_split, freedom[1], square_rest, freedom[2], n_seeds, tail),
        scaled_component("rest", square_rest, freedom[2], confidence=confidence),
    )


def scaled_component(source: str, variance: float, degrees: int, *, confidence: float) -> Component:
    """Return a component whose estimate is a multiple of chi-square.

    Exact for a mean square of normal values; for a resampled variance of a figure of many essays
    an approximation, with the number of things drawn less one as degrees of freedom.

    Args:
        source: What it is.
        variance: Estimate.
        degrees: Degrees of freedom.
        confidence: Coverage aimed at.
    """
    tail = (1 - confidence) / 2
    low = variance * degrees / stats.chi2.isf(tail, degrees)
    high = variance * degrees / stats.chi2.ppf(tail, degrees)
    return Component(source, _root(variance), _root(low), _root(high), degrees)


def _between(
    source: str,
    square: float,
    n1: int,
    rest: float,
    n2: int,
    n_per_level: int,
    tail: float,
) -> Component:
    """Return the component (square - rest) / n_per_level with its interval."""
    difference = square - rest
    f_high, f_low = stats.f.isf(tail, n1, n2), stats.f.ppf(tail, n1, n2)
    g1, h1 = 1 - n1 / stats.chi2.isf(tail, n1), n1 / stats.chi2.ppf(tail, n1) - 1
    g2, h2 = 1 - n2 / stats.chi2.isf(tail, n2), n2 / stats.chi2.ppf(tail, n2) - 1
    g12 = ((f_high - 1) ** 2 - (g1 * f_high) ** 2 - h2**2) / f_high
    h12 = ((1 - f_low) ** 2 - (h1 * f_low) ** 2 - g2**2) / f_low
    product = square * rest
    below = (g1 * square) ** 2 + (h2 * rest) ** 2 + g12 * product
    above = (h1 * square) ** 2 + (g2 * rest) ** 2 + h12 * product
    low, high = difference - _root(below), difference + _root(above)
    sd, least, most = (_root(each / n_per_level) for each in (difference, low, high))
    return Component(source, sd, least, most, n1)


def _root(variance: float) -> float:
    return float(np.sqrt(max(variance, 0.0)))
