"""Charts of values with intervals."""

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from huleedu_ml_training.metrics.coverage import SetReport
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.metrics.rater_report import RaterReport
from huleedu_ml_training.metrics.shortcuts import Shortcut
from huleedu_ml_training.reports.dot_plots import Dot, dots_on_lines, reference_line
from huleedu_ml_training.reports.vega import (
    HUMAN,
    INK,
    MACHINE,
    MUTED,
    TIP,
    listed,
    render_svg,
)

_BOUNDED_METRICS = ("qwk", "accuracy", "adjacent_agreement", "pearson")
_RATER_ROWS = (
    ("human_human_qwk", "two people", HUMAN),
    ("human_machine_qwk", "person and machine", MACHINE),
    ("attainable_qwk", "attainable", MUTED),
    ("attainable_qwk_two_raters", "attainable, two raters", MUTED),
    ("attainable_qwk_equated", "attainable, equated", MUTED),
)


def bounds_chart(report: EvaluationReport) -> Markup:
    """Draw the main figures with intervals beside the least values that practice accepts."""
    shown = [
        flag for flag in report.flags if flag.name in _BOUNDED_METRICS and flag.figure.is_defined
    ]
    dots = [Dot.of(METRICS[flag.name].title, flag.figure) for flag in shown]
    ticks = {
        "data": {
            "values": [
                {"row": row, "bound": flag.minimum, "tip": f"at least {flag.minimum:.2f}"}
                for row, flag in enumerate(shown)
            ]
        },
        "mark": {"type": "tick", "thickness": 2, "size": 22, "color": INK},
        "encoding": {"x": {"field": "bound", "type": "quantitative"}, **TIP},
    }
    label = "Main figures with intervals; a tick marks the least acceptable value. " + listed(
        f"{METRICS[flag.name].title} {flag.figure.value:.2f}, least {flag.minimum:.2f}"
        for flag in shown
    )
    return render_svg(dots_on_lines(dots, [ticks], step=34, domain=_from_zero(dots)), label=label)


def rater_chart(raters: RaterReport) -> Markup | None:
    """Draw kappa of people, of person and machine, and what is attainable; None without raters."""
    dots = [
        Dot.of(title, raters.values[name], colour)
        for name, title, colour in _RATER_ROWS
        if raters.values[name].is_defined
    ]
    if not dots:
        return None
    spec = dots_on_lines(dots, step=30, title="quadratic weighted kappa", domain=_from_zero(dots))
    label = "Kappa among people, of person and machine, and attainable. " + _listed(dots)
    return render_svg(spec, label=label)


def coverage_chart(sets: SetReport, target: float | None) -> Markup | None:
    """Draw how often ranges hold the human grade, for each human grade; None without any."""
    dots = [
        Dot(f"{each.label} ({each.n})", each.share, each.low, each.high)
        for each in sets.by_grade
        if each.n
    ]
    overall = sets.values["set_coverage"]
    if overall.is_defined:
        dots.append(Dot.of("all essays", overall, INK))
    if not dots:
        return None
    layers = [] if target is None else [reference_line(target, "promised")]
    spec = dots_on_lines(dots, layers, step=24, title="ranges that hold the grade", domain=(0, 1))
    spec["layer"][0]["encoding"]["x"]["axis"] = {"format": ".0%", "tickCount": 4}
    return render_svg(spec, label="Coverage of the ranges by human grade. " + _listed(dots))


def shortcut_chart(shortcuts: Sequence[Shortcut]) -> Markup | None:
    """Draw what is left of the correlation with the surface given the human grade."""
    dots = [
        Dot.of(each.name.replace("_", " "), each.values["partial_correlation"])
        for each in shortcuts
        if each.values["partial_correlation"].is_defined
    ]
    if not dots:
        return None
    spec = dots_on_lines(
        dots,
        [reference_line(0, "none")],
        step=28,
        title="correlation given the human grade",
        domain=_around_zero(dots),
    )
    return render_svg(spec, label="Correlation with the surface of texts. " + _listed(dots))


def prompt_chart(dots: Sequence[Dot], shrunken: Sequence[float], overall: float) -> Markup:
    """Draw kappa per prompt, with what is left of it when bad luck is allowed for.

    Args:
        dots: Prompts, in the order wanted.
        shrunken: Their shrunken values; NaN where there is none.
        overall: Kappa of all essays; NaN where undefined.
    """
    rows = [
        {"row": row, "shrunken": value, "tip": f"{dots[row].label}: shrunken {value:.2f}"}
        for row, value in enumerate(shrunken)
        if math.isfinite(value)
    ]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": rows},
            "mark": {
                "type": "point",
                "shape": "diamond",
                "filled": True,
                "size": 90,
                "color": HUMAN,
                "opacity": 1,
            },
            "encoding": {"x": {"field": "shrunken", "type": "quantitative"}, **TIP},
        }
    ]
    if math.isfinite(overall):
        layers.insert(0, reference_line(overall, "all essays"))
    spec = dots_on_lines(
        dots, layers, step=22, title="quadratic weighted kappa", domain=_from_zero(dots)
    )
    return render_svg(spec, label="Quadratic weighted kappa per prompt; see the table.")


def _from_zero(dots: Sequence[Dot]) -> tuple[float, float]:
    return min([0.0, *(dot.low for dot in dots)]), max([1.0, *(dot.high for dot in dots)])


def _around_zero(dots: Sequence[Dot]) -> tuple[float, float]:
    reach = max([0.3, *(abs(bound) for dot in dots for bound in (dot.low, dot.high))])
    return -reach, reach


def _listed(dots: Sequence[Dot]) -> str:
    return listed(f"{dot.label} {dot.value:.2f}" for dot in dots)
