"""The reliability diagram: how often a thing is so when the grader gives it a probability."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.metrics.calibration import CALIBRATION_BINS, TopLabel, equal_width_bins
from huleedu_ml_training.metrics.values import finite_or_none, float_or_nan


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One point of a reliability diagram.

    Attributes:
        lower: Lower edge of the probabilities, exclusive, but for the first bin's zero.
        upper: Upper edge, inclusive.
        n: Essays in the bin.
        confidence: Their mean stated probability; NaN where there are none.
        hit_rate: Share of them for which it was so (the most probable grade is the human one, or
            the human grade reaches a threshold); NaN likewise.
        low: Lower bound of the hit rate's Wilson interval, essays taken as independent.
        high: Its upper bound.
    """

    lower: float
    upper: float
    n: int
    confidence: float
    hit_rate: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields; NaN becomes None."""
        return {
            "lower": self.lower,
            "upper": self.upper,
            "n": self.n,
            "confidence": finite_or_none(self.confidence),
            "hit_rate": finite_or_none(self.hit_rate),
            "low": finite_or_none(self.low),
            "high": finite_or_none(self.high),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "ReliabilityBin":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            lower=float(document["lower"]),
            upper=float(document["upper"]),
            n=int(document["n"]),
            confidence=float_or_nan(document["confidence"]),
            hit_rate=float_or_nan(document["hit_rate"]),
            low=float_or_nan(document["low"]),
            high=float_or_nan(document["high"]),
        )


def reliability_bins(
    probabilities: NDArray[np.float64], y: NDArray[np.int64], *, confidence: float = 0.95
) -> tuple[ReliabilityBin, ...]:
    """Return the reliability diagram of the most probable grade, all bins, empty ones included."""
    top = TopLabel.of(probabilities, y)
    return event_bins(top.confidence, top.hit, confidence=confidence)


def event_bins(
    stated: NDArray[np.float64], happened: NDArray[np.bool_], *, confidence: float = 0.95
) -> tuple[ReliabilityBin, ...]:
    """Return the reliability diagram of any event, all bins, empty ones included.

    Args:
        stated: Probability of the event for each essay, shape (n_essays,).
        happened: Whether it was so, shape (n_essays,).
        confidence: Coverage of the intervals of hit rates.
    """
    bins = equal_width_bins(stated)
    points = []
    for number in range(CALIBRATION_BINS):
        here = bins == number
        n, hits = int(here.sum()), int(happened[here].sum())
        low, high = wilson_interval(hits, n, confidence)
        points.append(
            ReliabilityBin(
                lower=number / CALIBRATION_BINS,
                upper=(number + 1) / CALIBRATION_BINS,
                n=n,
                confidence=float(stated[here].mean()) if n else math.nan,
                hit_rate=hits / n if n else math.nan,
                low=low,
                high=high,
            )
        )
    return tuple(points)


def wilson_interval(hits: int, n: int, confidence: float) -> tuple[float, float]:
    """Return Wilson's score interval (1927) of a share; NaN for no observations."""
    if n == 0:
        return math.nan, math.nan
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(centre - half, 0.0), min(centre + half, 1.0)
