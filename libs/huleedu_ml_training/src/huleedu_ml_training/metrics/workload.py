"""What a second look by a teacher buys: the agreement of the grades that nobody looks at.

Essays are ordered by how much the grader itself doubts them: by the number of grades in the
prediction set, then by the expected distance of its grade from the true one. The curve shows how
well machine and teacher agree on the rest when the most doubtful share goes to a teacher.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.agreement import agreement_values, confusion_matrix
from huleedu_ml_training.metrics.intervals import undefined_reason, value_of
from huleedu_ml_training.metrics.uncertainty import (
    Clusters,
    Resampled,
    bootstrap,
    point_values,
)
from huleedu_ml_training.metrics.values import MetricValue

WORKLOAD_METRICS = ("qwk", "accuracy", "adjacent_agreement", "mae")
"""What is computed for the essays that nobody looks at."""

WORKLOAD_SHARES = tuple(step / 20 for step in range(11))
"""Shares of essays sent to a teacher: none to half, in steps of five per cent."""

_NOTHING_LEFT = "undefined: every essay goes to a teacher"


@dataclass(frozen=True, slots=True)
class WorkloadPoint:
    """Agreement on the rest, for one amount of work.

    Attributes:
        share: Share of essays that go to a teacher.
        reviewed: Their number.
        n: Number of the other essays.
        values: Metric name → value on the other essays, for :data:`WORKLOAD_METRICS`.
    """

    share: float
    reviewed: int
    n: int
    values: Mapping[str, MetricValue]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "share": self.share,
            "reviewed": self.reviewed,
            "n": self.n,
            **{name: value.to_dict() for name, value in self.values.items()},
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "WorkloadPoint":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            share=float(document["share"]),
            reviewed=int(document["reviewed"]),
            n=int(document["n"]),
            values={name: MetricValue.from_dict(name, document[name]) for name in WORKLOAD_METRICS},
        )


@dataclass(frozen=True, slots=True)
class WorkloadReport:
    """The curve, and the point at which the grader's own review rule works.

    Attributes:
        curve: A point per share of :data:`WORKLOAD_SHARES`.
        rule: The essays that the grader's review rule marks; None where no rule was given.
    """

    curve: tuple[WorkloadPoint, ...]
    rule: WorkloadPoint | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "curve": [point.to_dict() for point in self.curve],
            "rule": None if self.rule is None else self.rule.to_dict(),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "WorkloadReport":
        """Read fields written by :meth:`to_dict`."""
        rule = document["rule"]
        return cls(
            curve=tuple(map(WorkloadPoint.from_dict, document["curve"])),
            rule=None if rule is None else WorkloadPoint.from_dict(rule),
        )


def review_order(predictions: GradePredictions) -> NDArray[np.int64]:
    """Return the rows of all essays, those in most need of a teacher first.

    By size of the prediction set, then by expected loss, both descending; then by row. Graders
    without prediction sets go by expected loss alone.
    """
    loss = np.round(predictions.expected_loss, 12)
    sizes = predictions.set_sizes
    first = np.zeros(len(predictions), dtype=np.int64) if sizes is None else sizes
    order: NDArray[np.int64] = np.lexsort((-loss, -first)).astype(np.int64)
    return order


def review_workload(
    predictions: GradePredictions,
    y: NDArray[np.int64],
    clusters: Clusters,
    settings: EvaluationSettings,
    *,
    flagged: NDArray[np.bool_] | None = None,
) -> WorkloadReport:
    """Judge the essays that are left when the most doubtful ones go to a teacher.

    Args:
        predictions: Predictions of n essays on a scale of K grades.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        clusters: Which essays are drawn together.
        settings: Resamples, confidence and seed of the intervals.
        flagged: Which essays the grader's review rule marks, shape (n_essays,), or None.
    """
    n = len(y)
    reviewed = [int(np.floor(share * n + 0.5)) for share in WORKLOAD_SHARES]
    place = np.empty(n, dtype=np.int64)
    place[review_order(predictions)] = np.arange(n)
    # An essay is part of the rest at all points before its own stratum.
    stratum = np.searchsorted(np.asarray(reviewed), place, side="right") - 1
    curve = _judge(predictions, y, stratum, len(reviewed), clusters, settings)
    points = tuple(
        WorkloadPoint(share, count, n - count, values)
        for share, count, values in zip(WORKLOAD_SHARES, reviewed, curve, strict=True)
    )
    if flagged is None:
        return WorkloadReport(points, None)
    count = int(flagged.sum())
    marked = np.where(flagged, -1, 0)
    (values,) = _judge(predictions, y, marked, 1, clusters, settings)
    return WorkloadReport(points, WorkloadPoint(count / n, count, n - count, values))


def _judge(
    predictions: GradePredictions,
    y: NDArray[np.int64],
    stratum: NDArray[np.int64],
    n_points: int,
    clusters: Clusters,
    settings: EvaluationSettings,
) -> list[dict[str, MetricValue]]:
    """Judge, for each point, the essays whose stratum is that point or a later one."""
    k = len(predictions.scale)
    cells = k * k
    kept = stratum >= 0
    codes = (stratum * cells + y * k + predictions.grades)[kept]
    own = clusters.of_essay[kept]

    def rest(weights: NDArray[np.float64]) -> Resampled:
        tables = np.stack(
            [np.bincount(codes, weights=row[own], minlength=n_points * cells) for row in weights]
        ).reshape(-1, n_points, k, k)
        from_here_on = tables[:, ::-1].cumsum(axis=1)[:, ::-1]
        # All essays of a resample may go to a teacher: 0 / 0, undefined.
        with np.errstate(divide="ignore", invalid="ignore"):
            values = agreement_values(from_here_on)
        return {
            f"{name}.{point}": values[name][:, point]
            for name in WORKLOAD_METRICS
            for point in range(n_points)
        }

    found = point_values(rest, clusters)
    (resampled,) = bootstrap([rest], clusters, resamples=settings.resamples, seed=settings.seed)
    judged = []
    for point in range(n_points):
        left = stratum >= point
        confusion = confusion_matrix(y[left], predictions.grades[left], k)
        values = {}
        for name in WORKLOAD_METRICS:
            value = found[f"{name}.{point}"]
            values[name] = value_of(
                name,
                value,
                resampled[f"{name}.{point}"],
                clusters=clusters,
                confidence=settings.confidence,
                undefined="" if np.isfinite(value) else _reason(name, confusion),
            )
        judged.append(values)
    return judged


def _reason(name: str, confusion: NDArray[np.int64]) -> str:
    return _NOTHING_LEFT if confusion.sum() == 0 else undefined_reason(name, confusion)
