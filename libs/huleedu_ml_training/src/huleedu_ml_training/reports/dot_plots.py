"""Dots on lines, one row each: the form of every chart of values with intervals."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.reports.text import shorten
from huleedu_ml_training.reports.vega import (
    INK,
    LABELLED_WIDTH,
    MACHINE,
    TIP,
    labelled_rows,
)


class Dot(NamedTuple):
    """A row of a chart.

    Attributes:
        label: What the value is of.
        value: The value.
        low: Lower bound of its interval; the value itself where there is none.
        high: Upper bound.
        colour: CSS colour.
    """

    label: str
    value: float
    low: float
    high: float
    colour: str = MACHINE

    @classmethod
    def of(cls, label: str, value: MetricValue, colour: str = MACHINE) -> "Dot":
        """Return a defined metric as a row."""
        if not value.has_interval:
            return cls(label, value.value, value.value, value.value, colour)
        return cls(label, value.value, value.low, value.high, colour)


def reference_line(value: float, tip: str) -> dict[str, Any]:
    """Return a layer with a dashed upright line."""
    return {
        "data": {"values": [{"at": value, "tip": f"{tip}: {value:.2f}"}]},
        "mark": {"type": "rule", "color": INK, "strokeDash": [5, 4]},
        "encoding": {"x": {"field": "at", "type": "quantitative"}, "y": None, **TIP},
    }


def dots_on_lines(
    dots: Sequence[Dot],
    layers: Sequence[dict[str, Any]] = (),
    *,
    step: int,
    domain: tuple[float, float],
    title: str | None = None,
) -> dict[str, Any]:
    """Return a specification of one dot on its interval per row, in the order given.

    Args:
        dots: The rows.
        layers: What else to draw, over the lines and under the dots.
        step: Height of a row in pixels.
        domain: Ends of the horizontal axis.
        title: Its title.
    """
    rows = [
        {
            **dot._asdict(),
            "row": row,
            "tip": f"{dot.label}: {dot.value:.3f} [{dot.low:.3f}, {dot.high:.3f}]",
        }
        for row, dot in enumerate(dots)
    ]
    x = {
        "type": "quantitative",
        "title": title,
        "scale": {"domain": domain, "nice": False},
        # Signs make labels longer.
        "axis": {"tickCount": 5 if domain[0] >= 0 else 3},
    }
    y = labelled_rows([shorten(dot.label, 40) for dot in dots])
    colour = {"field": "colour", "type": "nominal", "scale": None}
    line = {"type": "rule", "strokeWidth": 2}
    dot = {"type": "point", "filled": True, "size": 80, "opacity": 1}
    return {
        "data": {"values": rows},
        "width": LABELLED_WIDTH,
        "height": {"step": step},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": line,
                "encoding": {
                    "x": {**x, "field": "low"},
                    "x2": {"field": "high"},
                    "color": colour,
                },
            },
            *layers,
            {"mark": dot, "encoding": {"x": {**x, "field": "value"}, "color": colour, **TIP}},
        ],
    }
