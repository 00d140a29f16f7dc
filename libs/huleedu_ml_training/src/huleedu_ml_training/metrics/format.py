"""Figures as people read them, and the rows of the tables that commands print."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from huleedu_ml_training.metrics.comparison_report import ComparisonReport
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.metrics.flags import Flag, Verdict
from huleedu_ml_training.metrics.values import MetricValue

HEADLINE_METRICS = ("qwk", "accuracy", "adjacent_agreement", "mae", "brier", "rps", "ece")
"""What a summary shows of the metrics."""

DASH = "–"
"""Stands for a missing figure."""

_FLAG_WORDS = {
    Verdict.CLEAR: "",
    Verdict.UNCERTAIN: "within the noise",
    Verdict.RAISED: "beyond doubt",
    Verdict.UNDEFINED: "undefined",
}


class MetricRow(NamedTuple):
    """A row of a table of metrics, as texts.

    Attributes:
        metric: The metric's title.
        value: Its value.
        interval: Its interval in brackets.
        remark: A raised flag, or why a figure is missing; else empty.
    """

    metric: str
    value: str
    interval: str
    remark: str


class ComparisonRow(NamedTuple):
    """A row of a table of comparisons, as texts.

    Attributes:
        metric: The metric's title.
        a: A's value.
        b: B's value.
        difference: B minus A, signed, with its interval.
        b_better: Probability that B is better, in per cent.
    """

    metric: str
    a: str
    b: str
    difference: str
    b_better: str


METRIC_COLUMNS = ("metric", "value", "interval", "remark")
"""Headings that fit :class:`MetricRow`."""

COMPARISON_COLUMNS = ("metric", "A", "B", "B - A", "B is better")
"""Headings that fit :class:`ComparisonRow`."""


def format_number(value: float, *, digits: int = 3, signed: bool = False) -> str:
    """Return a number with fixed decimals, a dash for NaN, and never a negative zero."""
    if math.isnan(value):
        return DASH
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if signed and rounded else ''}.{digits}f}"


def format_interval(value: MetricValue, *, digits: int = 3, signed: bool = False) -> str:
    """Return ``[0.691, 0.786]``, or an empty text where there is no interval."""
    if not value.has_interval:
        return ""
    low, high = (
        format_number(bound, digits=digits, signed=signed) for bound in (value.low, value.high)
    )
    return f"[{low}, {high}]"


def format_value(value: MetricValue, *, digits: int = 3, signed: bool = False) -> str:
    """Return ``0.742 [0.691, 0.786]``; a dash and the reason where it is undefined."""
    if not value.is_defined:
        return f"{DASH} ({value.reason})"
    number = format_number(value.value, digits=digits, signed=signed)
    return f"{number} {format_interval(value, digits=digits, signed=signed)}".rstrip()


def format_bound(flag: Flag) -> str:
    """Return the bound of a flag as ``at least 0.70`` or ``-0.15 to 0.15``."""
    if flag.minimum is not None and flag.maximum is not None:
        return f"{flag.minimum:.2f} to {flag.maximum:.2f}"
    if flag.minimum is not None:
        return f"at least {flag.minimum:.2f}"
    return f"at most {flag.maximum:.2f}"


def format_remark(flag: Flag) -> str:
    """Return what a raised flag says, as ``flag: at least 0.70 (beyond doubt)``; else empty."""
    if not flag.raised:
        return ""
    return f"flag: {format_bound(flag)} ({_FLAG_WORDS[flag.verdict]})"


def metric_rows(
    report: EvaluationReport, names: Iterable[str] = HEADLINE_METRICS
) -> list[MetricRow]:
    """Return a row per metric, for the columns of :data:`METRIC_COLUMNS`."""
    remarks = {flag.name: format_remark(flag) for flag in report.flags if flag.subject is None}
    rows = []
    for name in names:
        value = report.values[name]
        rows.append(
            MetricRow(
                metric=METRICS[name].title,
                value=format_number(value.value),
                interval=format_interval(value),
                remark=value.reason or remarks.get(name, ""),
            )
        )
    return rows


def comparison_rows(
    report: ComparisonReport, names: Iterable[str] = HEADLINE_METRICS
) -> list[ComparisonRow]:
    """Return a row per metric, for the columns of :data:`COMPARISON_COLUMNS`."""
    rows = []
    for name in names:
        metric = report.metrics[name]
        chance = metric.probability_b_better
        rows.append(
            ComparisonRow(
                metric=METRICS[name].title,
                a=format_number(metric.a.value),
                b=format_number(metric.b.value),
                difference=format_value(metric.difference, signed=True),
                b_better=DASH if math.isnan(chance) else f"{chance:.0%}",
            )
        )
    return rows
