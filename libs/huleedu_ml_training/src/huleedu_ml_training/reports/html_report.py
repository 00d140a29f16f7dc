"""The report: one HTML file that needs nothing else."""

from typing import Any

from markupsafe import Markup

from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.reports import interval_plots, plots
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.summary import common_view
from huleedu_ml_training.reports.templating import clean_values, create_environment

MAX_TABLE_PROMPTS = 100
"""Prompts in the table; ``metrics.json`` has them all."""


def render_html_report(context: ReportContext, report: EvaluationReport) -> str:
    """Return the report as a self-contained HTML document.

    It loads nothing and runs no scripts, and its content security policy forbids both. Texts from
    outside are cleaned and escaped. The same arguments give the same document.

    The charts take most of a second, on one core; call it from a thread where an event loop is
    running, and not in a forked child of a process that has called it: the renderer keeps threads.
    """
    environment = create_environment(clean_values)
    document: str = environment.get_template("report.html.j2").render(_view(context, report))
    return document


def _view(context: ReportContext, report: EvaluationReport) -> dict[str, Any]:
    features = context.top_features()
    return {
        **common_view(context, report),
        "charts": _charts(report, features),
        "features": features,
        "flags": {flag.name: flag for flag in report.flags if flag.subject is None},
        "hidden_prompts": max(len(report.by_prompt) - MAX_TABLE_PROMPTS, 0),
        "prompts": report.by_prompt[:MAX_TABLE_PROMPTS],
    }


def _charts(report: EvaluationReport, features: list[tuple[str, float]]) -> dict[str, Markup]:
    return {
        "bounds": interval_plots.bounds_chart(report),
        "grades": plots.grade_distribution_chart(report),
        "scores": plots.score_chart(report),
        "reliability": plots.reliability_chart(report),
        "prompts": interval_plots.prompt_chart(report),
        "features": plots.importance_chart(features),
    }
