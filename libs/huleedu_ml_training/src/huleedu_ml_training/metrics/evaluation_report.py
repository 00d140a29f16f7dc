"""What an evaluation found, as a value and as a versioned JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.errors import UnsupportedMetricsError
from huleedu_ml_training.metrics.flags import Flag
from huleedu_ml_training.metrics.reliability import ReliabilityBin
from huleedu_ml_training.metrics.slices import Slice
from huleedu_ml_training.metrics.values import METRICS_VERSION, MetricValue

SCHEMA_VERSION = 1
"""Raised when the shape of the document changes."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """How the intervals were made.

    Attributes:
        by: What was drawn: ``prompt`` or ``essay``.
        clusters: How many of them there are.
        confidence: Coverage aimed at.
        resamples: Number of resamples.
        seed: Seed of the draws.
    """

    by: str
    clusters: int
    confidence: float
    resamples: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of a stored document that say how its intervals were made."""
        return {
            "clusters": {"by": self.by, "count": self.clusters},
            "confidence": self.confidence,
            "resamples": self.resamples,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Resampling":
        """Read those fields from a stored document."""
        return cls(
            by=document["clusters"]["by"],
            clusters=int(document["clusters"]["count"]),
            confidence=float(document["confidence"]),
            resamples=int(document["resamples"]),
            seed=int(document["seed"]),
        )


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """A grader's figures on n essays graded by people.

    Attributes:
        scale: The scale of the grades, of K grades.
        n: Number of essays.
        resampling: How the intervals were made.
        values: Metric name → value, in the order of
            :data:`~huleedu_ml_training.metrics.definitions.METRICS`.
        confusion: K rows of K counts; rows human, columns machine.
        share_differences: Human minus machine share of each grade.
        reliability: Bins of the reliability diagram of the most probable grade.
        score_counts: Essays per quarter level of the expected grade, from -0.125 up; 4K-3 counts.
        by_prompt: A slice per prompt, largest first; empty where no essay has a prompt.
        flags: Every bound with its verdict, raised or not.
        notes: What a reader must know of the figures.
    """

    scale: GradeScale
    n: int
    resampling: Resampling
    values: Mapping[str, MetricValue]
    confusion: tuple[tuple[int, ...], ...]
    share_differences: tuple[MetricValue, ...]
    reliability: tuple[ReliabilityBin, ...]
    score_counts: tuple[int, ...]
    by_prompt: tuple[Slice, ...]
    flags: tuple[Flag, ...]
    notes: tuple[str, ...]

    @property
    def human_counts(self) -> tuple[int, ...]:
        """Essays per human grade."""
        return tuple(sum(row) for row in self.confusion)

    @property
    def machine_counts(self) -> tuple[int, ...]:
        """Essays per machine grade."""
        return tuple(sum(column) for column in zip(*self.confusion, strict=True))

    @property
    def raised_flags(self) -> tuple[Flag, ...]:
        """The flags whose value breaks the bound or is undefined."""
        return tuple(flag for flag in self.flags if flag.raised)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON-ready document; undefined figures are None."""
        return {
            "schema_version": SCHEMA_VERSION,
            "metrics_version": METRICS_VERSION,
            "scale": {"name": self.scale.name, "labels": list(self.scale.labels)},
            "n": self.n,
            **self.resampling.to_dict(),
            "values": {name: value.to_dict() for name, value in self.values.items()},
            "confusion": [list(row) for row in self.confusion],
            "grade_distribution": {
                "human": list(self.human_counts),
                "machine": list(self.machine_counts),
                "difference": [value.to_dict() for value in self.share_differences],
            },
            "reliability": [point.to_dict() for point in self.reliability],
            "score_counts": list(self.score_counts),
            "by_prompt": [part.to_dict("prompt") for part in self.by_prompt],
            "flags": [flag.to_dict() for flag in self.flags],
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "EvaluationReport":
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
                values={
                    name: MetricValue.from_dict(name, value)
                    for name, value in document["values"].items()
                },
                confusion=tuple(tuple(map(int, row)) for row in document["confusion"]),
                share_differences=tuple(
                    MetricValue.from_dict("grade_share", value)
                    for value in document["grade_distribution"]["difference"]
                ),
                reliability=tuple(map(ReliabilityBin.from_dict, document["reliability"])),
                score_counts=tuple(map(int, document["score_counts"])),
                by_prompt=tuple(Slice.from_dict(part, "prompt") for part in document["by_prompt"]),
                flags=tuple(map(Flag.from_dict, document["flags"])),
                notes=tuple(document["notes"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnsupportedMetricsError(
                problem=f"{type(error).__name__} in the document: {error}"
            ) from None


def refuse_other_versions(document: Mapping[str, Any]) -> None:
    """Accept documents of this schema and these definitions only.

    Raises:
        UnsupportedMetricsError: The document is of another version.
    """
    expected = {"schema_version": SCHEMA_VERSION, "metrics_version": METRICS_VERSION}
    for key, version in expected.items():
        found = document.get(key)
        if found != version:
            raise UnsupportedMetricsError(problem=f"{key} is {found!r}, not {version}")
