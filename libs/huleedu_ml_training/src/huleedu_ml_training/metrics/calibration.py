"""How far probabilities can be taken at their word.

Proper scores per essay, and calibration of the most probable grade by bins of its probability.
Probabilities have shape (n_essays, K), rows sum to 1; y holds grade indices 0…K-1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CALIBRATION_BINS = 10
"""Bins of confidence, in the calibration errors and in reliability diagrams."""

_SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)
"""What a probability counts as at least, so that one sure mistake is not an infinite loss."""


def brier_scores(probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return Brier's score (1950, over all classes) of each essay, shape (n_essays,), 0…2."""
    missed = probabilities.copy()
    missed[np.arange(len(y)), y] -= 1.0
    scores: NDArray[np.float64] = np.einsum("ik,ik->i", missed, missed)
    return scores


def ranked_probability_scores(
    probabilities: NDArray[np.float64], y: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the ranked probability score of each essay, shape (n_essays,), 0…1.

    The mean, over the K-1 thresholds, of the squared difference between P(grade <= k) and whether
    it was so (Epstein 1969, Murphy 1971). A sure forecast d levels off scores d / (K-1).
    """
    n_grades = probabilities.shape[1]
    at_most = np.cumsum(probabilities[:, :-1], axis=1)
    happened = y[:, None] <= np.arange(n_grades - 1)[None, :]
    scores: NDArray[np.float64] = np.mean((at_most - happened) ** 2, axis=1)
    return scores


def log_losses(probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return minus the log probability of each essay's human grade, in nats, shape (n_essays,)."""
    given = np.clip(probabilities[np.arange(len(y)), y], _SMALLEST_PROBABILITY, None)
    losses: NDArray[np.float64] = -np.log(given)
    return losses


def brier_score(probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """Return the mean of :func:`brier_scores`."""
    return float(np.mean(brier_scores(probabilities, y)))


def ranked_probability_score(probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """Return the mean of :func:`ranked_probability_scores`."""
    return float(np.mean(ranked_probability_scores(probabilities, y)))


def log_loss(probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """Return the mean of :func:`log_losses`."""
    return float(np.mean(log_losses(probabilities, y)))


def expected_calibration_error(probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """Return the calibration error of the most probable grade over equally wide bins.

    Guo et al. 2017. Chance alone lifts it above zero, the more so the fewer the essays: compare
    graders on the same essays only.
    """
    top = TopLabel.of(probabilities, y)
    return float(np.abs(top.gaps(equal_width_bins(top.confidence))).sum() / len(y))


def equal_width_bins(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each confidence, shape (n_essays,); bin b is ``(b/10, (b+1)/10]``."""
    # The rounding keeps a tenth that was summed up inexactly in the bin that ends with it.
    upper = np.ceil(np.round(confidence * CALIBRATION_BINS, 9)).astype(np.int64)
    return np.clip(upper - 1, 0, CALIBRATION_BINS - 1)


def equal_count_bins(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each confidence, shape (n_essays,), in bins of equally many essays.

    Equal confidences share a bin, so that bins may be uneven, or fewer than ten.
    """
    edges = np.quantile(confidence, np.arange(1, CALIBRATION_BINS) / CALIBRATION_BINS)
    return np.searchsorted(edges, confidence, side="left").astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class TopLabel:
    """The most probable grade of each essay; the lower one where two are equally probable.

    Attributes:
        confidence: Its probability, ndarray of shape (n_essays,).
        hit: Whether it is the human grade, ndarray of shape (n_essays,), bool.
    """

    confidence: NDArray[np.float64]
    hit: NDArray[np.bool_]

    @classmethod
    def of(cls, probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> "TopLabel":
        """Pick the most probable grades."""
        top = probabilities.argmax(axis=1)
        return cls(confidence=probabilities[np.arange(len(y)), top], hit=top == y)

    def gaps(self, bins: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the sum of confidence minus hits in each bin, shape (CALIBRATION_BINS,)."""
        gap = self.confidence - self.hit
        return np.bincount(bins, weights=gap, minlength=CALIBRATION_BINS).astype(np.float64)
