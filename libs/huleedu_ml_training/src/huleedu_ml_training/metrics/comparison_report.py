"""What a comparison found, as a value and as a versioned JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.errors import UnsupportedMetricsError
from huleedu_ml_training.metrics.evaluation_report import (
    SCHEMA_VERSION,
    Resampling,
    refuse_other_versions,
)
from huleedu_ml_training.metrics.values import (
    METRICS_VERSION,
    MetricValue,
    finite_or_none,
    float_or_nan,
)


@dataclass(frozen=True, slots=True)
class MetricComparison:
    """One metric of two graders on the same essays.

    Attributes:
        a: Value of the grader to beat.
        b: Value of the other.
        difference: B minus A, with a paired interval.
        probability_b_better: Share of the resamples in which B is better, whichever way the metric
            points; ties count half, NaN where the metric is undefined.
    """

    a: MetricValue
    b: MetricValue
    difference: MetricValue
    probability_b_better: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields; NaN becomes None."""
        return {
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
            "difference": self.difference.to_dict(),
            "probability_b_better": finite_or_none(self.probability_b_better),
        }

    @classmethod
    def from_dict(cls, name: str, document: Mapping[str, Any]) -> "MetricComparison":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            a=MetricValue.from_dict(name, document["a"]),
            b=MetricValue.from_dict(name, document["b"]),
            difference=MetricValue.from_dict(name, document["difference"]),
            probability_b_better=float_or_nan(document["probability_b_better"]),
        )


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """Two graders' figures on the same n essays.

    Attributes:
        scale: The scale of the grades, of K grades.
        n: Number of essays.
        resampling: How the intervals were made.
        metrics: Metric name → comparison.
        transitions: K rows of K counts; rows the grade that A gives, columns the one that B gives.
        notes: What a reader must know of the figures.
    """

    scale: GradeScale
    n: int
    resampling: Resampling
    metrics: Mapping[str, MetricComparison]
    transitions: tuple[tuple[int, ...], ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON-ready document; undefined figures are None."""
        return {
            "schema_version": SCHEMA_VERSION,
            "metrics_version": METRICS_VERSION,
            "scale": {"name": self.scale.name, "labels": list(self.scale.labels)},
            "n": self.n,
            **self.resampling.to_dict(),
            "metrics": {name: metric.to_dict() for name, metric in self.metrics.items()},
            "transitions": [list(row) for row in self.transitions],
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "ComparisonReport":
        """Read a document written by :meth:`to_dict`.

        Raises:
            UnsupportedMetricsError: It is of another version, or malformed.
        """
        refuse_other_versions(document)
        try:
            return cls(
                scale=GradeScale(document["scale"]["name"], tuple(document["scale"]["labels"])),
                n=int(document["n"]),
                resampling=Resampling.from_dict(document),
                metrics={
                    name: MetricComparison.from_dict(name, metric)
                    for name, metric in document["metrics"].items()
                },
                transitions=tuple(tuple(map(int, row)) for row in document["transitions"]),
                notes=tuple(document["notes"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnsupportedMetricsError(
                problem=f"{type(error).__name__} in the document: {error}"
            ) from None
