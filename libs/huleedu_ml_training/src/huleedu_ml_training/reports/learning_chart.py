"""The learning curve of a cross-validation, as a file of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.reports.layer_chart import with_colours
from huleedu_ml_training.reports.vega import CHART_WIDTH, INK, MACHINE, listed, render_svg

_TITLES = {"qwk": "QWK on held-out essays", "rps": "RPS on held-out essays (lower is better)"}


def learning_chart(points: Sequence[tuple[int, MetricValue, MetricValue]]) -> Markup:
    """Draw QWK and RPS, each with its interval, against the number of essays learnt from.

    Args:
        points: Number of essays, QWK and RPS, ascending.

    Returns:
        An SVG document.
    """
    rows = [
        {
            "essays": n_essays,
            "metric": value.name,
            "value": value.value,
            "low": value.low if value.has_interval else value.value,
            "high": value.high if value.has_interval else value.value,
        }
        for n_essays, *values in points
        for value in values
        if value.is_defined
    ]
    x = {
        "field": "essays",
        "type": "quantitative",
        "title": "essays learnt from",
        "scale": {"type": "log", "nice": False},
        "axis": {
            "format": "d",
            "grid": False,
            "values": [n_essays for n_essays, *_ in points],
            "labelOverlap": True,
        },
    }
    spec = {"vconcat": [_panel(rows, metric, x) for metric in _TITLES]}
    label = "Learning curve. " + listed(
        f"{n_essays} essays: QWK {qwk.value:.3f}, RPS {rps.value:.3f}"
        for n_essays, qwk, rps in points
    )
    return with_colours(render_svg(spec, label=label))


def _panel(rows: Sequence[Mapping[str, Any]], metric: str, x: Mapping[str, Any]) -> dict[str, Any]:
    y = {"type": "quantitative", "title": _TITLES[metric], "scale": {"zero": False}}
    point = {"type": "point", "filled": True, "size": 60, "color": INK, "opacity": 1}
    return {
        "data": {"values": [row for row in rows if row["metric"] == metric]},
        "width": CHART_WIDTH,
        "height": 200,
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "area", "color": MACHINE, "opacity": 0.2},
                "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "color": MACHINE, "strokeWidth": 2},
                "encoding": {"y": {**y, "field": "value"}},
            },
            {"mark": point, "encoding": {"y": {**y, "field": "value"}}},
        ],
    }
