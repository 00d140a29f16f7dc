"""A grader's predictions as sums per cluster, from which every metric follows.

All metrics but Spearman's are functions of sums over essays: counts of grade pairs, sums of scores
and of their products, signed gaps per bin of confidence. Summing them once per cluster makes a
resample a row of weights times a matrix, whatever the number of essays.
"""

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.agreement import agreement_values, grade_share_differences
from huleedu_ml_training.metrics.calibration import (
    CALIBRATION_BINS,
    TopLabel,
    brier_scores,
    equal_count_bins,
    equal_width_bins,
    log_losses,
    ranked_probability_scores,
)
from huleedu_ml_training.metrics.correlation import RankCorrelation, pearson_from_sums
from huleedu_ml_training.metrics.uncertainty import Clusters, Resampled, weights_of_essays

SHARE_DIFFERENCE = "share_difference"
"""Prefix of the metrics ``share_difference.<grade index>``: human minus machine share."""


class PredictionStatistics:
    """One grader's predictions of given essays, ready to be resampled.

    Args:
        predictions: Predictions of n essays on a scale of K grades.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        clusters: Which essays are drawn together.
    """

    def __init__(
        self, predictions: GradePredictions, y: NDArray[np.int64], clusters: Clusters
    ) -> None:
        self._n_grades = len(predictions.scale)
        self._clusters = clusters
        self._ranks = RankCorrelation(predictions.expected, y, self._n_grades)
        # The centre of the scale keeps the sums of squares small, and so exact enough.
        self._middle = (self._n_grades - 1) / 2
        self._counts = self._count_pairs(predictions.grades, y)
        self._sums = np.column_stack(
            [self._sum(column) for column in self._columns(predictions, y)]
            + [self._sum_by_bin(*gap) for gap in _confidence_gaps(predictions, y)]
        )

    def __call__(self, weights: NDArray[np.float64]) -> Resampled:
        """Return each metric under each row of weights of shape (n_resamples, n_clusters)."""
        rows, k = len(weights), self._n_grades
        confusion = (weights @ self._counts).reshape(rows, k, k)
        human = confusion.sum(axis=2)
        n = human.sum(axis=1)
        sums = weights @ self._sums
        x, xx, xy, brier, rps, log_loss = sums[:, :6].T
        gaps = np.abs(sums[:, 6:]).reshape(rows, 2, CALIBRATION_BINS).sum(axis=2)
        levels = np.arange(k) - self._middle
        essay_weights = weights_of_essays(weights, self._clusters, self._ranks.order)
        differences = grade_share_differences(confusion)
        return {
            **agreement_values(confusion),
            "pearson": pearson_from_sums(
                n=n, x=x, xx=xx, y=human @ levels, yy=human @ levels**2, xy=xy
            ),
            "spearman": self._ranks.spearman(essay_weights, human),
            "brier": brier / n,
            "rps": rps / n,
            "log_loss": log_loss / n,
            "ece": gaps[:, 0] / n,
            "adaptive_ece": gaps[:, 1] / n,
            **{f"{SHARE_DIFFERENCE}.{grade}": differences[:, grade] for grade in range(k)},
        }

    def _count_pairs(self, grades: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.float64]:
        """Essays per cluster and pair of grades, shape (n_clusters, K * K)."""
        cells = self._n_grades**2
        flat = np.bincount(
            self._clusters.of_essay * cells + y * self._n_grades + grades,
            minlength=self._clusters.count * cells,
        )
        counts: NDArray[np.float64] = flat.reshape(-1, cells).astype(np.float64)
        return counts

    def _columns(
        self, predictions: GradePredictions, y: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], ...]:
        """What is summed over essays, arrays of shape (n_essays,) in the order of the call."""
        score = predictions.expected - self._middle
        return (
            score,
            score**2,
            score * (y - self._middle),
            brier_scores(predictions.probabilities, y),
            ranked_probability_scores(predictions.probabilities, y),
            log_losses(predictions.probabilities, y),
        )

    def _sum(self, column: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over the essays of each cluster, shape (n_clusters,)."""
        count = self._clusters.count
        sums = np.bincount(self._clusters.of_essay, weights=column, minlength=count)
        return sums.astype(np.float64)

    def _sum_by_bin(self, gap: NDArray[np.float64], bins: NDArray[np.int64]) -> NDArray[np.float64]:
        """Sum over the essays of each cluster and bin, shape (n_clusters, CALIBRATION_BINS)."""
        flat = np.bincount(
            self._clusters.of_essay * CALIBRATION_BINS + bins,
            weights=gap,
            minlength=self._clusters.count * CALIBRATION_BINS,
        )
        sums: NDArray[np.float64] = flat.reshape(-1, CALIBRATION_BINS).astype(np.float64)
        return sums


def _confidence_gaps(
    predictions: GradePredictions, y: NDArray[np.int64]
) -> tuple[tuple[NDArray[np.float64], NDArray[np.int64]], ...]:
    """Confidence minus hit of each essay, with its bin by width and its bin by count."""
    top = TopLabel.of(predictions.probabilities, y)
    gap = top.confidence - top.hit
    return (
        (gap, equal_width_bins(top.confidence)),
        (gap, equal_count_bins(top.confidence)),
    )
