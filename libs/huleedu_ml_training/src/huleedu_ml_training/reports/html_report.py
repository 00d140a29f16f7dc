"""The report: one HTML file that needs nothing else."""

import base64
import hashlib
from collections.abc import Callable
from itertools import count

from jinja2 import Environment
from markupsafe import Markup

from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.values import METRICS_VERSION
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.essay_figures import EssayFigures
from huleedu_ml_training.reports.model_card_sections import model_card_sections
from huleedu_ml_training.reports.report_charts import report_charts
from huleedu_ml_training.reports.report_tables import report_tables
from huleedu_ml_training.reports.summary import summarise_flags
from huleedu_ml_training.reports.templating import clean_values, create_environment

_SCRIPT = "report.js"


def render_html_report(
    context: ReportContext, report: JudgementReport, essays: EssayFigures | None = None
) -> str:
    """Return the report as a self-contained HTML document.

    It loads nothing, and its content security policy lets one script run, known by its digest: it
    sorts and filters tables and switches the theme, and everything can be read without it. Texts
    from outside are cleaned and escaped. The same arguments give the same document.

    The charts take a second or two, on one core; call it from a thread where an event loop is
    running, and not in a forked child of a process that has called it: the renderer keeps threads.

    Args:
        context: Where the grader comes from and how it was made.
        report: Its figures.
        essays: Distributions of scores and residuals of the same essays; None where they are not
            known any more.
    """
    environment = create_environment(clean_values)
    script = _script(environment)
    evaluation = report.evaluation
    document: str = environment.get_template("report.html.j2").render(
        charts=report_charts(context, report, essays),
        card=model_card_sections(context, report),
        essays=essays,
        judgement=report,
        next_id=_counter(),
        script=Markup(script),  # noqa: S704 - a file of this package
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        tables=report_tables(context, report, essays),
        confidence=f"{evaluation.resampling.confidence:.0%}",
        context=context,
        flag_sentence=summarise_flags(report),
        flags={flag.name: flag for flag in evaluation.flags if flag.subject is None},
        metrics=METRICS,
        metrics_version=METRICS_VERSION,
        report=evaluation,
    )
    return document


def _script(environment: Environment) -> str:
    if environment.loader is None:
        msg = "the environment has no loader"
        raise ValueError(msg)
    return environment.loader.get_source(environment, _SCRIPT)[0]


def _counter() -> Callable[[], int]:
    """Return what numbers the tables of one document."""
    numbers = count(1)
    return lambda: next(numbers)
