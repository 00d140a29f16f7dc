"""Which charts a report has."""

import math
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.reports import (
    interval_plots,
    plots,
    reliability_plots,
    residual_plots,
    trade_off_plots,
)
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.dot_plots import Dot
from huleedu_ml_training.reports.essay_figures import EssayFigures
from huleedu_ml_training.reports.feature_tables import MAX_FEATURES
from huleedu_ml_training.reports.group_tables import MAX_PROMPTS, worst_prompts
from huleedu_ml_training.reports.text import shorten


def report_charts(
    context: ReportContext, report: JudgementReport, essays: EssayFigures | None
) -> Mapping[str, Any]:
    """Return the charts by name; None, or nothing at all, where there is nothing to draw."""
    evaluation, change = report.evaluation, context.calibration
    labels = evaluation.scale.labels
    return {
        "bounds": interval_plots.bounds_chart(evaluation),
        "raters": interval_plots.rater_chart(report.assessment.raters),
        "reliability": reliability_plots.reliability_chart(evaluation.reliability),
        "thresholds": [reliability_plots.threshold_chart(each) for each in report.thresholds],
        "grades": plots.grade_distribution_chart(evaluation),
        "scores": plots.score_chart(evaluation),
        "scores_by_grade": essays and plots.scores_by_grade_chart(labels, essays),
        "by_length": essays and residual_plots.length_chart(essays),
        "by_prompt": (
            residual_plots.prompt_residual_chart(essays.by_prompt[:MAX_PROMPTS])
            if essays is not None and essays.by_prompt
            else None
        ),
        "prompts": _prompts(report),
        "calibration": (
            reliability_plots.calibration_chart(change) if change and change.before else None
        ),
        "decision": [
            (title, trade_off_plots.decision_chart(context.decisions, cost, title))
            for cost, title in trade_off_plots.COSTS
            if context.decisions
        ],
        "workload_qwk": trade_off_plots.workload_chart(
            report.workload, "qwk", "quadratic weighted kappa"
        ),
        "workload_accuracy": trade_off_plots.workload_chart(
            report.workload, "accuracy", "exact agreement"
        ),
        "coverage": (
            interval_plots.coverage_chart(report.sets, context.range_coverage)
            if report.sets
            else None
        ),
        "feature_groups": _feature_groups(context),
        "gain": _gain(context),
        "shortcuts": interval_plots.shortcut_chart(report.shortcuts),
        "perturbations": (
            trade_off_plots.perturbation_chart(report.perturbations)
            if report.perturbations
            else None
        ),
    }


def _prompts(report: JudgementReport) -> Markup | None:
    prompts = worst_prompts(report.assessment)
    if not prompts:
        return None
    dots = [
        Dot.of(f"{shorten(str(group.key), 19)} ({group.n})", group.values["qwk"])
        for group, _ in prompts
    ]
    overall = report.evaluation.values["qwk"].value
    return interval_plots.prompt_chart(dots, [each.shrunken for each in prompts], overall)


def _feature_groups(context: ReportContext) -> Markup | None:
    influence = context.influence
    if influence is None:
        return None
    rows = [
        (f"{each.name} ({each.n_features})", each.share)
        for each in influence.groups
        if math.isfinite(each.share)
    ]
    return plots.share_bars(
        rows, title="share of what moves scores", label="What groups of features do to scores."
    )


def _gain(context: ReportContext) -> Markup | None:
    features = [
        (name.replace("_", " "), share) for name, share in context.top_features(MAX_FEATURES)
    ]
    if not features:
        return None
    return plots.share_bars(
        features, title="share of the total gain", label="Most important features by gain."
    )
