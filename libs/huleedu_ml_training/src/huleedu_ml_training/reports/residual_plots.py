"""Charts of residuals, expected minus human grade: by length and by prompt."""

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from huleedu_ml_training.reports.essay_figures import EssayFigures, ResidualGroup
from huleedu_ml_training.reports.text import shorten
from huleedu_ml_training.reports.vega import (
    INK,
    LABELLED_WIDTH,
    MACHINE,
    MUTED,
    PLOT_WIDTH,
    TIP,
    labelled_rows,
    listed,
    render_svg,
)

_ZERO = {
    "data": {"values": [{"zero": 0}]},
    "mark": {"type": "rule", "color": INK, "strokeDash": [5, 4]},
}


def length_chart(essays: EssayFigures) -> Markup:
    """Draw residuals against length: a sample of essays, and the mean of each band."""
    points = [
        {
            "words": point.words,
            "residual": round(point.residual, 3),
            "tip": f"{point.words} words, human {point.human}, machine {point.machine}, "
            f"residual {point.residual:+.2f}",
        }
        for point in essays.points
    ]
    means: list[dict[str, Any]] = [
        {
            "words": band.centre,
            "residual": band.mean,
            "low": band.low,
            "high": band.high,
            "tip": f"{band.key} words: {_described(band)}",
        }
        for band in essays.by_length
    ]
    x = {
        "field": "words",
        "type": "quantitative",
        "title": "words",
        "scale": {"zero": False},
        "axis": {"grid": False, "tickCount": 6},
    }
    y = {"field": "residual", "type": "quantitative", "title": "machine minus human, in levels"}
    spec = {
        "width": PLOT_WIDTH,
        "height": 220,
        "layer": [
            {
                "data": {"values": points},
                "mark": {"type": "circle", "size": 14, "color": MUTED, "opacity": 0.45},
                "encoding": {"x": x, "y": y, **TIP},
            },
            {**_ZERO, "encoding": {"y": {"field": "zero", "type": "quantitative"}}},
            {
                "data": {"values": [row for row in means if math.isfinite(row["low"])]},
                "mark": {"type": "rule", "color": MACHINE, "strokeWidth": 2.5},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": means},
                "mark": {"type": "line", "color": MACHINE, "strokeWidth": 2},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": means},
                "mark": {
                    "type": "point",
                    "filled": True,
                    "color": MACHINE,
                    "size": 70,
                    "opacity": 1,
                },
                "encoding": {"x": x, "y": y, **TIP},
            },
        ],
    }
    label = "Residuals by length. " + listed(
        f"{band.key} words: mean {band.mean:+.2f}" for band in essays.by_length
    )
    return render_svg(spec, label=label)


def prompt_residual_chart(groups: Sequence[ResidualGroup]) -> Markup:
    """Draw mean residuals per prompt with intervals, and the middle eight tenths of essays."""
    rows: list[dict[str, Any]] = [
        {
            "row": row,
            "mean": group.mean,
            "low": group.low if math.isfinite(group.low) else group.mean,
            "high": group.high if math.isfinite(group.high) else group.mean,
            "lowest": group.lowest,
            "highest": group.highest,
            "tip": f"{shorten(group.key or 'no prompt', 60)}: {_described(group)}",
        }
        for row, group in enumerate(groups)
    ]
    names = [f"{shorten(group.key or 'no prompt', 19)} ({group.n})" for group in groups]
    x = {"type": "quantitative", "title": "machine minus human, in levels"}
    spec = {
        "data": {"values": rows},
        "width": LABELLED_WIDTH,
        "height": {"step": 22},
        "encoding": {"y": labelled_rows(names)},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 1, "color": MUTED},
                "encoding": {"x": {**x, "field": "lowest"}, "x2": {"field": "highest"}},
            },
            {
                **_ZERO,
                "encoding": {"x": {"field": "zero", "type": "quantitative"}, "y": None},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 4, "color": MACHINE},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 70,
                    "color": MACHINE,
                    "opacity": 1,
                },
                "encoding": {"x": {**x, "field": "mean"}, **TIP},
            },
        ],
    }
    return render_svg(spec, label="Mean residual per prompt; see the table.")


def _described(group: ResidualGroup) -> str:
    return (
        f"{group.n} essays, mean residual {group.mean:+.2f} [{group.low:+.2f}, {group.high:+.2f}]"
    )
