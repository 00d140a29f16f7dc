"""How far grades move when the text is changed in a way that a teacher would see through, or not.

Some changes should leave the grade alone or lower it (an essay that says everything twice), some
may raise it (mistakes corrected). What a change ought to do is for people to say: the table shows
what it does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.errors import UnsupportedMetricsError
from huleedu_ml_training.metrics.evaluation_report import Resampling
from huleedu_ml_training.metrics.means import clustered_means
from huleedu_ml_training.metrics.uncertainty import Clusters
from huleedu_ml_training.metrics.values import METRICS_VERSION, MetricValue

PERTURBATIONS_VERSION = 1
"""Raised when the shape of the document, or what a perturbation does to a text, changes."""

PERTURBATION_METRICS = ("moved", "moved_up", "moved_down", "grade_change", "score_change")
"""What is computed for each perturbation."""


@dataclass(frozen=True, slots=True)
class PerturbationRow:
    """What one change of the texts does to grades.

    Attributes:
        name: The change, e.g. ``doubled``.
        description: What is done to a text, for people.
        changed: Essays whose text it changed at all; all essays count in the figures.
        values: Metric name → value, for :data:`PERTURBATION_METRICS`.
    """

    name: str
    description: str
    changed: int
    values: Mapping[str, MetricValue]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "name": self.name,
            "description": self.description,
            "changed": self.changed,
            **{name: value.to_dict() for name, value in self.values.items()},
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "PerturbationRow":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            name=document["name"],
            description=document["description"],
            changed=int(document["changed"]),
            values={
                name: MetricValue.from_dict(name, document[name]) for name in PERTURBATION_METRICS
            },
        )


@dataclass(frozen=True, slots=True)
class PerturbationTable:
    """The changes that were tried, on a sample of the essays.

    Attributes:
        n: Essays in the sample.
        population: Essays that it was drawn from.
        seed: Seed of the sample and of what is random in the changes.
        resampling: How the intervals were made.
        rows: One per change.
    """

    n: int
    population: int
    seed: int
    resampling: Resampling
    rows: tuple[PerturbationRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the table as a JSON-ready document; undefined figures are None."""
        return {
            "perturbations_version": PERTURBATIONS_VERSION,
            "metrics_version": METRICS_VERSION,
            "n": self.n,
            "population": self.population,
            "sample_seed": self.seed,
            **self.resampling.to_dict(),
            "rows": [row.to_dict() for row in self.rows],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "PerturbationTable":
        """Read a document written by :meth:`to_dict`.

        Raises:
            UnsupportedMetricsError: It is of another version, or malformed.
        """
        expected = {
            "perturbations_version": PERTURBATIONS_VERSION,
            "metrics_version": METRICS_VERSION,
        }
        for key, version in expected.items():
            found = document.get(key)
            if found != version:
                raise UnsupportedMetricsError(problem=f"{key} is {found!r}, not {version}")
        try:
            return cls(
                n=int(document["n"]),
                population=int(document["population"]),
                seed=int(document["sample_seed"]),
                resampling=Resampling.from_dict(document),
                rows=tuple(map(PerturbationRow.from_dict, document["rows"])),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnsupportedMetricsError(
                problem=f"{type(error).__name__} in the document: {error}"
            ) from None


@dataclass(frozen=True, slots=True, eq=False)
class PerturbedGrades:
    """What a grader says of changed texts.

    Attributes:
        name: The change.
        description: What is done to a text, for people.
        changed: Which texts it changed, ndarray of shape (n_essays,), bool.
        predictions: Predictions of the n changed texts.
    """

    name: str
    description: str
    changed: NDArray[np.bool_]
    predictions: GradePredictions


def tabulate_perturbations(
    original: GradePredictions,
    perturbed: Sequence[PerturbedGrades],
    prompts: Sequence[str | None],
    settings: EvaluationSettings,
    *,
    population: int,
) -> PerturbationTable:
    """Hold the grades of changed texts against those of the originals.

    Args:
        original: Predictions of the n essays as they are.
        perturbed: Predictions of the same essays, in the same order, under each change.
        prompts: n prompt names, None where an essay has none.
        settings: Resamples, confidence and seed of the intervals.
        population: Number of essays that the n were drawn from.
    """
    clusters = Clusters.of_prompts(prompts, len(original))
    return PerturbationTable(
        n=len(original),
        population=population,
        seed=settings.seed,
        resampling=Resampling(
            by=clusters.by,
            clusters=clusters.count,
            confidence=settings.confidence,
            resamples=settings.resamples,
            seed=settings.seed,
        ),
        rows=tuple(
            PerturbationRow(
                name=each.name,
                description=each.description,
                changed=int(each.changed.sum()),
                values=_effect(original, each.predictions, clusters, settings),
            )
            for each in perturbed
        ),
    )


def _effect(
    before: GradePredictions,
    after: GradePredictions,
    clusters: Clusters,
    settings: EvaluationSettings,
) -> dict[str, MetricValue]:
    change = after.grades - before.grades
    columns = (change != 0, change > 0, change < 0, change, after.expected - before.expected)
    return clustered_means(
        dict(zip(PERTURBATION_METRICS, columns, strict=True)), clusters, settings
    )
