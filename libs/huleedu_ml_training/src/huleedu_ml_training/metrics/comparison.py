"""Judging two graders on the same essays."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.agreement import confusion_matrix
from huleedu_ml_training.metrics.checks import check_predictions
from huleedu_ml_training.metrics.comparison_report import ComparisonReport, MetricComparison
from huleedu_ml_training.metrics.definitions import METRICS, Better
from huleedu_ml_training.metrics.errors import IncomparablePredictionsError
from huleedu_ml_training.metrics.evaluation import count_prompts, resampling_of
from huleedu_ml_training.metrics.intervals import metric_values
from huleedu_ml_training.metrics.statistics import PredictionStatistics
from huleedu_ml_training.metrics.uncertainty import (
    Clusters,
    bootstrap,
    cluster_notes,
    percentile_interval,
    point_values,
)
from huleedu_ml_training.metrics.values import MetricValue

__all__ = ["ComparisonReport", "compare_predictions"]


def compare_predictions(
    a: GradePredictions,
    b: GradePredictions,
    y: NDArray[np.int64],
    prompts: Sequence[str | None] | None,
    settings: EvaluationSettings,
) -> ComparisonReport:
    """Judge grader B against grader A on the same essays, by a paired bootstrap.

    Both graders are judged on the same draws, so that what an easy or a hard draw does to both
    cancels out of the difference.

    Args:
        a: Predictions of n essays by the grader to beat.
        b: Predictions of the same essays, in the same order, by the other grader.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        prompts: n prompt names, None where an essay has none; or None for no prompts at all.
        settings: Resamples, confidence and seed of the intervals.

    Raises:
        IncomparablePredictionsError: The graders differ in scale or in the number of essays.
        InvalidPredictionsError: One grader's predictions cannot be judged.
    """
    if a.scale.labels != b.scale.labels:
        raise IncomparablePredictionsError(
            problem=f"one grades on {a.scale.name}, the other on {b.scale.name}"
        )
    if len(a) != len(b):
        raise IncomparablePredictionsError(
            problem=f"one graded {len(a)} essays, the other {len(b)}"
        )
    sides = (a, b)
    for side in sides:
        check_predictions(side, y, prompts)
    clusters = Clusters.of_prompts(prompts, len(y))
    statistics = [PredictionStatistics(side, y, clusters) for side in sides]
    points = [point_values(side, clusters) for side in statistics]
    resampled = bootstrap(statistics, clusters, resamples=settings.resamples, seed=settings.seed)
    values = [
        metric_values(
            METRICS,
            points[side],
            resampled[side],
            confusion=confusion_matrix(y, sides[side].grades, len(a.scale)),
            clusters=clusters,
            confidence=settings.confidence,
        )
        for side in range(2)
    ]
    return ComparisonReport(
        scale=a.scale,
        n=len(y),
        resampling=resampling_of(clusters, settings),
        metrics={
            name: _compare(
                name,
                (values[0][name], values[1][name]),
                (resampled[0][name], resampled[1][name]),
                clusters,
                settings.confidence,
            )
            for name in METRICS
        },
        transitions=tuple(
            tuple(int(count) for count in row)
            for row in confusion_matrix(a.grades, b.grades, len(a.scale))
        ),
        notes=cluster_notes(clusters, count_prompts(prompts)),
    )


def _compare(
    name: str,
    values: tuple[MetricValue, MetricValue],
    resampled: tuple[NDArray[np.float64], NDArray[np.float64]],
    clusters: Clusters,
    confidence: float,
) -> MetricComparison:
    difference = values[1].value - values[0].value
    interval = percentile_interval(
        difference, resampled[1] - resampled[0], confidence=confidence, clusters=clusters
    )
    reason = interval.reason
    if not np.isfinite(difference):
        reason = values[0].reason if not values[0].is_defined else values[1].reason
    return MetricComparison(
        a=values[0],
        b=values[1],
        difference=MetricValue(name, difference, interval.low, interval.high, reason),
        probability_b_better=_probability_better(name, *resampled),
    )


_SIGN: Mapping[Better, float] = {Better.HIGHER: 1.0, Better.LOWER: -1.0}


def _probability_better(name: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Share of the resamples in which B is better, ties counting half; NaN where none counts."""
    better = METRICS[name].better
    gain = np.abs(a) - np.abs(b) if better is Better.NEAR_ZERO else (b - a) * _SIGN[better]
    gain = gain[np.isfinite(gain)]
    if len(gain) == 0:
        return float("nan")
    return float(np.mean(gain > 0) + np.mean(gain == 0) / 2)
