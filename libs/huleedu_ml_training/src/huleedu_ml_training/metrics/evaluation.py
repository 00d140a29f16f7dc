"""Judging one grader."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.agreement import confusion_matrix
from huleedu_ml_training.metrics.checks import check_predictions
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport, Resampling
from huleedu_ml_training.metrics.flags import raise_flags
from huleedu_ml_training.metrics.intervals import metric_values
from huleedu_ml_training.metrics.reliability import reliability_bins
from huleedu_ml_training.metrics.slices import evaluate_slices
from huleedu_ml_training.metrics.statistics import SHARE_DIFFERENCE, PredictionStatistics
from huleedu_ml_training.metrics.uncertainty import (
    Clusters,
    Resampled,
    bootstrap,
    cluster_notes,
    percentile_interval,
    point_values,
)
from huleedu_ml_training.metrics.values import MetricValue

__all__ = ["EvaluationReport", "evaluate_predictions"]

STEPS_PER_LEVEL = 4
"""Resolution of the stored distribution of expected grades."""


def evaluate_predictions(
    predictions: GradePredictions,
    y: NDArray[np.int64],
    *,
    prompts: Sequence[str | None] | None,
    settings: EvaluationSettings,
) -> EvaluationReport:
    """Judge predictions against human grades.

    Equal arguments give equal reports. The work is CPU-bound; call it from a thread where an event
    loop is running.

    Args:
        predictions: Predictions of n essays on a scale of K grades.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        prompts: n prompt names, None where an essay has none; or None for no prompts at all.
            Intervals are clustered by prompt where there are enough of them.
        settings: Resamples, confidence and seed of the intervals.

    Raises:
        InvalidPredictionsError: There are no essays, lengths differ, a grade is off the scale, or
            a row of probabilities is no distribution.
    """
    check_predictions(predictions, y, prompts)
    scale = predictions.scale
    confusion = confusion_matrix(y, predictions.grades, len(scale))
    clusters = Clusters.of_prompts(prompts, len(y))
    statistics = PredictionStatistics(predictions, y, clusters)
    point = point_values(statistics, clusters)
    (resampled,) = bootstrap(
        [statistics], clusters, resamples=settings.resamples, seed=settings.seed
    )
    values = metric_values(
        METRICS,
        point,
        resampled,
        confusion=confusion,
        clusters=clusters,
        confidence=settings.confidence,
    )
    differences = tuple(
        _share_difference(f"{SHARE_DIFFERENCE}.{grade}", point, resampled, clusters, settings)
        for grade in range(len(scale))
    )
    return EvaluationReport(
        scale=scale,
        n=len(y),
        resampling=resampling_of(clusters, settings),
        values=values,
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        share_differences=differences,
        reliability=reliability_bins(predictions.probabilities, y, confidence=settings.confidence),
        score_counts=_score_counts(predictions),
        by_prompt=evaluate_slices(prompts or (), predictions.grades, y, len(scale), settings),
        flags=raise_flags(values, differences, scale.labels),
        notes=cluster_notes(clusters, count_prompts(prompts)),
    )


def resampling_of(clusters: Clusters, settings: EvaluationSettings) -> Resampling:
    """Return what a report says of how its intervals were made."""
    return Resampling(
        by=clusters.by,
        clusters=clusters.count,
        confidence=settings.confidence,
        resamples=settings.resamples,
        seed=settings.seed,
    )


def count_prompts(prompts: Sequence[str | None] | None) -> int:
    """Return the number of distinct named prompts."""
    return len({prompt for prompt in prompts or () if prompt is not None})


def _share_difference(
    name: str,
    point: dict[str, float],
    resampled: Resampled,
    clusters: Clusters,
    settings: EvaluationSettings,
) -> MetricValue:
    interval = percentile_interval(
        point[name], resampled[name], confidence=settings.confidence, clusters=clusters
    )
    return MetricValue("grade_share", point[name], interval.low, interval.high, interval.reason)


def _score_counts(predictions: GradePredictions) -> tuple[int, ...]:
    """Count essays per quarter level, each count centred on a multiple of a quarter."""
    steps = np.rint(predictions.expected * STEPS_PER_LEVEL).astype(np.int64)
    length = (len(predictions.scale) - 1) * STEPS_PER_LEVEL + 1
    return tuple(int(count) for count in np.bincount(steps, minlength=length)[:length])
