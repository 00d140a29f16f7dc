"""Figures as they stand in the documents of a registered version, whatever is in them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from huleedu_ml_training.metrics.uncertainty import NO_SPREAD
from huleedu_ml_training.metrics.values import MetricValue, float_or_nan


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping as it is, and nothing in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def finite(value: Any) -> float | None:
    """Return a finite number as it is; None for anything else, booleans included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def figure(name: str, document: Any) -> MetricValue:
    """Return a stored figure; what is missing or no number is undefined.

    Where every resample gives the same value, that value is both bounds.
    """
    found = mapping(document)
    value, low, high = (finite(found.get(key)) for key in ("value", "low", "high"))
    reason = found.get("reason")
    if reason == NO_SPREAD and value is not None:
        low = high = value
    return MetricValue(
        name,
        float_or_nan(value),
        float_or_nan(low),
        float_or_nan(high),
        reason if isinstance(reason, str) else None,
    )


def shown(value: MetricValue, *, signed: bool = False) -> str:
    """Return a figure as ``0.712 [0.640, 0.770]``, or that it is unknown and why."""
    if not (value.is_defined and value.has_interval):
        return f"unknown ({value.reason})" if value.reason else "unknown"
    numbers = (value.value, value.low, value.high)
    point, low, high = (f"{x:+.3f}" if signed else f"{x:.3f}" for x in numbers)
    return f"{point} [{low}, {high}]"


def items(value: Any) -> Sequence[Mapping[str, Any]] | None:
    """Return the mappings of a list; None where there is no list."""
    if not isinstance(value, list | tuple):
        return None
    return [each for each in value if isinstance(each, Mapping)]
