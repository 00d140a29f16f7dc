"""Charts of values with intervals: dots on lines, one row each."""

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.reports.text import shorten
from huleedu_ml_training.reports.vega import (
    INK,
    LABELLED_WIDTH,
    MACHINE,
    axis_labels,
    listed,
    render_svg,
)

MAX_CHART_PROMPTS = 30
"""Prompts in the chart; the table has more."""

_BOUNDED_METRICS = ("qwk", "accuracy", "adjacent_agreement", "pearson")


def bounds_chart(report: EvaluationReport) -> Markup:
    """Draw the main figures with intervals beside the least values that practice accepts."""
    shown = [
        flag for flag in report.flags if flag.name in _BOUNDED_METRICS and flag.figure.is_defined
    ]
    rows = [
        {**_row(METRICS[flag.name].title, flag.figure), "bound": flag.minimum} for flag in shown
    ]
    bound = {
        "mark": {"type": "tick", "thickness": 2, "size": 22, "color": INK},
        "encoding": {"x": {"field": "bound", "type": "quantitative"}},
    }
    label = "Main figures with intervals; a tick marks the least acceptable value. " + listed(
        f"{METRICS[flag.name].title} {flag.figure.value:.2f}, least {flag.minimum:.2f}"
        for flag in shown
    )
    return render_svg(_dots_on_lines(rows, [bound], step=34), label=label)


def prompt_chart(report: EvaluationReport) -> Markup:
    """Draw kappa per prompt with its interval, worst first, beside the overall one."""
    parts = [part for part in report.by_prompt if part.values["qwk"].is_defined]
    parts = sorted(parts[:MAX_CHART_PROMPTS], key=lambda part: part.values["qwk"].value)
    rows = [
        _row(f"{shorten(part.key or 'no prompt', 30)} ({part.n})", part.values["qwk"])
        for part in parts
    ]
    overall = report.values["qwk"].value
    reference = {
        "mark": {"type": "rule", "color": INK, "strokeDash": [5, 4]},
        "encoding": {"x": {"datum": overall}, "y": None},
    }
    layers = [reference] if math.isfinite(overall) else []
    spec = _dots_on_lines(rows, layers, step=22, title="quadratic weighted kappa")
    return render_svg(spec, label="Quadratic weighted kappa per prompt; see the table.")


def _row(label: str, value: MetricValue) -> dict[str, Any]:
    return {
        "label": label,
        "value": value.value,
        "low": value.low if value.has_interval else value.value,
        "high": value.high if value.has_interval else value.value,
    }


def _dots_on_lines(
    rows: Sequence[dict[str, Any]],
    layers: Sequence[dict[str, Any]],
    *,
    step: int,
    title: str | None = None,
) -> dict[str, Any]:
    """Return a specification of one dot on its interval per row, in the order given.

    Args:
        rows: Each with ``label``, ``value``, ``low`` and ``high``.
        layers: What else to draw, over the dots.
        step: Height of a row in pixels.
        title: Title of the horizontal axis.
    """
    lowest = min([0.0, *(float(row["low"]) for row in rows)])
    x = {
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [lowest, 1], "nice": False},
    }
    # The row's number is its identity: two prompts may bear the same name once shortened.
    y = {
        "field": "row",
        "type": "ordinal",
        "title": None,
        "axis": {
            "labelExpr": axis_labels([row["label"] for row in rows]),
            "labelLimit": 210,
            "ticks": False,
        },
    }
    return {
        "data": {"values": [{**row, "row": number} for number, row in enumerate(rows)]},
        "width": LABELLED_WIDTH,
        "height": {"step": step},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2, "color": MACHINE},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 80,
                    "color": MACHINE,
                    "opacity": 1,
                },
                "encoding": {"x": {**x, "field": "value"}},
            },
            *layers,
        ],
    }
