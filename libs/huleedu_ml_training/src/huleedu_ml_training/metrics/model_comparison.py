"""Graders side by side on the same essays, each against the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.comparison import compare_predictions
from huleedu_ml_training.metrics.comparison_report import ComparisonReport
from huleedu_ml_training.metrics.noninferiority import (
    NonInferiorityVerdict,
    judge_noninferiority,
)

MODEL_COMPARISON_VERSION = 1
"""Raised when the shape of the document changes."""

MOST_DISAGREEMENTS = 20
"""Essays that are named per comparison."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An essay that two graders grade differently.

    Attributes:
        essay_id: The essay.
        human: Label of the human grade.
        a: Label of A's grade.
        b: Label of B's grade.
        levels: B's minus A's grade index.
        expected: B's minus A's expected grade, in levels.
    """

    essay_id: str
    human: str
    a: str
    b: str
    levels: int
    expected: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "essay_id": self.essay_id,
            "human": self.human,
            "a": self.a,
            "b": self.b,
            "levels": self.levels,
            "expected": self.expected,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Disagreement":
        """Read fields written by :meth:`to_dict`."""
        return cls(**{name: document[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """One grader against the first.

    Attributes:
        a: Name and version of the first.
        b: Name and version of the other.
        seen: Essays that each of them was trained on: such a comparison favours who saw more.
        report: Paired differences and grade transitions.
        noninferiority: Whether the other is no worse in quadratic weighted kappa.
        disagreements: The essays on which they differ most, in levels, then in expected grade.
    """

    a: str
    b: str
    seen: tuple[int, int]
    report: ComparisonReport
    noninferiority: NonInferiorityVerdict
    disagreements: tuple[Disagreement, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as a JSON-ready document; undefined figures are None."""
        return {
            "comparison_version": MODEL_COMPARISON_VERSION,
            "a": self.a,
            "b": self.b,
            "seen_in_training": list(self.seen),
            **self.report.to_dict(),
            "noninferiority": self.noninferiority.to_dict(),
            "disagreements": [each.to_dict() for each in self.disagreements],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "ModelComparison":
        """Read a document written by :meth:`to_dict`.

        Raises:
            UnsupportedMetricsError: Its figures are of another version, or malformed.
        """
        return cls(
            a=document["a"],
            b=document["b"],
            seen=(int(document["seen_in_training"][0]), int(document["seen_in_training"][1])),
            report=ComparisonReport.from_dict(document),
            noninferiority=NonInferiorityVerdict.from_dict(document["noninferiority"]),
            disagreements=tuple(map(Disagreement.from_dict, document["disagreements"])),
        )


def compare_graders(
    names: tuple[str, str],
    graders: tuple[GradePredictions, GradePredictions],
    essay_ids: Sequence[str],
    y: NDArray[np.int64],
    prompts: Sequence[str | None] | None,
    settings: EvaluationSettings,
    *,
    margin: float,
    seen: tuple[int, int] = (0, 0),
) -> ModelComparison:
    """Compare two graders on the same essays.

    Args:
        names: Names of A and B.
        graders: Their predictions of the same n essays, in the same order.
        essay_ids: n identifiers.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        prompts: n prompt names, None where an essay has none; or None for no prompts at all.
        settings: Resamples, confidence and seed of the intervals.
        margin: Kappa that B may lose and still count as no worse.
        seen: Essays that A and B were trained on.

    Raises:
        IncomparablePredictionsError: The graders differ in scale or in the number of essays.
        InvalidPredictionsError: One grader's predictions cannot be judged.
    """
    report = compare_predictions(*graders, y, prompts, settings)
    return ModelComparison(
        a=names[0],
        b=names[1],
        seen=seen,
        report=report,
        noninferiority=judge_noninferiority(report.metrics["qwk"].difference, margin),
        disagreements=_disagreements(*graders, essay_ids, y),
    )


def _disagreements(
    a: GradePredictions, b: GradePredictions, essay_ids: Sequence[str], y: NDArray[np.int64]
) -> tuple[Disagreement, ...]:
    levels, expected = b.grades - a.grades, b.expected - a.expected
    order = np.lexsort((-np.abs(expected), -np.abs(levels)))
    differing = [int(row) for row in order if levels[row] != 0][:MOST_DISAGREEMENTS]
    labels = a.scale.labels
    return tuple(
        Disagreement(
            essay_id=essay_ids[row],
            human=labels[int(y[row])],
            a=labels[int(a.grades[row])],
            b=labels[int(b.grades[row])],
            levels=int(levels[row]),
            expected=float(expected[row]),
        )
        for row in differing
    )
