"""A metric's value, as it is stored and shown everywhere."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

METRICS_VERSION = 1
"""Raised when the definition of any metric changes; values of different versions do not compare."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A figure, its interval, and the reason where one of them is missing.

    Attributes:
        name: Name of the metric, as in
            :data:`~huleedu_ml_training.metrics.definitions.METRICS`.
        value: The value on the essays as they are; NaN where undefined.
        low: Lower bound of the interval; NaN where there is none.
        high: Upper bound of the interval; NaN where there is none.
        reason: Why ``value``, or else the interval, is missing; None where nothing is missing.
    """

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    reason: str | None = None

    @property
    def is_defined(self) -> bool:
        """Whether there is a value."""
        return math.isfinite(self.value)

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields, without the name; NaN becomes None."""
        return {
            "value": finite_or_none(self.value),
            "low": finite_or_none(self.low),
            "high": finite_or_none(self.high),
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, name: str, document: Mapping[str, Any]) -> "MetricValue":
        """Read fields written by :meth:`to_dict`.

        Raises:
            KeyError: A field is missing.
            TypeError: A field is neither a number nor None.
        """
        return cls(
            name=name,
            value=float_or_nan(document["value"]),
            low=float_or_nan(document["low"]),
            high=float_or_nan(document["high"]),
            reason=document["reason"],
        )


def finite_or_none(value: float) -> float | None:
    """Return a float that JSON can hold: None for NaN and infinities."""
    return float(value) if math.isfinite(value) else None


def float_or_nan(value: float | None) -> float:
    """Undo :func:`finite_or_none`."""
    return math.nan if value is None else float(value)
