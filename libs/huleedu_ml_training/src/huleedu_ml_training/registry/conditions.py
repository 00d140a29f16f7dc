"""Conditions on figures, as people type them: ``qwk>=0.6``, ``qwk.low>0.5``."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from huleedu_ml_training.domain.errors import UsageError
from huleedu_ml_training.metrics.definitions import METRICS

VALUES = "values"
"""Under this key the metrics of runs and versions hold metric → value, low, high."""

_FORM = re.compile(
    r"\s*(?P<metric>[a-z][a-z0-9_]{0,63})(?:\.(?P<part>value|low|high))?"
    r"\s*(?P<comparison>>=|<=|==|=|>|<)\s*"
    r"(?P<bound>[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,2})?)\s*",
    re.ASCII,
)
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


class InvalidConditionError(UsageError):
    """A text is no condition on a metric.

    Attributes:
        text: The text.
        problem: What is wrong with it.
        metrics: Names that were perhaps meant.
    """

    code = "invalid-condition"

    def __init__(self, *, text: str, problem: str, metrics: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.text = text
        self.problem = problem
        self.metrics = metrics

    @property
    def what(self) -> str:
        """Quote the text."""
        return f"the condition {self.text[:80]!a} cannot be understood: {self.problem}"

    @property
    def remedy(self) -> str:
        """Show the form."""
        names = f"; did you mean {' or '.join(self.metrics)}?" if self.metrics else ""
        return (
            "write METRIC>=NUMBER, with one of >= <= > < ==, as in --where 'qwk>=0.6', or "
            f"--where 'qwk.low>=0.5' for the lower bound of the interval{names}"
        )


@dataclass(frozen=True, slots=True)
class MetricCondition:
    """What a figure has to be.

    Attributes:
        metric: Its name.
        part: ``value``, or ``low`` or ``high`` for a bound of its interval.
        comparison: One of ``>=``, ``<=``, ``>``, ``<`` and ``==``.
        bound: What it is compared with.
    """

    metric: str
    part: str
    comparison: str
    bound: float

    def __str__(self) -> str:
        part = "" if self.part == "value" else f".{self.part}"
        return f"{self.metric}{part}{self.comparison}{self.bound:g}"

    def holds(self, metrics: Mapping[str, Any]) -> bool:
        """Return whether it holds; not of a figure that is missing or undefined."""
        values = metrics.get(VALUES)
        figure = values.get(self.metric) if isinstance(values, Mapping) else None
        number = figure.get(self.part) if isinstance(figure, Mapping) else None
        if isinstance(number, bool) or not isinstance(number, int | float):
            return False
        return _COMPARISONS[self.comparison](number, self.bound)


def parse_condition(text: str) -> MetricCondition:
    """Return the condition that a text means.

    Raises:
        InvalidConditionError: It is none, or its metric does not exist.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise InvalidConditionError(text=text, problem="it is no comparison of a metric")
    metric = found["metric"]
    if metric not in METRICS:
        near = tuple(get_close_matches(metric, METRICS, n=3))
        raise InvalidConditionError(text=text, problem=f"there is no metric {metric}", metrics=near)
    comparison = "==" if found["comparison"] == "=" else found["comparison"]
    return MetricCondition(metric, found["part"] or "value", comparison, float(found["bound"]))
