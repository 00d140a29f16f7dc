"""All that a judgement of one grader on one set of essays found, in one versioned document.

The document is that of the :class:`~huleedu_ml_training.metrics.evaluation_report.EvaluationReport`
with one more field, ``judgement``: whoever reads the former reads the latter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huleedu_ml_training.metrics.assessment_report import AssessmentReport
from huleedu_ml_training.metrics.coverage import SetReport
from huleedu_ml_training.metrics.errors import UnsupportedMetricsError
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.metrics.flags import Flag
from huleedu_ml_training.metrics.perturbation_report import PerturbationTable
from huleedu_ml_training.metrics.shortcuts import Shortcut
from huleedu_ml_training.metrics.threshold_reliability import ThresholdReliability
from huleedu_ml_training.metrics.workload import WorkloadReport

JUDGEMENT_VERSION = 1
"""Raised when the shape of the document changes."""

JUDGEMENT = "judgement"
"""Field of the document that an evaluation alone does not have."""


@dataclass(frozen=True, slots=True)
class JudgementReport:
    """A grader's figures on n essays, all of them.

    Attributes:
        evaluation: All essays together, and each prompt.
        assessment: The machine beside people, and in every group of essays.
        thresholds: Reliability of each cumulative probability.
        sets: Coverage and size of prediction sets; None where the grader has none.
        workload: What a second look by a teacher buys.
        shortcuts: What the grader follows on the surface of texts.
        perturbations: How far changed texts move the grade; None where that was not asked for.
    """

    evaluation: EvaluationReport
    assessment: AssessmentReport
    thresholds: tuple[ThresholdReliability, ...]
    sets: SetReport | None
    workload: WorkloadReport
    shortcuts: tuple[Shortcut, ...]
    perturbations: PerturbationTable | None = None

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Every bound with its verdict: all essays, raters, groups."""
        return (*self.evaluation.flags, *self.assessment.flags)

    @property
    def raised_flags(self) -> tuple[Flag, ...]:
        """The flags whose value breaks the bound or is undefined."""
        return tuple(flag for flag in self.flags if flag.raised)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the figures, each note once."""
        return tuple(dict.fromkeys((*self.evaluation.notes, *self.assessment.notes)))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON-ready document; undefined figures are None."""
        perturbations = self.perturbations
        return {
            **self.evaluation.to_dict(),
            JUDGEMENT: {
                "judgement_version": JUDGEMENT_VERSION,
                "assessment": self.assessment.to_dict(),
                "thresholds": [each.to_dict() for each in self.thresholds],
                "sets": None if self.sets is None else self.sets.to_dict(),
                "workload": self.workload.to_dict(),
                "shortcuts": [each.to_dict() for each in self.shortcuts],
                "perturbations": None if perturbations is None else perturbations.to_dict(),
            },
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "JudgementReport":
        """Read a document written by :meth:`to_dict`.

        Raises:
            UnsupportedMetricsError: It is of another version, or malformed.
        """
        evaluation = EvaluationReport.from_dict(document)
        more = document.get(JUDGEMENT)
        version = more.get("judgement_version") if isinstance(more, Mapping) else None
        if not isinstance(more, Mapping) or version != JUDGEMENT_VERSION:
            raise UnsupportedMetricsError(
                problem=f"judgement_version is {version!r}, not {JUDGEMENT_VERSION}"
            )
        try:
            sets, perturbations = more["sets"], more["perturbations"]
            return cls(
                evaluation=evaluation,
                assessment=AssessmentReport.from_dict(more["assessment"]),
                thresholds=tuple(map(ThresholdReliability.from_dict, more["thresholds"])),
                sets=None if sets is None else SetReport.from_dict(sets),
                workload=WorkloadReport.from_dict(more["workload"]),
                shortcuts=tuple(map(Shortcut.from_dict, more["shortcuts"])),
                perturbations=(
                    None if perturbations is None else PerturbationTable.from_dict(perturbations)
                ),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnsupportedMetricsError(
                problem=f"{type(error).__name__} in the document: {error}"
            ) from None
