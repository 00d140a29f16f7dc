"""Flags: where a figure is out of the bounds that assessment practice sets for it.

The bounds are those of ETS's RSMTool, after Williamson, Xi & Breyer (2012). RSMTool looks at the
value alone; a flag here also says whether the interval leaves any doubt.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from huleedu_ml_training.metrics.values import MetricValue


class Verdict(StrEnum):
    """What value and interval together say of a bound.

    Attributes:
        CLEAR: The whole interval keeps the bound.
        UNCERTAIN: The interval lies on both sides of it, or there is no interval.
        RAISED: The whole interval breaks it.
        UNDEFINED: There is no value.
    """

    CLEAR = "clear"
    UNCERTAIN = "uncertain"
    RAISED = "raised"
    UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True)
class Flag:
    """A bound, and how a figure stands to it.

    Attributes:
        name: Which rule, e.g. ``qwk`` or ``grade_share``.
        subject: What the figure is about where a rule has many: a grade's label; else None.
        minimum: Least acceptable value; None where there is none.
        maximum: Greatest acceptable value; None where there is none.
        figure: The value with its interval.
        raised: Whether the value breaks the bound, as RSMTool would flag it, or is undefined.
        verdict: The same question put to the interval.
    """

    name: str
    subject: str | None
    minimum: float | None
    maximum: float | None
    figure: MetricValue
    raised: bool
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "name": self.name,
            "subject": self.subject,
            "threshold": {"min": self.minimum, "max": self.maximum},
            **self.figure.to_dict(),
            "raised": self.raised,
            "verdict": str(self.verdict),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Flag":
        """Read fields written by :meth:`to_dict`."""
        threshold = document["threshold"]
        return cls(
            name=document["name"],
            subject=document["subject"],
            minimum=threshold["min"],
            maximum=threshold["max"],
            figure=MetricValue.from_dict(document["name"], document),
            raised=bool(document["raised"]),
            verdict=Verdict(document["verdict"]),
        )


@dataclass(frozen=True, slots=True)
class FlagRule:
    """The bounds of one figure.

    Attributes:
        name: Name of the metric.
        minimum: Least acceptable value; None where there is none.
        maximum: Greatest acceptable value; None where there is none.
    """

    name: str
    minimum: float | None = None
    maximum: float | None = None

    def judge(self, figure: MetricValue, subject: str | None = None) -> Flag:
        """Hold a figure against the bounds; a value on a bound keeps it."""
        return Flag(
            name=self.name,
            subject=subject,
            minimum=self.minimum,
            maximum=self.maximum,
            figure=figure,
            raised=not self._keeps(figure.value),
            verdict=self._verdict(figure),
        )

    def _verdict(self, figure: MetricValue) -> Verdict:
        if not figure.is_defined:
            return Verdict.UNDEFINED
        if not figure.has_interval:
            return Verdict.UNCERTAIN
        if self._keeps(figure.low) and self._keeps(figure.high):
            return Verdict.CLEAR
        above = self.maximum is not None and figure.low > self.maximum
        below = self.minimum is not None and figure.high < self.minimum
        return Verdict.RAISED if above or below else Verdict.UNCERTAIN

    def _keeps(self, value: float) -> bool:
        lowest = -math.inf if self.minimum is None else self.minimum
        highest = math.inf if self.maximum is None else self.maximum
        return lowest <= value <= highest


RSMTOOL_RULES = (
    FlagRule("qwk", minimum=0.70),
    FlagRule("accuracy", minimum=0.50),
    FlagRule("adjacent_agreement", minimum=0.95),
    FlagRule("pearson", minimum=0.70),
    FlagRule("smd", minimum=-0.15, maximum=0.15),
)
"""Bounds of single figures."""

GRADE_SHARE_RULE = FlagRule("grade_share", minimum=-0.05, maximum=0.05)
"""Bound of the human minus the machine share of each grade."""


def raise_flags(
    values: Mapping[str, MetricValue],
    share_differences: Sequence[MetricValue],
    labels: Sequence[str],
) -> tuple[Flag, ...]:
    """Hold all figures against their bounds.

    Args:
        values: Metric name → value.
        share_differences: Human minus machine share of each of the K grades.
        labels: Labels of the K grades.

    Returns:
        One flag per rule and grade, raised or not.
    """
    single = [rule.judge(values[rule.name]) for rule in RSMTOOL_RULES]
    shares = [
        GRADE_SHARE_RULE.judge(figure, label)
        for figure, label in zip(share_differences, labels, strict=True)
    ]
    return (*single, *shares)
