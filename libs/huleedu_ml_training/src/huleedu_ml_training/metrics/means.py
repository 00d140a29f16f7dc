"""Means over essays with intervals: the simplest of all figures, and the most frequent."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.metrics.cluster_sums import sum_by_cluster
from huleedu_ml_training.metrics.intervals import value_of
from huleedu_ml_training.metrics.uncertainty import (
    Clusters,
    Resampled,
    bootstrap,
    point_values,
)
from huleedu_ml_training.metrics.values import MetricValue


def clustered_means(
    columns: Mapping[str, NDArray[np.generic]], clusters: Clusters, settings: EvaluationSettings
) -> dict[str, MetricValue]:
    """Return the mean of each column over all essays, with its interval.

    Args:
        columns: Name of the figure → what it is the mean of, shape (n_essays,).
        clusters: Which essays are drawn together.
        settings: Resamples, confidence and seed of the intervals.
    """
    terms = np.column_stack([*columns.values(), np.ones(len(clusters.of_essay))])
    sums = sum_by_cluster(terms.astype(np.float64), clusters)

    def means(weights: NDArray[np.float64]) -> Resampled:
        drawn = weights @ sums
        found = drawn[:, :-1] / drawn[:, -1:]
        return {name: found[:, number] for number, name in enumerate(columns)}

    point = point_values(means, clusters)
    (resampled,) = bootstrap([means], clusters, resamples=settings.resamples, seed=settings.seed)
    return {
        name: value_of(
            name,
            point[name],
            resampled[name],
            clusters=clusters,
            confidence=settings.confidence,
        )
        for name in columns
    }
