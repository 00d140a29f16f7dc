"""Is a new grader no worse than the old one, by more than a margin that one is ready to lose?

The verdict is decided on the bound of the interval of the paired difference, never on the
difference itself: two graders that are equally good differ by chance alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from huleedu_ml_training.metrics.values import MetricValue


class NonInferiority(StrEnum):
    """What the interval of B minus A says of a margin.

    Attributes:
        BETTER: The whole interval lies above zero.
        NO_WORSE: It lies above minus the margin.
        WORSE: It lies below minus the margin.
        UNDECIDED: It lies on both sides of minus the margin: more essays are needed.
        UNDEFINED: There is no interval.
    """

    BETTER = "better"
    NO_WORSE = "no_worse"
    WORSE = "worse"
    UNDECIDED = "undecided"
    UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True)
class NonInferiorityVerdict:
    """A verdict on quadratic weighted kappa, with what it was decided on.

    Attributes:
        margin: Kappa that B may lose and still count as no worse.
        difference: B minus A.
        verdict: What follows.
    """

    margin: float
    difference: MetricValue
    verdict: NonInferiority

    @property
    def is_no_worse(self) -> bool:
        """Whether B may take A's place."""
        return self.verdict in (NonInferiority.BETTER, NonInferiority.NO_WORSE)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "metric": self.difference.name,
            "margin": self.margin,
            "difference": self.difference.to_dict(),
            "verdict": str(self.verdict),
            "is_no_worse": self.is_no_worse,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "NonInferiorityVerdict":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            margin=float(document["margin"]),
            difference=MetricValue.from_dict(document["metric"], document["difference"]),
            verdict=NonInferiority(document["verdict"]),
        )


def judge_noninferiority(difference: MetricValue, margin: float) -> NonInferiorityVerdict:
    """Hold the interval of a difference against a margin.

    Both bounds of a two-sided interval are looked at, so that "no worse" is a one-sided test at
    half the error: 2.5 % for an interval of 95 %.

    Args:
        difference: B minus A of a metric that is better when higher.
        margin: What B may lose, at least 0.
    """
    if not difference.is_defined:
        verdict = NonInferiority.UNDEFINED
    elif not difference.has_interval:
        # The same graders: every resample gives the same difference.
        same = difference.value == 0
        verdict = NonInferiority.NO_WORSE if same else NonInferiority.UNDEFINED
    elif difference.low > 0:
        verdict = NonInferiority.BETTER
    elif difference.low >= -margin:
        verdict = NonInferiority.NO_WORSE
    elif difference.high < -margin:
        verdict = NonInferiority.WORSE
    else:
        verdict = NonInferiority.UNDECIDED
    return NonInferiorityVerdict(margin, difference, verdict)
