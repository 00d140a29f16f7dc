"""Can the probability of reaching a grade be taken at its word? One question per threshold.

The reliability of the most probable grade says little on an ordinal scale, where that grade is
rarely sure. What a school acts on is whether an essay reaches a grade: a cumulative probability.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.calibration import (
    CALIBRATION_BINS,
    equal_count_bins,
    equal_width_bins,
)
from huleedu_ml_training.metrics.cluster_sums import sum_by_cluster
from huleedu_ml_training.metrics.intervals import value_of
from huleedu_ml_training.metrics.reliability import ReliabilityBin, event_bins
from huleedu_ml_training.metrics.uncertainty import Clusters, bootstrap, point_values
from huleedu_ml_training.metrics.values import MetricValue


@dataclass(frozen=True, slots=True)
class ThresholdReliability:
    """The reliability diagram of one threshold of the scale.

    Attributes:
        label: The grade that is reached or missed.
        share: Share of essays that people gave it or a higher one.
        error: Calibration error of the threshold, ``threshold_ece``.
        bins: Ten bins of the stated probability.
        adaptive_error: The same over bins of equally many essays, ``threshold_adaptive_ece``.
    """

    label: str
    share: float
    error: MetricValue
    bins: tuple[ReliabilityBin, ...]
    adaptive_error: MetricValue

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "at_least": self.label,
            "share": self.share,
            "threshold_ece": self.error.to_dict(),
            "threshold_adaptive_ece": self.adaptive_error.to_dict(),
            "bins": [each.to_dict() for each in self.bins],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "ThresholdReliability":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            label=document["at_least"],
            share=float(document["share"]),
            error=MetricValue.from_dict("threshold_ece", document["threshold_ece"]),
            bins=tuple(map(ReliabilityBin.from_dict, document["bins"])),
            adaptive_error=MetricValue.from_dict(
                "threshold_adaptive_ece", document["threshold_adaptive_ece"]
            ),
        )


def reaching_probabilities(predictions: GradePredictions) -> NDArray[np.float64]:
    """Return P(grade ≥ k) for k = 1…K-1, shape (n_essays, K-1), within 0…1."""
    reached = np.cumsum(predictions.probabilities[:, ::-1], axis=1)[:, ::-1][:, 1:]
    bounded: NDArray[np.float64] = np.clip(reached, 0.0, 1.0)
    return bounded


def threshold_reliability(
    predictions: GradePredictions,
    y: NDArray[np.int64],
    clusters: Clusters,
    settings: EvaluationSettings,
) -> tuple[ThresholdReliability, ...]:
    """Return the reliability of each of the K - 1 thresholds, lowest first.

    Args:
        predictions: Predictions of n essays on a scale of K grades.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        clusters: Which essays are drawn together.
        settings: Resamples, confidence and seed of the intervals.
    """
    labels = predictions.scale.labels[1:]
    stated = reaching_probabilities(predictions)
    reached = y[:, None] >= np.arange(1, len(predictions.scale))
    errors = _errors(stated, reached, equal_width_bins, "threshold_ece", clusters, settings)
    adaptive = _errors(
        stated, reached, equal_count_bins, "threshold_adaptive_ece", clusters, settings
    )
    return tuple(
        ThresholdReliability(
            label=label,
            share=float(reached[:, number].mean()),
            error=errors[number],
            bins=event_bins(stated[:, number], reached[:, number], confidence=settings.confidence),
            adaptive_error=adaptive[number],
        )
        for number, label in enumerate(labels)
    )


def _errors(
    stated: NDArray[np.float64],
    reached: NDArray[np.bool_],
    bins: Callable[[NDArray[np.float64]], NDArray[np.int64]],
    name: str,
    clusters: Clusters,
    settings: EvaluationSettings,
) -> list[MetricValue]:
    """Return the calibration error of each threshold over bins of one kind.

    Args:
        stated: Probability of reaching each threshold, shape (n_essays, n_thresholds).
        reached: Whether people gave that grade or a higher one, of the same shape.
        bins: From stated probabilities to bins.
        name: Name of the figure.
        clusters: Which essays are drawn together.
        settings: Resamples, confidence and seed of the intervals.
    """
    n, thresholds = stated.shape
    terms = np.zeros((n, thresholds * CALIBRATION_BINS))
    for number in range(thresholds):
        column = number * CALIBRATION_BINS + bins(stated[:, number])
        terms[np.arange(n), column] = stated[:, number] - reached[:, number]
    sums = sum_by_cluster(np.column_stack([terms, np.ones(n)]), clusters)

    def errors(weights: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        drawn = weights @ sums
        gaps = np.abs(drawn[:, :-1]).reshape(len(weights), thresholds, CALIBRATION_BINS)
        found = gaps.sum(axis=2) / drawn[:, -1:]
        return {str(number): found[:, number] for number in range(thresholds)}

    point = point_values(errors, clusters)
    (resampled,) = bootstrap([errors], clusters, resamples=settings.resamples, seed=settings.seed)
    return [
        value_of(
            name,
            point[str(number)],
            resampled[str(number)],
            clusters=clusters,
            confidence=settings.confidence,
            is_biased=True,
        )
        for number in range(thresholds)
    ]
