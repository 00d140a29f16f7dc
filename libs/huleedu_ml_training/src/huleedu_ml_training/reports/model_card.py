"""The model card: what a grader is for, how good it is, where it ends; in Markdown."""

import re
from html import escape
from typing import Any

from markupsafe import Markup

from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.model_card_sections import model_card_sections
from huleedu_ml_training.reports.templating import create_environment
from huleedu_ml_training.reports.text import clean

_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])|^[-+=#]")
"""What opens a construct: anywhere, at the edge of a word, or at the start of a line."""

_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
"""What begins a numbered list."""

_ADDRESS = re.compile(r"://|\bwww\.|@")
"""What GitHub turns into a link without any brackets."""

_BLANK_LINES = re.compile(r"\n{3,}")


def render_model_card(context: ReportContext, report: JudgementReport) -> str:
    """Return the model card as GitHub-flavoured Markdown.

    Texts from outside are escaped: they cannot open a link, a table cell, a heading or HTML. The
    same arguments give the same document.
    """
    environment = create_environment(_markdown)
    environment.filters["verbatim"] = _verbatim
    text = environment.get_template("model_card.md.j2").render(
        context=context, sections=model_card_sections(context, report)
    )
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


def _markdown(value: Any) -> Any:
    """Escape a printed value for Markdown outside of code."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, int | float):
        return value
    flat = " ".join(clean(str(value)).split())
    quoted = _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", escape(flat, quote=False)))
    unlinked = _ADDRESS.sub(lambda match: "".join(f"&#{ord(c)};" for c in match[0]), quoted)
    return Markup(unlinked)  # noqa: S704 - escaped two lines above


def _verbatim(command: str) -> Markup:
    """Let a command stand in a code block, on one line and without a fence of its own."""
    flat = " ".join(clean(command).replace("```", "").split())
    return Markup(flat)  # noqa: S704 - Markdown shows code blocks as they are
