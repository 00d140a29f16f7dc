"""Judging one grader as an assessment expert would: beside people, and group by group."""

from collections.abc import Sequence

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.assessment_report import AssessmentReport, SliceTable
from huleedu_ml_training.metrics.checks import check_predictions
from huleedu_ml_training.metrics.errors import InvalidPredictionsError
from huleedu_ml_training.metrics.evaluation import count_prompts
from huleedu_ml_training.metrics.fairness import evaluate_fairness
from huleedu_ml_training.metrics.flags import Flag, FlagRule
from huleedu_ml_training.metrics.rater_report import RaterReport, evaluate_raters
from huleedu_ml_training.metrics.slice_columns import (
    PROMPT,
    SliceColumn,
    slice_columns,
    tail_column,
)
from huleedu_ml_training.metrics.subgroups import MIN_GROUP_ESSAYS, Subgroup, evaluate_subgroups
from huleedu_ml_training.metrics.uncertainty import Clusters, cluster_notes
from huleedu_ml_training.metrics.worst_prompt import find_worst_prompt

__all__ = ["AssessmentReport", "assess"]

DSM_RULE = FlagRule("dsm", minimum=-0.10, maximum=0.10)
"""RSMTool's bound of the difference of standardised means of each group."""


def assess(
    predictions: GradePredictions, dataset: EssayDataset, settings: EvaluationSettings
) -> AssessmentReport:
    """Judge predictions beside single raters and in every group of essays.

    For the figures on all essays see
    :func:`~huleedu_ml_training.metrics.evaluation.evaluate_predictions`. Equal arguments give equal
    reports. The work is CPU-bound; call it from a thread where an event loop is running.

    Args:
        predictions: Predictions of n essays.
        dataset: The same n essays, in the same order, on the same scale.
        settings: Resamples, confidence and seed of the intervals.

    Raises:
        InvalidPredictionsError: There are no essays, lengths or scales differ, or a row of
            probabilities is no distribution.
        InvalidRatingsError: A single rater's grade is not on the scale.
    """
    if predictions.scale.labels != dataset.scale.labels:
        problem = f"they are on {predictions.scale.name}, the essays on {dataset.scale.name}"
        raise InvalidPredictionsError(problem=problem)
    check_predictions(predictions, dataset.grades, dataset.prompts)
    raters = evaluate_raters(predictions, dataset.ratings, dataset.prompts, settings)
    columns, notes = slice_columns(dataset)
    tables = {column.name: _judge(column, predictions, dataset, settings) for column in columns}
    tails = _judge(tail_column(dataset.grades, dataset.scale), predictions, dataset, settings)
    judged = [column for column in columns if column.is_judged]
    return AssessmentReport(
        scale=dataset.scale,
        n=len(dataset),
        confidence=settings.confidence,
        resamples=settings.resamples,
        seed=settings.seed,
        raters=raters,
        slices=tuple(SliceTable(name, groups) for name, groups in tables.items()),
        worst_prompt=find_worst_prompt(tables.get(PROMPT, ()), settings.confidence),
        tails=tuple(group for group in tails if group.key is not None),
        fairness=tuple(
            evaluate_fairness(
                column.name,
                column.keys,
                predictions.expected,
                dataset.grades,
                confidence=settings.confidence,
            )
            for column in judged
        ),
        flags=(
            *raters.flags,
            *(flag for column in judged for flag in _group_flags(column.name, tables[column.name])),
        ),
        notes=(
            *cluster_notes(
                Clusters.of_prompts(dataset.prompts, len(dataset)), count_prompts(dataset.prompts)
            ),
            *_rater_notes(raters),
            *notes,
        ),
    )


def _judge(
    column: SliceColumn,
    predictions: GradePredictions,
    dataset: EssayDataset,
    settings: EvaluationSettings,
) -> tuple[Subgroup, ...]:
    return evaluate_subgroups(
        predictions,
        dataset.grades,
        column.keys,
        dataset.prompts,
        settings,
        order=column.order,
    )


def _group_flags(column: str, groups: Sequence[Subgroup]) -> list[Flag]:
    """Hold groups against each other: where there are two, and each is large enough."""
    large = [group for group in groups if group.key is not None and not group.is_small]
    if len(groups) < 2:
        return []
    return [DSM_RULE.judge(group.values["dsm"], f"{column}: {group.key}") for group in large]


def _rater_notes(raters: RaterReport) -> tuple[str, ...]:
    if raters.double_rated == 0:
        return ()
    if raters.is_small:
        counted = f"Raters are shown, not judged: two or more graded {raters.double_rated} essays"
        return (f"{counted}, fewer than {MIN_GROUP_ESSAYS}.",)
    if raters.values["prmse"].value > 1:
        return ("The PRMSE is above 1, as chance can have it where raters agree little.",)
    return ()
