"""Charts of choices: decision rules, second looks by a teacher, and texts that were changed."""

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from huleedu_ml_training.metrics.perturbation_report import PerturbationTable
from huleedu_ml_training.metrics.workload import WorkloadReport
from huleedu_ml_training.reports.context import DecisionOption
from huleedu_ml_training.reports.text import shorten
from huleedu_ml_training.reports.vega import (
    HUMAN,
    INK,
    LABELLED_WIDTH,
    MACHINE,
    MUTED,
    PLOT_WIDTH,
    TIP,
    axis_labels,
    labelled_rows,
    listed,
    render_svg,
)

_DECISION_WIDTH = 140

COSTS = (
    ("qwk", "Quadratic weighted kappa, more is better"),
    ("mae", "Mean absolute error in levels, less is better"),
    ("lowest_mae", "The same, two lowest grades"),
    ("highest_mae", "The same, two highest grades"),
    ("distribution_gap", "Gap between the distributions, less is better"),
)
"""Figures of a decision rule that are drawn, with their captions."""


def decision_chart(options: Sequence[DecisionOption], cost: str, title: str) -> Markup:
    """Draw one figure of each decision rule.

    Args:
        options: The rules.
        cost: Name of the figure.
        title: Its title.
    """
    names = [option.rule.replace("_", " ") for option in options]
    rows: list[dict[str, Any]] = [
        {
            "row": row,
            "value": value,
            "colour": MACHINE if option.chosen else MUTED,
            "tip": f"{names[row]}: {value:.3f}",
        }
        for row, option in enumerate(options)
        if math.isfinite(value := float(getattr(option, cost)))
    ]
    spec = {
        "data": {"values": rows},
        "width": _DECISION_WIDTH,
        "height": {"step": 20},
        "mark": {"type": "bar", "height": 12},
        "encoding": {
            "y": {
                "field": "row",
                "type": "ordinal",
                "title": None,
                "scale": {"domain": list(range(len(names)))},
                "axis": {"labelExpr": axis_labels(names), "ticks": False},
            },
            "x": {
                "field": "value",
                "type": "quantitative",
                "title": None,
                "axis": {"tickCount": 3},
            },
            "color": {"field": "colour", "type": "nominal", "scale": None},
            **TIP,
        },
    }
    label = f"{title}. " + listed(f"{names[row['row']]} {row['value']:.3f}" for row in rows)
    return render_svg(spec, label=label)


def workload_chart(report: WorkloadReport, metric: str, title: str) -> Markup | None:
    """Draw a figure of the essays that nobody looks at, against the share that somebody does.

    Args:
        report: The curve.
        metric: Name of the metric.
        title: Its title.
    """
    points = [*report.curve] if report.rule is None else [*report.curve, report.rule]
    rows: list[dict[str, Any]] = [
        {
            "share": point.share,
            "value": point.values[metric].value,
            "low": point.values[metric].low,
            "high": point.values[metric].high,
            "is_rule": point is report.rule,
            "tip": ("review rule: " if point is report.rule else "")
            + f"{point.share:.0%} sent, the other {point.n}: {point.values[metric].value:.3f}",
        }
        for point in points
        if point.values[metric].is_defined
    ]
    curve = [row for row in rows if not row["is_rule"]]
    if not curve:
        return None
    x = {
        "field": "share",
        "type": "quantitative",
        "title": "share of essays that a teacher grades",
        "axis": {"format": ".0%", "tickCount": 5, "grid": False},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "scale": {"zero": False},
        "axis": {"tickCount": 5},
    }
    dot: dict[str, Any] = {"type": "point", "filled": True, "opacity": 1}
    spec = {
        "width": PLOT_WIDTH,
        "height": 170,
        "layer": [
            {
                "data": {"values": [row for row in curve if math.isfinite(row["low"])]},
                "mark": {"type": "area", "color": MACHINE, "opacity": 0.18},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": curve},
                "mark": {"type": "line", "color": MACHINE, "strokeWidth": 2},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": curve},
                "mark": {**dot, "color": MACHINE, "size": 45},
                "encoding": {"x": x, "y": y, **TIP},
            },
            {
                "data": {"values": [row for row in rows if row["is_rule"]]},
                "mark": {**dot, "color": HUMAN, "shape": "diamond", "size": 150},
                "encoding": {"x": x, "y": y, **TIP},
            },
        ],
    }
    label = f"{title} of the other essays. " + listed(str(row["tip"]) for row in rows)
    return render_svg(spec, label=label)


def perturbation_chart(table: PerturbationTable) -> Markup:
    """Draw which share of grades falls and rises by each change."""
    sides = (("moved_down", "grade falls", -1, HUMAN), ("moved_up", "grade rises", 1, MACHINE))
    rows = [
        {
            "row": number,
            "side": side,
            "share": sign * row.values[name].value,
            "tip": f"{row.description}: {side} in {row.values[name].value:.0%}",
        }
        for number, row in enumerate(table.rows)
        for name, side, sign, _ in sides
    ]
    names = [shorten(row.name.replace("_", " "), 30) for row in table.rows]
    spec = {
        "data": {"values": rows},
        "width": LABELLED_WIDTH,
        "height": {"step": 24},
        "encoding": {"y": labelled_rows(names)},
        "layer": [
            {
                "mark": {"type": "bar", "height": 14},
                "encoding": {
                    "x": {
                        "field": "share",
                        "type": "quantitative",
                        "title": "share of essays",
                        "axis": {"labelExpr": "format(abs(datum.value), '.0%')", "tickCount": 4},
                    },
                    "color": {
                        "field": "side",
                        "type": "nominal",
                        "scale": {
                            "domain": [side for _, side, _, _ in sides],
                            "range": [colour for *_, colour in sides],
                        },
                    },
                    **TIP,
                },
            },
            {
                "data": {"values": [{"zero": 0}]},
                "mark": {"type": "rule", "color": INK},
                "encoding": {"x": {"field": "zero", "type": "quantitative"}, "y": None},
            },
        ],
    }
    label = "Grades that fall and rise when texts are changed. " + listed(
        f"{name}: {row.values['moved_down'].value:.0%} fall, "
        f"{row.values['moved_up'].value:.0%} rise"
        for name, row in zip(names, table.rows, strict=True)
    )
    return render_svg(spec, label=label)
