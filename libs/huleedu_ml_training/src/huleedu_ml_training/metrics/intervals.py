"""From points and resamples to values with intervals and reasons."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.metrics.definitions import METRICS, Requirement
from huleedu_ml_training.metrics.uncertainty import Clusters, Resampled, percentile_interval
from huleedu_ml_training.metrics.values import MetricValue


def metric_values(
    names: Iterable[str],
    point: Mapping[str, float],
    resampled: Resampled,
    *,
    confusion: NDArray[np.int64],
    clusters: Clusters,
    confidence: float,
) -> dict[str, MetricValue]:
    """Put an interval around each metric, or say why there is none.

    Args:
        names: Metrics wanted.
        point: Metric name → value on the essays as they are; NaN where undefined.
        resampled: Metric name → values on the resamples.
        confusion: Essays per pair of grades, shape (K, K), from which reasons are read.
        clusters: What was drawn.
        confidence: Coverage of the intervals.
    """
    values = {}
    for name in names:
        interval = percentile_interval(
            point[name],
            resampled[name],
            confidence=confidence,
            clusters=clusters,
            is_biased=METRICS[name].is_biased,
        )
        reason = interval.reason
        if not np.isfinite(point[name]):
            reason = undefined_reason(name, confusion)
        values[name] = MetricValue(name, point[name], interval.low, interval.high, reason)
    return values


def value_of(
    name: str,
    point: float,
    resampled: NDArray[np.float64],
    *,
    clusters: Clusters,
    confidence: float,
    undefined: str = "undefined",
    is_biased: bool = False,
) -> MetricValue:
    """Put an interval around one figure.

    Args:
        name: Name of the figure.
        point: Its value on the essays as they are; NaN where undefined.
        resampled: Its values on the resamples, shape (resamples,).
        clusters: What was drawn.
        confidence: Coverage of the interval.
        undefined: The reason to give where ``point`` is NaN.
        is_biased: As for :func:`~huleedu_ml_training.metrics.uncertainty.percentile_interval`.
    """
    interval = percentile_interval(
        point, resampled, confidence=confidence, clusters=clusters, is_biased=is_biased
    )
    reason = interval.reason if np.isfinite(point) else undefined
    return MetricValue(name, float(point), interval.low, interval.high, reason)


def undefined_reason(name: str, confusion: NDArray[np.int64]) -> str:
    """Return why a metric is NaN on the given counts: the first of its needs that is not met."""
    met = {
        Requirement.TWO_ESSAYS: int(confusion.sum()) > 1,
        Requirement.HUMAN_VARIANCE: np.count_nonzero(confusion.sum(axis=1)) > 1,
        Requirement.MACHINE_VARIANCE: np.count_nonzero(confusion.sum(axis=0)) > 1,
    }
    # Only the scores are not in the counts: where all else is met, it is they that do not vary.
    missing = (need for need in METRICS[name].requires if not met.get(need, False))
    return f"undefined: {next(missing)}"
