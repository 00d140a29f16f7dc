"""Which tables a report has."""

from collections.abc import Mapping
from typing import Any

from huleedu_ml_training.metrics.flags import GRADE_SHARE_RULE, Flag, Verdict
from huleedu_ml_training.metrics.format import format_bound
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.standing_flags import standing_flags
from huleedu_ml_training.reports import (
    feature_tables,
    group_tables,
    rater_tables,
    reliability_tables,
    use_tables,
)
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.essay_figures import EssayFigures
from huleedu_ml_training.reports.summary import VERDICTS
from huleedu_ml_training.reports.tables import Cell, Column, Table, figure, minus
from huleedu_ml_training.reports.templating import flag_title
from huleedu_ml_training.reports.text import shorten


def report_tables(
    context: ReportContext, report: JudgementReport, essays: EssayFigures | None
) -> Mapping[str, Any]:
    """Return the tables by name; None where there is nothing to show."""
    assessment = report.assessment
    prompts = group_tables.worst_prompts(assessment)
    groups, hidden_groups = group_tables.group_table(assessment)
    fairness, not_compared = group_tables.fairness_table(assessment.fairness)
    influence, change = context.influence, context.calibration
    gain = context.top_features(feature_tables.MAX_FEATURES)
    return {
        "flags": flag_table(report) if report.raised_flags else None,
        "raters": (
            rater_tables.rater_tables(assessment.raters) if assessment.raters.double_rated else None
        ),
        "thresholds": reliability_tables.threshold_table(report.thresholds),
        "threshold_bins": reliability_tables.threshold_bin_table(report.thresholds),
        "calibration": (
            reliability_tables.calibration_table(change) if change and change.before else None
        ),
        "histogram": use_tables.histogram_table(report.evaluation),
        "scores": essays and use_tables.score_table(report.evaluation.scale.labels, essays),
        "by_length": essays and use_tables.residual_table(essays.by_length, "words"),
        "by_prompt": (
            use_tables.residual_table(essays.by_prompt[: group_tables.MAX_GROUPS], "prompt")
            if essays is not None and essays.by_prompt
            else None
        ),
        "groups": groups,
        "hidden_groups": hidden_groups,
        "tails": group_tables.tail_table(assessment) if assessment.tails else None,
        "prompts": group_tables.prompt_table(prompts) if prompts else None,
        "workload": use_tables.workload_table(report.workload),
        "sets": report.sets and use_tables.set_table(report.sets),
        "coverage": report.sets and use_tables.grade_coverage_table(report.sets),
        "influence": influence and feature_tables.influence_table(influence),
        "feature_groups": influence and feature_tables.feature_group_table(influence),
        "gain": feature_tables.gain_table(gain) if gain else None,
        "shortcuts": use_tables.shortcut_table(report.shortcuts) if report.shortcuts else None,
        "perturbations": (
            use_tables.perturbation_table(report.perturbations) if report.perturbations else None
        ),
        "fairness": fairness,
        "not_compared": not_compared,
    }


def flag_table(report: JudgementReport) -> Table:
    """Return the raised flags, those that stand first."""
    standing = standing_flags(report)
    raised = sorted(
        report.raised_flags,
        key=lambda flag: (flag not in standing, flag.verdict is not Verdict.RAISED),
    )
    rows = tuple(
        (
            Cell(flag_title(flag), detail=shorten(_subject(flag), 160)),
            figure(flag.figure, why=True),
            Cell(minus(format_bound(flag))),
            Cell(VERDICTS[flag.verdict], tone=str(flag.verdict)),
            Cell("yes" if flag in standing else "no"),
        )
        for flag in raised
    )
    heads = (
        Column("figure"),
        Column("value", is_number=True),
        Column("bound"),
        Column("verdict", is_choice=True),
        Column("stands"),
    )
    caption = (
        "Figures out of the bounds of assessment practice (Williamson, Xi & Breyer 2012; RSMTool)"
    )
    return Table(caption, heads, rows, is_interactive=True)


def _subject(flag: Flag) -> str:
    if flag.name == GRADE_SHARE_RULE.name:
        return f"grade {flag.subject}"
    return "all essays" if flag.subject is None else flag.subject.replace("_", " ")
