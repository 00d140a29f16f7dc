"""Do ranges of grades hold the teacher's grade as often as they promise, and how wide are they?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.means import clustered_means
from huleedu_ml_training.metrics.reliability import wilson_interval
from huleedu_ml_training.metrics.uncertainty import Clusters
from huleedu_ml_training.metrics.values import MetricValue, finite_or_none, float_or_nan

COVERAGE_METRICS = ("set_coverage", "set_size", "single_grade_share")
"""What is computed for the prediction sets of all essays."""


@dataclass(frozen=True, slots=True)
class GradeCoverage:
    """The ranges of the essays that people gave one grade.

    Attributes:
        label: The human grade.
        n: Its essays.
        share: Share of them whose range holds the grade; NaN where there are none.
        low: Lower bound of the share's Wilson interval, essays taken as independent.
        high: Its upper bound.
    """

    label: str
    n: int
    share: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields; NaN becomes None."""
        numbers = {name: finite_or_none(getattr(self, name)) for name in ("share", "low", "high")}
        return {"grade": self.label, "n": self.n, **numbers}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "GradeCoverage":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            label=document["grade"],
            n=int(document["n"]),
            share=float_or_nan(document["share"]),
            low=float_or_nan(document["low"]),
            high=float_or_nan(document["high"]),
        )


@dataclass(frozen=True, slots=True)
class SetReport:
    """Prediction sets beside human grades.

    Attributes:
        values: Metric name → value, for :data:`COVERAGE_METRICS`.
        by_grade: Coverage for each of the K human grades, lowest first.
        sizes: Essays per size of the range, 1…K.
    """

    values: Mapping[str, MetricValue]
    by_grade: tuple[GradeCoverage, ...]
    sizes: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            **{name: value.to_dict() for name, value in self.values.items()},
            "by_grade": [each.to_dict() for each in self.by_grade],
            "sizes": list(self.sizes),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "SetReport":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            values={name: MetricValue.from_dict(name, document[name]) for name in COVERAGE_METRICS},
            by_grade=tuple(map(GradeCoverage.from_dict, document["by_grade"])),
            sizes=tuple(map(int, document["sizes"])),
        )


def evaluate_sets(
    predictions: GradePredictions,
    y: NDArray[np.int64],
    clusters: Clusters,
    settings: EvaluationSettings,
) -> SetReport | None:
    """Judge prediction sets; None where the grader has none.

    Args:
        predictions: Predictions of n essays on a scale of K grades.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        clusters: Which essays are drawn together.
        settings: Resamples, confidence and seed of the intervals.
    """
    lowest, highest, sizes = predictions.lowest, predictions.highest, predictions.set_sizes
    if lowest is None or highest is None or sizes is None:
        return None
    inside = (lowest <= y) & (y <= highest)
    return SetReport(
        values=clustered_means(
            dict(zip(COVERAGE_METRICS, (inside, sizes, sizes == 1), strict=True)),
            clusters,
            settings,
        ),
        by_grade=tuple(
            _of_grade(label, inside[y == grade], settings.confidence)
            for grade, label in enumerate(predictions.scale.labels)
        ),
        sizes=tuple(
            int(count) for count in np.bincount(sizes, minlength=len(predictions.scale) + 1)[1:]
        ),
    )


def _of_grade(label: str, inside: NDArray[np.bool_], confidence: float) -> GradeCoverage:
    n, hits = len(inside), int(inside.sum())
    low, high = wilson_interval(hits, n, confidence)
    return GradeCoverage(label, n, hits / n if n else float("nan"), low, high)
