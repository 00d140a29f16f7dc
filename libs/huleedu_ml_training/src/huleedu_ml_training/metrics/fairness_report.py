"""What the fairness regressions found, as values and as parts of a JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from huleedu_ml_training.metrics.subgroups import MIN_GROUP_ESSAYS
from huleedu_ml_training.metrics.values import finite_or_none, float_or_nan

_NUMBERS = ("estimate", "error", "p_value", "low", "high")


@dataclass(frozen=True, slots=True)
class GroupCoefficient:
    """One group in one regression.

    Attributes:
        group: The group's key.
        n: Its essays.
        estimate: The base group's mean in the first coefficient (at the most frequent human grade,
            where grades are in the model); in the others the difference from it. In levels, or
            squared levels where errors are squared.
        error: Standard error; NaN, like all that follows, where the model explains everything.
        p_value: Two-sided p-value of the estimate being zero, by Student's t.
        low: Lower bound of the interval.
        high: Upper bound.
    """

    group: str
    n: int
    estimate: float
    error: float
    p_value: float
    low: float
    high: float

    @property
    def is_small(self) -> bool:
        """Whether the group has too few essays to judge by."""
        return self.n < MIN_GROUP_ESSAYS

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields; NaN becomes None."""
        numbers = {name: finite_or_none(getattr(self, name)) for name in _NUMBERS}
        return {"group": self.group, "n": self.n, "is_small": self.is_small, **numbers}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "GroupCoefficient":
        """Read fields written by :meth:`to_dict`."""
        numbers = {name: float_or_nan(document[name]) for name in _NUMBERS}
        return cls(group=document["group"], n=int(document["n"]), **numbers)


@dataclass(frozen=True, slots=True)
class FairnessRegression:
    """One of the three regressions.

    Attributes:
        name: ``overall_score_accuracy``, ``overall_score_difference`` or
            ``conditional_score_difference``.
        adjusted_r_squared: Share of the variance of errors that the group adds, corrected for
            degrees of freedom: RSMTool's "R2". NaN where undefined; may be below zero.
        r_squared: The same without the correction.
        p_value: Of the F test that the group adds nothing; NaN where undefined.
        coefficients: One per group, base group first; empty where undefined.
        reason: Why all figures, or else the p-values, are missing; None where nothing is.
    """

    name: str
    adjusted_r_squared: float
    r_squared: float
    p_value: float
    coefficients: tuple[GroupCoefficient, ...]
    reason: str | None

    @classmethod
    def undefined(cls, name: str, reason: str) -> "FairnessRegression":
        """Return a regression without figures."""
        return cls(name, np.nan, np.nan, np.nan, (), reason)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields; NaN becomes None."""
        return {
            "name": self.name,
            "adjusted_r_squared": finite_or_none(self.adjusted_r_squared),
            "r_squared": finite_or_none(self.r_squared),
            "p_value": finite_or_none(self.p_value),
            "coefficients": [each.to_dict() for each in self.coefficients],
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "FairnessRegression":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            name=document["name"],
            adjusted_r_squared=float_or_nan(document["adjusted_r_squared"]),
            r_squared=float_or_nan(document["r_squared"]),
            p_value=float_or_nan(document["p_value"]),
            coefficients=tuple(map(GroupCoefficient.from_dict, document["coefficients"])),
            reason=document["reason"],
        )


@dataclass(frozen=True, slots=True)
class FairnessReport:
    """The regressions on one column.

    Attributes:
        column: What the groups are, e.g. ``language``.
        n: Essays whose group is known.
        base: The largest group; None where no group is known.
        regressions: The three, in a fixed order.
    """

    column: str
    n: int
    base: str | None
    regressions: tuple[FairnessRegression, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "column": self.column,
            "n": self.n,
            "base": self.base,
            "regressions": [each.to_dict() for each in self.regressions],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "FairnessReport":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            column=document["column"],
            n=int(document["n"]),
            base=document["base"],
            regressions=tuple(map(FairnessRegression.from_dict, document["regressions"])),
        )
