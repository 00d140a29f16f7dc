"""What an assessment found, as a value and as a versioned JSON document.

It stands beside the :class:`~huleedu_ml_training.metrics.evaluation_report.EvaluationReport` of the
same essays and repeats nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.errors import UnsupportedMetricsError
from huleedu_ml_training.metrics.fairness_report import FairnessReport
from huleedu_ml_training.metrics.flags import Flag
from huleedu_ml_training.metrics.rater_report import RaterReport
from huleedu_ml_training.metrics.subgroups import Subgroup
from huleedu_ml_training.metrics.values import METRICS_VERSION
from huleedu_ml_training.metrics.worst_prompt import WorstPrompt

ASSESSMENT_VERSION = 1
"""Raised when the shape of the document changes."""


@dataclass(frozen=True, slots=True)
class SliceTable:
    """The groups of one column.

    Attributes:
        column: Name of the column, e.g. ``language``.
        groups: The groups; those with a natural order in that order, else largest first.
    """

    column: str
    groups: tuple[Subgroup, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {"column": self.column, "groups": [group.to_dict() for group in self.groups]}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "SliceTable":
        """Read fields written by :meth:`to_dict`."""
        return cls(document["column"], tuple(map(Subgroup.from_dict, document["groups"])))


@dataclass(frozen=True, slots=True)
class AssessmentReport:
    """A grader beside people, and in every group of essays.

    Attributes:
        scale: The scale of the grades.
        n: Number of essays.
        confidence: Coverage aimed at by every interval.
        resamples: Number of resamples.
        seed: Seed of the draws.
        raters: People among themselves, and the machine beside them.
        slices: One table per column of the data set.
        worst_prompt: The prompt with the least kappa.
        tails: The essays of the lowest and of the highest two human grades.
        fairness: The fairness regressions, per column that is judged.
        flags: Every bound of raters and groups with its verdict, raised or not.
        notes: What a reader must know of the figures.
    """

    scale: GradeScale
    n: int
    confidence: float
    resamples: int
    seed: int
    raters: RaterReport
    slices: tuple[SliceTable, ...]
    worst_prompt: WorstPrompt
    tails: tuple[Subgroup, ...]
    fairness: tuple[FairnessReport, ...]
    flags: tuple[Flag, ...]
    notes: tuple[str, ...]

    @property
    def raised_flags(self) -> tuple[Flag, ...]:
        """The flags whose value breaks the bound or is undefined."""
        return tuple(flag for flag in self.flags if flag.raised)

    def table(self, column: str) -> SliceTable | None:
        """Return the groups of a column, if the data set has it."""
        return next((table for table in self.slices if table.column == column), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON-ready document; undefined figures are None."""
        return {
            "assessment_version": ASSESSMENT_VERSION,
            "metrics_version": METRICS_VERSION,
            "scale": {"name": self.scale.name, "labels": list(self.scale.labels)},
            "n": self.n,
            "confidence": self.confidence,
            "resamples": self.resamples,
            "seed": self.seed,
            "raters": self.raters.to_dict(),
            "slices": [table.to_dict() for table in self.slices],
            "worst_prompt": self.worst_prompt.to_dict(),
            "tails": [group.to_dict() for group in self.tails],
            "fairness": [report.to_dict() for report in self.fairness],
            "flags": [flag.to_dict() for flag in self.flags],
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "AssessmentReport":
        """Read a document written by :meth:`to_dict`.

        Raises:
            UnsupportedMetricsError: It is of another version, or malformed.
        """
        expected = {"assessment_version": ASSESSMENT_VERSION, "metrics_version": METRICS_VERSION}
        for key, version in expected.items():
            found = document.get(key)
            if found != version:
                raise UnsupportedMetricsError(problem=f"{key} is {found!r}, not {version}")
        try:
            return cls(
                scale=GradeScale(document["scale"]["name"], tuple(document["scale"]["labels"])),
                n=int(document["n"]),
                confidence=float(document["confidence"]),
                resamples=int(document["resamples"]),
                seed=int(document["seed"]),
                raters=RaterReport.from_dict(document["raters"]),
                slices=tuple(map(SliceTable.from_dict, document["slices"])),
                worst_prompt=WorstPrompt.from_dict(document["worst_prompt"]),
                tails=tuple(map(Subgroup.from_dict, document["tails"])),
                fairness=tuple(map(FairnessReport.from_dict, document["fairness"])),
                flags=tuple(map(Flag.from_dict, document["flags"])),
                notes=tuple(document["notes"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnsupportedMetricsError(
                problem=f"{type(error).__name__} in the document: {error}"
            ) from None
