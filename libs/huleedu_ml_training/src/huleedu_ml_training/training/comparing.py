"""Comparing what graders said of essays, where it is about the same essays."""

from collections.abc import Sequence

import numpy as np

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.metrics.errors import IncomparablePredictionsError
from huleedu_ml_training.metrics.model_comparison import ModelComparison, compare_graders
from huleedu_ml_training.metrics.values import METRICS_VERSION
from huleedu_ml_training.training.interruption import StopSignal
from huleedu_ml_training.training.scored_set import ScoredSet


def compare_scored_sets(
    sets: Sequence[ScoredSet], settings: EvaluationSettings, margin: float, stop: StopSignal
) -> tuple[ModelComparison, ...]:
    """Compare each set with the first.

    Args:
        sets: Two or more graders' predictions.
        settings: Resamples, confidence and seed of the intervals.
        margin: Kappa that a grader may lose and still count as no worse.
        stop: Asked between comparisons whether to go on.

    Raises:
        IncomparablePredictionsError: They are about other essays or grades, on other scales, or
            from other versions of the definitions.
    """
    first, *others = sets
    require_current_definitions(first)
    for other in others:
        require_comparable(first, other)
    comparisons = []
    for other in others:
        stop.check()
        comparisons.append(
            compare_graders(
                (first.title, other.title),
                (first.predictions, other.predictions),
                first.essay_ids,
                first.y,
                first.prompts,
                settings,
                margin=margin,
                seen=(int(first.seen.sum()), int(other.seen.sum())),
            )
        )
    return tuple(comparisons)


def require_comparable(first: ScoredSet, other: ScoredSet) -> None:
    """Make sure that two sets are about the same essays, grades, scale and definitions.

    Raises:
        IncomparablePredictionsError: They are not; says in what they differ.
    """
    require_current_definitions(other)
    labels = [each.predictions.scale.labels for each in (first, other)]
    if labels[0] != labels[1]:
        _refuse(f"{first.title} grades on {', '.join(labels[0])}, {other.title} on others")
    ours, theirs = set(first.essay_ids), set(other.essay_ids)
    if ours != theirs:
        _refuse(
            f"{len(ours - theirs)} essays were graded by {first.title} only, "
            f"{len(theirs - ours)} by {other.title} only"
        )
    if first.essay_ids != other.essay_ids:
        _refuse("they have the same essays in another order")
    texts = sum(a != b for a, b in zip(first.texts, other.texts, strict=True))
    if texts:
        _refuse(f"{texts} essays have another text, though the same id")
    grades = int(np.count_nonzero(first.y != other.y))
    if grades:
        _refuse(f"{grades} essays have another human grade")


def require_current_definitions(scored: ScoredSet) -> None:
    """Make sure that a set was judged by the definitions of today.

    Raises:
        IncomparablePredictionsError: It was not.
    """
    if scored.metrics_version != METRICS_VERSION:
        _refuse(
            f"{scored.title} was judged by version {scored.metrics_version} of the metrics, "
            f"this is version {METRICS_VERSION}: evaluate it again"
        )


def _refuse(problem: str) -> None:
    raise IncomparablePredictionsError(problem=problem)
