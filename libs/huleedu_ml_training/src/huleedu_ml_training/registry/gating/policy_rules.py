"""The single demands of a promotion policy."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from huleedu_ml_training.metrics.definitions import METRICS, Better
from huleedu_ml_training.metrics.slices import MIN_SLICE_ESSAYS

Figure = Annotated[float, Field(ge=-1_000, le=1_000, allow_inf_nan=False)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]


def require_metrics(named: Mapping[str, object]) -> None:
    """Refuse names that are no metric."""
    unknown = sorted(set(named) - set(METRICS))
    if unknown:
        msg = f"metrics.{unknown[0]}: there is no such metric; known are {', '.join(METRICS)}"
        raise ValueError(msg)


class PolicyPart(BaseModel):
    """A part of a policy; frozen, strict about unknown keys, and never guessing at types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class IntervalRule(StrEnum):
    """Which part of an interval must keep a bound.

    Attributes:
        WHOLE: All of it: the figure is good, beyond reasonable doubt.
        ANY: Some of it: the figure is not bad beyond reasonable doubt.
    """

    WHOLE = "whole"
    ANY = "any"


class OnMissing(StrEnum):
    """What becomes of a comparison that cannot be made."""

    REFUSE = "refuse"
    WARN = "warn"


class MustBe(StrEnum):
    """What a paired difference must show.

    Attributes:
        NO_WORSE: The interval does not reach beyond the margin.
        BETTER: The interval lies on the good side of zero.
    """

    NO_WORSE = "no_worse"
    BETTER = "better"


Interval = Annotated[IntervalRule, Field(strict=False)]


class Bound(PolicyPart):
    """What the interval of a figure must keep."""

    at_least: Figure | None = None
    at_most: Figure | None = None
    within: Annotated[float, Field(gt=0, le=1_000)] | None = Field(
        None, description="Distance from zero, either way"
    )
    interval: Interval = IntervalRule.WHOLE

    @model_validator(mode="after")
    def _bounds_something(self) -> "Bound":
        given = [self.at_least is not None, self.at_most is not None, self.within is not None]
        if not any(given) or (given[2] and sum(given) > 1):
            msg = "give at_least, at_most, or both; or within alone"
            raise ValueError(msg)
        low, high = self.limits
        if low > high:
            msg = f"at_least {low:g} is above at_most {high:g}"
            raise ValueError(msg)
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """Least and greatest value that keep the bound."""
        if self.within is not None:
            return -self.within, self.within
        low = -float("inf") if self.at_least is None else self.at_least
        high = float("inf") if self.at_most is None else self.at_most
        return low, high


class HeldOutRule(PolicyPart):
    """How good the figures themselves must be."""

    min_essays: Annotated[int, Field(ge=1)] = 30
    min_confidence: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        0.9, description="Coverage of the intervals: narrow ones let luck through"
    )


class GroupBound(Bound):
    """What the difference of standardised means (DSM) of each group must keep."""

    columns: tuple[Title, ...] | None = Field(
        None, strict=False, description="Columns to look at; null for every judged one"
    )
    leave_out: tuple[Title, ...] = Field((), strict=False, description="Columns not to look at")
    min_essays: Annotated[int, Field(ge=1)] = 30


class PromptBound(Bound):
    """What the kappa of the worst prompt must keep."""

    min_essays: Annotated[int, Field(ge=MIN_SLICE_ESSAYS)] = MIN_SLICE_ESSAYS


class CardRule(PolicyPart):
    """What the papers of a version must say."""

    parts: tuple[Title, ...] = Field(
        (), strict=False, description="Headings of model_card.md below which something is recorded"
    )


class Difference(PolicyPart):
    """What the paired difference to the incumbent must show in one metric."""

    must_be: Annotated[MustBe, Field(strict=False)] = MustBe.NO_WORSE
    margin: Annotated[float, Field(ge=0, le=1_000)] = 0.0


class FrozenEssays(PolicyPart):
    """A file of graded essays on which both versions are run."""

    path: Annotated[str, StringConstraints(min_length=1)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ComparisonRule(PolicyPart):
    """How a version is held against the one whose place it takes."""

    metrics: Mapping[str, Difference]
    essays: Literal["held_out"] | FrozenEssays = "held_out"
    min_essays: Annotated[int, Field(ge=2)] = 30
    on_missing: Annotated[OnMissing, Field(strict=False)] = OnMissing.REFUSE
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    resamples: Annotated[int, Field(ge=100, le=100_000)] = 2000
    seed: int = 42

    @model_validator(mode="after")
    def _metrics_have_a_direction(self) -> "ComparisonRule":
        require_metrics(self.metrics)
        for name in self.metrics:
            if METRICS[name].better is Better.NEAR_ZERO:
                msg = f"metrics.{name}: it has no better and worse; compare qwk, mae or rps"
                raise ValueError(msg)
        if not self.metrics:
            msg = "metrics: name at least one, such as qwk"
            raise ValueError(msg)
        return self
