"""Can the probability of reaching a grade be taken at its word? One question per threshold.

The reliability of the most probable grade says little on an ordinal scale, where that grade is
rarely sure. What a school acts on is whether an essay reaches a grade: a cumulative probability.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.calibration import CALIBRATION_BINS, equal_width_bins
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
    """

    label: str
    share: float
    error: MetricValue
    bins: tuple[ReliabilityBin, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "at_least": self.label,
            "share": self.share,
            "threshold_ece": self.error.to_dict(),
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
    terms = np.zeros((len(y), len(labels) * CALIBRATION_BINS))
    for number in range(len(labels)):
        column = number * CALIBRATION_BINS + equal_width_bins(stated[:, number])
        terms[np.arange(len(y)), column] = stated[:, number] - reached[:, number]
    sums = sum_by_cluster(np.column_stack([terms, np.ones(len(y))]), clusters)

    def errors(weights: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        drawn = weights @ sums
        gaps = np.abs(drawn[:, :-1]).reshape(len(weights), len(labels), CALIBRATION_BINS)
        found = gaps.sum(axis=2) / drawn[:, -1:]
        return {label: found[:, number] for number, label in enumerate(labels)}

    point = point_values(errors, clusters)
    (resampled,) = bootstrap([errors], clusters, resamples=settings.resamples, seed=settings.seed)
    return tuple(
        ThresholdReliability(
            label=label,
            share=float(reached[:, number].mean()),
            error=value_of(
                "threshold_ece",
                point[label],
                resampled[label],
                clusters=clusters,
                confidence=settings.confidence,
                is_biased=True,
            ),
            bins=event_bins(stated[:, number], reached[:, number], confidence=settings.confidence),
        )
        for number, label in enumerate(labels)
    )
