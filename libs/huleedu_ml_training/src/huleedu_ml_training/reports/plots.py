"""Charts of distributions, calibration and features, each a function from figures to SVG."""

from collections.abc import Sequence

from markupsafe import Markup

from huleedu_ml_training.metrics.evaluation import STEPS_PER_LEVEL
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.reports.vega import (
    CHART_WIDTH,
    HUMAN,
    LABELLED_WIDTH,
    MACHINE,
    MUTED,
    PAGE,
    axis_labels,
    listed,
    render_svg,
)


def grade_distribution_chart(report: EvaluationReport) -> Markup:
    """Draw how often people and machine give each grade."""
    labels = report.scale.labels
    sides = (("people", report.human_counts), ("machine", report.machine_counts))
    rows = [
        {"grade": label, "by": side, "share": count / report.n}
        for side, counts in sides
        for label, count in zip(labels, counts, strict=True)
    ]
    spec = {
        "data": {"values": rows},
        "width": CHART_WIDTH,
        "height": 200,
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
        },
    }
    return render_svg(
        spec, label="Share of essays per grade, given by people and by the machine; see the table."
    )


def score_chart(report: EvaluationReport) -> Markup:
    """Draw the distribution of expected grades before the decision."""
    labels = report.scale.labels
    rows = [
        {"from": (step - 0.5) / STEPS_PER_LEVEL, "to": (step + 0.5) / STEPS_PER_LEVEL, "essays": n}
        for step, n in enumerate(report.score_counts)
    ]
    spec = {
        "data": {"values": rows},
        "width": CHART_WIDTH,
        "height": 160,
        "mark": {"type": "rect", "color": MACHINE, "stroke": PAGE, "strokeWidth": 0.5},
        "encoding": {
            "x": {
                "field": "from",
                "type": "quantitative",
                "title": "expected grade",
                "scale": {"domain": [-0.5, len(labels) - 0.5], "nice": False},
                "axis": {
                    "values": list(range(len(labels))),
                    "labelExpr": axis_labels(labels),
                    "grid": False,
                },
            },
            "x2": {"field": "to"},
            "y": {"field": "essays", "type": "quantitative", "axis": {"tickCount": 4}},
            "y2": {"datum": 0},
        },
    }
    return render_svg(
        spec, label="Number of essays by expected grade, in steps of a quarter level."
    )


def reliability_chart(report: EvaluationReport) -> Markup:
    """Draw how often the most probable grade is right, by how probable it was said to be."""
    rows = [
        {
            "confidence": point.confidence,
            "hit": point.hit_rate,
            "low": point.low,
            "high": point.high,
            "essays": point.n,
        }
        for point in report.reliability
        if point.n > 0
    ]
    share = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": ".0%"}}
    x = {**share, "field": "confidence", "title": "probability of the most probable grade"}
    y = {**share, "title": "share of essays where it is right"}
    spec = {
        "width": 320,
        "height": 320,
        "layer": [
            {
                "data": {"values": [{"a": 0, "b": 0}, {"a": 1, "b": 1}]},
                "mark": {"type": "line", "color": MUTED, "strokeDash": [5, 4], "strokeWidth": 1.5},
                "encoding": {"x": {**share, "field": "a"}, "y": {**share, "field": "b"}},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "rule", "color": MACHINE, "strokeWidth": 2},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "color": MACHINE, "opacity": 1},
                "encoding": {
                    "x": x,
                    "y": {**y, "field": "hit"},
                    "size": {
                        "field": "essays",
                        "type": "quantitative",
                        "scale": {"range": [30, 260], "zero": True},
                        "legend": None,
                    },
                },
            },
        ],
    }
    label = "Reliability diagram; points on the diagonal are calibrated. " + listed(
        f"said {row['confidence']:.0%}, right {row['hit']:.0%} of {row['essays']}" for row in rows
    )
    return render_svg(spec, label=label)


def importance_chart(features: Sequence[tuple[str, float]]) -> Markup:
    """Draw the share of the gain that each feature brings.

    Args:
        features: Names and shares, greatest first.
    """
    spec = {
        "data": {"values": [{"feature": name, "share": share} for name, share in features]},
        "width": LABELLED_WIDTH,
        "height": {"step": 20},
        "mark": {"type": "bar", "color": MACHINE},
        "encoding": {
            "y": {
                "field": "feature",
                "type": "nominal",
                "sort": None,
                "title": None,
                "axis": {"labelLimit": 210, "ticks": False},
            },
            "x": {
                "field": "share",
                "type": "quantitative",
                "title": "share of the total gain",
                "axis": {"format": ".0%", "tickCount": 5},
            },
        },
    }
    label = "Most important features. " + listed(f"{name} {share:.1%}" for name, share in features)
    return render_svg(spec, label=label)
