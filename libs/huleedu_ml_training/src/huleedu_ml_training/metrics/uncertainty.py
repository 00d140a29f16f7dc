"""Intervals by resampling: which essays belong together, how often each is drawn, what follows.

Essays on one prompt share what the prompt does to grader and teacher alike, so prompts are drawn
with replacement, each with all its essays (a cluster bootstrap: Field & Welsh 2007). The same
draws serve every metric and every grader that is compared, which makes differences paired.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Resampled = dict[str, NDArray[np.float64]]
"""Metric name → its values on a number of resamples, ndarray of shape (n_resamples,)."""

WeightedMetrics = Callable[[NDArray[np.float64]], Resampled]
"""One grader's metrics under weights of shape (n_resamples, n_clusters): how often each cluster
occurs in each resample. NaN where undefined."""

MIN_PROMPTS = 5
"""With fewer prompts, essays are drawn instead: so few clusters cannot show their own spread."""

FEW_PROMPTS = 20
"""With fewer prompts than this, intervals tend to be too narrow, and reports say so."""

NO_SPREAD = "no interval: every resample gives the same value"
"""The reason for a missing interval that leaves no doubt about the value."""

_MIN_DEFINED_SHARE = 0.9
"""An interval needs the metric to be defined in at least this share of the resamples."""

_CELLS_AT_A_TIME = 1_000_000
"""Resamples times essays held in memory at once: 8 MB as float64, about a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Which essays are drawn together.

    Attributes:
        by: ``prompt`` or ``essay``.
        of_essay: ndarray of shape (n_essays,), int64; the cluster of each essay, 0…count-1.
        count: Number of clusters.
    """

    by: str
    of_essay: NDArray[np.int64]
    count: int

    @classmethod
    def of_prompts(cls, prompts: Sequence[str | None] | None, n: int) -> "Clusters":
        """Cluster by prompt where there are at least :data:`MIN_PROMPTS`, else by essay.

        An essay without a prompt is a cluster of its own.

        Args:
            prompts: n prompt names, None where an essay has none; or None for no prompts at all.
            n: Number of essays.
        """
        named = {prompt for prompt in prompts or () if prompt is not None}
        if prompts is None or len(named) < MIN_PROMPTS:
            return cls(by="essay", of_essay=np.arange(n, dtype=np.int64), count=n)
        number_of: dict[object, int] = {}
        of_essay = np.fromiter(
            (
                # An int stands for an essay without prompt; it cannot equal a prompt's name.
                number_of.setdefault(i if prompt is None else prompt, len(number_of))
                for i, prompt in enumerate(prompts)
            ),
            dtype=np.int64,
            count=n,
        )
        return cls(by="prompt", of_essay=of_essay, count=len(number_of))


def resample_weights(
    clusters: Clusters, resamples: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    """Yield how often each cluster is drawn, in blocks of shape (block, n_clusters).

    The blocks hold ``resamples`` rows together, each summing to the number of clusters.
    """
    rng = np.random.default_rng(seed)
    n = clusters.count
    block = max(1, _CELLS_AT_A_TIME // max(len(clusters.of_essay), 1))
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = rng.integers(0, n, size=(rows, n))
        drawn += (np.arange(rows) * n)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


def bootstrap(
    graders: Sequence[WeightedMetrics], clusters: Clusters, *, resamples: int, seed: int
) -> list[Resampled]:
    """Return the resampled metrics of each grader, all on the same draws.

    Returns:
        For each grader, metric name → ndarray of shape (resamples,).
    """
    blocks: list[list[Resampled]] = [[] for _ in graders]
    for weights in resample_weights(clusters, resamples, seed):
        for grader, collected in zip(graders, blocks, strict=True):
            collected.append(grader(weights))
    return [
        {name: np.concatenate([block[name] for block in collected]) for name in collected[0]}
        for collected in blocks
    ]


def point_values(grader: WeightedMetrics, clusters: Clusters) -> dict[str, float]:
    """Return each metric on the essays as they are, by the code that serves the resamples."""
    values = grader(np.ones((1, clusters.count)))
    return {name: float(value[0]) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds, or the reason why there are none.

    Attributes:
        low: Lower bound; NaN where there is none.
        high: Upper bound; NaN where there is none.
        reason: Why there are none, else None.
    """

    low: float
    high: float
    reason: str | None


def percentile_interval(
    value: float,
    resampled: NDArray[np.float64],
    *,
    confidence: float,
    clusters: Clusters,
    is_biased: bool = False,
) -> Interval:
    """Return the percentile interval (Efron & Tibshirani 1993, chapter 13) of a metric.

    Args:
        value: The metric on the essays as they are.
        resampled: The metric on each resample, shape (resamples,); NaN where undefined.
        confidence: Coverage aimed at, between 0 and 1.
        clusters: What was drawn.
        is_biased: Whether noise lifts the metric; the interval is then moved down by the mean
            excess of the resamples, but never below zero. Without it, the interval of a
            calibration error could lie entirely above the error itself.
    """
    if not math.isfinite(value):
        return _no_interval(None)
    if clusters.count < 2:
        return _no_interval(f"no interval: there is only one {clusters.by} to draw")
    defined = resampled[np.isfinite(resampled)]
    share = len(defined) / len(resampled)
    if share < _MIN_DEFINED_SHARE:
        return _no_interval(f"no interval: undefined in {1 - share:.0%} of the resamples")
    if np.ptp(defined) == 0:
        return _no_interval(NO_SPREAD)
    tail = (1 - confidence) / 2
    low, high = (float(bound) for bound in np.quantile(defined, (tail, 1 - tail)))
    if is_biased:
        excess = max(float(defined.mean()) - value, 0.0)
        low, high = max(low - excess, 0.0), max(high - excess, 0.0)
    return Interval(low, high, None)


def _no_interval(reason: str | None) -> Interval:
    return Interval(math.nan, math.nan, reason)


def cluster_notes(clusters: Clusters, n_prompts: int) -> tuple[str, ...]:
    """Return what a reader must know of how the intervals were made."""
    if clusters.by == "prompt" and n_prompts < FEW_PROMPTS:
        consequence = f"with fewer than {FEW_PROMPTS} they tend to be too narrow."
        return (f"Intervals come from drawing {n_prompts} prompts; {consequence}",)
    if clusters.by == "essay" and n_prompts > 0:
        cause = f"because there are fewer than {MIN_PROMPTS} prompts"
        return (f"Intervals come from drawing essays, {cause}: they do not cover new prompts.",)
    return ()


def weights_of_essays(
    weights: NDArray[np.float64], clusters: Clusters, essays: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the weights of the given essays, shape (n_resamples, len(essays))."""
    spread: NDArray[np.float64] = weights[:, clusters.of_essay[essays]]
    return spread
