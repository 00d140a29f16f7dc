"""Reliability diagrams: how often a thing is so, by how probable it was said to be."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from huleedu_ml_training.metrics.reliability import ReliabilityBin
from huleedu_ml_training.metrics.threshold_reliability import ThresholdReliability
from huleedu_ml_training.reports.context import CalibrationChange
from huleedu_ml_training.reports.vega import HUMAN, MACHINE, MUTED, TIP, listed, render_svg

_SMALL, _LARGE = 170, 250


def reliability_chart(bins: Sequence[ReliabilityBin]) -> Markup:
    """Draw how often the most probable grade is right, by how probable it was said to be."""
    rows = _rows(bins)
    label = "Reliability diagram; points on the diagonal are calibrated. " + _listed(rows)
    titles = ("probability of the most probable grade", "share of essays where it is right")
    return render_svg(_diagram([(rows, MACHINE)], titles, _LARGE), label=label)


def threshold_chart(threshold: ThresholdReliability) -> Markup:
    """Draw how often essays reach a grade, by how probable that was said to be."""
    rows = _rows(threshold.bins)
    label = f"Reliability of reaching {threshold.label}. {_listed(rows)}"
    return render_svg(_diagram([(rows, MACHINE)], None, _SMALL), label=label)


def calibration_chart(change: CalibrationChange) -> Markup:
    """Draw the reliability of the most probable grade before and after calibration."""
    sides = (("before", change.before, HUMAN), ("after", change.after, MACHINE))
    series = [(_rows(bins, side), colour) for side, bins, colour in sides]
    titles = ("probability of the most probable grade", "share of essays where it is right")
    spec = _diagram(series, titles, _LARGE)
    for layer, (side, _, _) in zip(spec["layer"][2::2], sides, strict=True):
        layer["encoding"]["color"] = {
            "datum": side,
            "type": "nominal",
            "scale": {"domain": ["before", "after"], "range": [HUMAN, MACHINE]},
        }
    label = "Reliability before and after calibration. " + " ".join(
        f"{side}: {_listed(rows)}" for (side, _, _), (rows, _) in zip(sides, series, strict=True)
    )
    return render_svg(spec, label=label)


def _rows(bins: Sequence[ReliabilityBin], side: str = "") -> list[dict[str, Any]]:
    return [
        {
            "stated": point.confidence,
            "hit": point.hit_rate,
            "low": point.low,
            "high": point.high,
            "essays": point.n,
            "tip": f"{side} said {point.confidence:.0%}, was so in {point.hit_rate:.0%} "
            f"[{point.low:.0%}, {point.high:.0%}] of {point.n} essays".strip(),
        }
        for point in bins
        if point.n > 0
    ]


def _diagram(
    series: Sequence[tuple[Sequence[Mapping[str, Any]], str]],
    titles: tuple[str, str] | None,
    size: int,
) -> dict[str, Any]:
    """Return a diagram: the diagonal, then interval and dots of each series."""
    title_x, title_y = titles or (None, None)
    share = {
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]},
    }
    x = {**share, "field": "stated", "title": title_x}
    y = {**share, "title": title_y}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{"a": 0, "b": 0}, {"a": 1, "b": 1}]},
            "mark": {"type": "line", "color": MUTED, "strokeDash": [5, 4], "strokeWidth": 1.5},
            "encoding": {"x": {**share, "field": "a"}, "y": {**share, "field": "b"}},
        }
    ]
    for rows, colour in series:
        rule = {
            "data": {"values": rows},
            "mark": {"type": "rule", "color": colour, "strokeWidth": 1.5},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        }
        dots = {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "color": colour, "opacity": 1},
            "encoding": {
                "x": x,
                "y": {**y, "field": "hit"},
                "size": {
                    "field": "essays",
                    "type": "quantitative",
                    "scale": {"range": [30, 200], "zero": True},
                    "legend": None,
                },
                **TIP,
            },
        }
        layers += [rule, dots]
    return {"width": size, "height": size, "layer": layers}


def _listed(rows: Sequence[Mapping[str, Any]]) -> str:
    return listed(
        f"said {row['stated']:.0%}, so in {row['hit']:.0%} of {row['essays']}" for row in rows
    )
