"""Charts of distributions and of what features do, each a function from figures to SVG."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from huleedu_ml_training.metrics.evaluation import STEPS_PER_LEVEL
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.reports.essay_figures import EssayFigures
from huleedu_ml_training.reports.vega import (
    HUMAN,
    INK,
    LABELLED_WIDTH,
    MACHINE,
    PAGE,
    PLOT_WIDTH,
    TIP,
    axis_labels,
    labelled_rows,
    listed,
    render_svg,
)


def grade_distribution_chart(report: EvaluationReport) -> Markup:
    """Draw how often people and machine give each grade."""
    labels = report.scale.labels
    sides = (("people", report.human_counts), ("machine", report.machine_counts))
    rows = [
        {
            "grade": label,
            "by": side,
            "share": count / report.n,
            "tip": f"{label}: {count / report.n:.1%} by {side} ({count} essays)",
        }
        for side, counts in sides
        for label, count in zip(labels, counts, strict=True)
    ]
    spec = {
        "data": {"values": rows},
        "width": PLOT_WIDTH,
        "height": 170,
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "field": "grade",
                "type": "nominal",
                "sort": list(labels),
                "title": None,
                "axis": {"labelAngle": 0, "ticks": False},
            },
            "xOffset": {"field": "by", "sort": ["people", "machine"]},
            "y": {
                "field": "share",
                "type": "quantitative",
                "title": "share of essays",
                "axis": {"format": ".0%", "tickCount": 5},
            },
            "color": {
                "field": "by",
                "type": "nominal",
                "scale": {"domain": ["people", "machine"], "range": [HUMAN, MACHINE]},
            },
            **TIP,
        },
    }
    return render_svg(
        spec, label="Share of essays per grade, given by people and by the machine; see the table."
    )


def score_chart(report: EvaluationReport) -> Markup:
    """Draw the distribution of expected grades before the decision."""
    rows = [
        {**_step(step), "essays": n, "tip": f"{n} essays"}
        for step, n in enumerate(report.score_counts)
        if n
    ]
    spec = {
        "data": {"values": rows},
        "width": PLOT_WIDTH,
        "height": 130,
        "mark": {"type": "rect", "color": MACHINE, "stroke": PAGE, "strokeWidth": 0.5},
        "encoding": {
            **_expected_grade(report.scale.labels),
            "y": {"field": "essays", "type": "quantitative", "axis": {"tickCount": 4}},
            "y2": {"datum": 0},
            **TIP,
        },
    }
    return render_svg(
        spec, label="Number of essays by expected grade, in steps of a quarter level."
    )


def scores_by_grade_chart(labels: Sequence[str], essays: EssayFigures) -> Markup:
    """Draw the distribution of expected grades within each human grade."""
    rows: list[dict[str, Any]] = [
        {
            **_step(step),
            "row": grade,
            "share": count / max(sum(counts), 1),
            "tip": f"human grade {labels[grade]}, expected {step / STEPS_PER_LEVEL:.2f}: "
            f"{count} of {sum(counts)} essays",
        }
        for grade, counts in enumerate(essays.score_counts)
        for step, count in enumerate(counts)
        if count
    ]
    own = [{"row": grade, "at": grade} for grade in range(len(labels))]
    y = {
        "field": "row",
        "type": "ordinal",
        "sort": "descending",
        "title": "human grade",
        "scale": {"domain": list(range(len(labels)))},
        "axis": {"labelExpr": axis_labels(labels), "ticks": False},
    }
    spec = {
        "width": PLOT_WIDTH,
        "height": {"step": 24},
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "rect", "color": MACHINE},
                "encoding": {
                    **_expected_grade(labels),
                    "y": y,
                    "opacity": {
                        "field": "share",
                        "type": "quantitative",
                        "scale": {
                            "domain": [0, max(row["share"] for row in rows)],
                            "range": [0.1, 1],
                        },
                        "legend": None,
                    },
                    **TIP,
                },
            },
            {
                "data": {"values": own},
                "mark": {"type": "tick", "color": INK, "thickness": 2, "size": 22},
                "encoding": {"x": {"field": "at", "type": "quantitative"}, "y": y},
            },
        ],
    }
    label = "Expected grades of the machine within each human grade; see the table."
    return render_svg(spec, label=label)


def share_bars(rows: Sequence[tuple[str, float]], *, title: str, label: str) -> Markup:
    """Draw shares as bars beside their names, in the order given.

    Args:
        rows: Names and shares, 0…1.
        title: Title of the axis.
        label: What the chart shows; the figures are added.
    """
    values = [
        {"row": number, "share": share, "tip": f"{name}: {share:.1%}"}
        for number, (name, share) in enumerate(rows)
    ]
    spec = {
        "data": {"values": values},
        "width": LABELLED_WIDTH,
        "height": {"step": 22},
        "mark": {"type": "bar", "color": MACHINE, "height": 14},
        "encoding": {
            "y": labelled_rows([name for name, _ in rows]),
            "x": {
                "field": "share",
                "type": "quantitative",
                "title": title,
                "axis": {"format": ".0%", "tickCount": 4},
            },
            **TIP,
        },
    }
    text = f"{label} " + listed(f"{name} {share:.1%}" for name, share in rows)
    return render_svg(spec, label=text)


def _step(step: int) -> dict[str, float]:
    """Return the edges of a quarter of a level."""
    return {"from": (step - 0.5) / STEPS_PER_LEVEL, "to": (step + 0.5) / STEPS_PER_LEVEL}


def _expected_grade(labels: Sequence[str]) -> dict[str, Any]:
    return {
        "x": {
            "field": "from",
            "type": "quantitative",
            "title": "the machine's expected grade",
            "scale": {"domain": [-0.5, len(labels) - 0.5], "nice": False},
            "axis": {
                "values": list(range(len(labels))),
                "labelExpr": axis_labels(labels),
                "grid": False,
            },
        },
        "x2": {"field": "to"},
    }
