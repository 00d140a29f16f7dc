"""The chart of ``features probe-layers``, as a file of its own."""

from markupsafe import Markup

from huleedu_ml_training.metrics.layer_report import LayerProbe
from huleedu_ml_training.reports.vega import CHART_WIDTH, HUMAN, INK, MACHINE, listed, render_svg

_COLOURS = Markup(
    "<style>:root{--page:#fff;--ink:#1d2329;--muted:#59636d;--line:#d9dcd6;--human:#b4531f;"
    "--machine:#1c6a86}svg{background:var(--page)}@media (prefers-color-scheme:dark){:root{"
    "--page:#14181c;--ink:#e8eaec;--muted:#a3adb6;--line:#39424a;--human:#f2a36e;"
    "--machine:#6bbfdd}}</style>"
)
"""What a report's style sheet says, since an SVG file has no page around it."""


def layer_chart(probe: LayerProbe) -> Markup:
    """Draw correlation by layer with its interval, the recommended layer marked.

    Returns:
        An SVG document.
    """
    rows = [
        {
            "layer": each.layer,
            "value": each.pearson.value,
            "low": each.pearson.low if each.pearson.has_interval else each.pearson.value,
            "high": each.pearson.high if each.pearson.has_interval else each.pearson.value,
        }
        for each in probe.layers
        if each.pearson.is_defined
    ]
    x = {
        "field": "layer",
        "type": "quantitative",
        "title": "layer",
        "axis": {"format": "d", "values": [row["layer"] for row in rows], "grid": False},
    }
    y = {
        "type": "quantitative",
        "title": "r of score and grade, unseen prompts",
        "scale": {"zero": False},
    }
    spec = {
        "data": {"values": rows},
        "width": CHART_WIDTH,
        "height": 240,
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "rule", "color": HUMAN, "strokeDash": [5, 4]},
                "encoding": {"x": {"datum": probe.recommended, "type": "quantitative"}},
            },
            {
                "mark": {"type": "area", "color": MACHINE, "opacity": 0.2},
                "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "color": MACHINE, "strokeWidth": 2},
                "encoding": {"y": {**y, "field": "value"}},
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 60,
                    "color": INK,
                    "opacity": 1,
                },
                "encoding": {"y": {**y, "field": "value"}},
            },
        ],
    }
    label = f"Layer {probe.recommended} is recommended. " + listed(
        f"layer {row['layer']}: r {row['value']:.3f}" for row in rows
    )
    return with_colours(render_svg(spec, label=label))


def with_colours(svg: Markup) -> Markup:
    """Return a chart with the colours that a report's style sheet would give it."""
    head, body = svg.split(">", 1)
    return Markup(head) + Markup(">") + _COLOURS + Markup(body)  # noqa: S704 - split, not made
