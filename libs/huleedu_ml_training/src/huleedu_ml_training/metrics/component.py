"""One source of the spread of a figure."""

from dataclasses import dataclass
from typing import Any

from huleedu_ml_training.metrics.values import finite_or_none


@dataclass(frozen=True, slots=True)
class Component:
    """One source of spread, as a standard deviation in units of the figure.

    Attributes:
        source: ``seed``, ``split``, ``rest`` or ``essays``.
        sd: Estimate; 0 where the mean squares show no such source.
        low: Lower bound of its interval.
        high: Upper bound of its interval.
        degrees: Degrees of freedom behind the estimate: how little there is to go by.
    """

    source: str
    sd: float
    low: float
    high: float
    degrees: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "source": self.source,
            "sd": finite_or_none(self.sd),
            "low": finite_or_none(self.low),
            "high": finite_or_none(self.high),
            "degrees_of_freedom": self.degrees,
        }
