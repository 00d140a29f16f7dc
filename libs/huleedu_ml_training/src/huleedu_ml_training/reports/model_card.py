"""The model card: what a grader is for, how good it is, where it ends; in Markdown."""

import re
from typing import Any

from markupsafe import Markup, escape

from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.metrics.slices import MIN_SLICE_ESSAYS, Slice
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.summary import common_view
from huleedu_ml_training.reports.templating import create_environment
from huleedu_ml_training.reports.text import clean

_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])|^[-+=#]")
"""What opens a construct: anywhere, at the edge of a word, or at the start of a line."""

_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
"""What begins a numbered list."""

_ADDRESS = re.compile(r"://|\bwww\.|@")
"""What GitHub turns into a link without any brackets."""

_BLANK_LINES = re.compile(r"\n{3,}")


def render_model_card(context: ReportContext, report: EvaluationReport) -> str:
    """Return the model card as GitHub-flavoured Markdown.

    What the context lacks is named as not recorded. Texts from outside are escaped: they cannot
    open a link, a table cell, a heading or HTML. The same arguments give the same document.
    """
    environment = create_environment(_markdown)
    environment.filters["verbatim"] = _verbatim
    text = environment.get_template("model_card.md.j2").render(
        **common_view(context, report),
        features=context.top_features(5),
        few=MIN_SLICE_ESSAYS,
        weak_grades=_weak_grades(report),
        worst_prompt=_worst_prompt(report),
    )
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


def _markdown(value: Any) -> Any:
    """Escape a printed value for Markdown outside of code."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, int | float):
        return value
    flat = " ".join(clean(str(value)).split())
    quoted = _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", str(escape(flat))))
    unlinked = _ADDRESS.sub(lambda match: "".join(f"&#{ord(c)};" for c in match[0]), quoted)
    return Markup(unlinked)  # noqa: S704 - escaped two lines above


def _verbatim(command: str) -> Markup:
    """Let a command stand in a code block, on one line and without a fence of its own."""
    flat = " ".join(clean(command).replace("```", "").split())
    return Markup(flat)  # noqa: S704 - Markdown shows code blocks as they are


def _weak_grades(report: EvaluationReport) -> list[str]:
    return [
        label
        for label, count in zip(report.scale.labels, report.human_counts, strict=True)
        if count < MIN_SLICE_ESSAYS
    ]


def _worst_prompt(report: EvaluationReport) -> Slice | None:
    judged = [
        part for part in report.by_prompt if not part.is_small and part.values["qwk"].is_defined
    ]
    return min(judged, key=lambda part: part.values["qwk"].value, default=None)
