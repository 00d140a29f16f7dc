"""The prompt on which the grader does worst, and how much of that is bad luck.

The least of many noisy figures is lower than the quality behind it. Beside it stands an empirical
Bayes estimate: prompts' true kappas are taken as normal around a common mean, each observed kappa
as normal around its true one. The variance between prompts is estimated by moments (DerSimonian &
Laird 1986), the mean by precision weights, the noise from each kappa's interval; an observed kappa
is then drawn towards the mean by the share of its variance that is noise (Morris 1983).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from huleedu_ml_training.metrics.slices import MIN_SLICE_ESSAYS
from huleedu_ml_training.metrics.subgroups import Subgroup
from huleedu_ml_training.metrics.values import MetricValue, finite_or_none, float_or_nan


@dataclass(frozen=True, slots=True)
class WorstPrompt:
    """The least kappa of all prompts that are large enough to judge.

    Attributes:
        key: The prompt's name; None where no prompt can be judged.
        n: Its essays; 0 where there is none.
        prompts: Number of prompts that were judged.
        mean: Mean of the prompts' true kappas; NaN with fewer than two prompts.
        spread: Standard deviation of the prompts' true kappas, 0 where noise accounts for all
            differences; NaN with fewer than two prompts.
        worst: The prompt's kappa, ``worst_prompt_qwk``.
        shrunken: Its empirical Bayes estimate, ``shrunken_qwk``.
    """

    key: str | None
    n: int
    prompts: int
    mean: float
    spread: float
    worst: MetricValue
    shrunken: MetricValue

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields; NaN becomes None."""
        return {
            "prompt": self.key,
            "n": self.n,
            "prompts": self.prompts,
            "mean": finite_or_none(self.mean),
            "spread": finite_or_none(self.spread),
            "worst_prompt_qwk": self.worst.to_dict(),
            "shrunken_qwk": self.shrunken.to_dict(),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "WorstPrompt":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            key=document["prompt"],
            n=int(document["n"]),
            prompts=int(document["prompts"]),
            mean=float_or_nan(document["mean"]),
            spread=float_or_nan(document["spread"]),
            worst=MetricValue.from_dict("worst_prompt_qwk", document["worst_prompt_qwk"]),
            shrunken=MetricValue.from_dict("shrunken_qwk", document["shrunken_qwk"]),
        )


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """What shrinking noisy estimates towards their mean found.

    Attributes:
        mean: Precision-weighted mean.
        between: Variance of the true values, at least 0.
        estimates: The shrunken estimates, in the order given.
        errors: Their standard errors, mean and variance taken as known.
    """

    mean: float
    between: float
    estimates: tuple[float, ...]
    errors: tuple[float, ...]


def shrink(values: Sequence[float], errors: Sequence[float]) -> Shrinkage:
    """Shrink independent estimates towards their mean.

    Args:
        values: At least two estimates.
        errors: Their standard errors, above 0.
    """
    value, noise = np.asarray(values), np.square(np.asarray(errors))
    weight = 1 / noise
    fixed = float(weight @ value / weight.sum())
    heterogeneity = float(weight @ (value - fixed) ** 2)
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    between = max((heterogeneity - (len(value) - 1)) / scale, 0.0)
    weight = 1 / (noise + between)
    mean = float(weight @ value / weight.sum())
    kept = between / (between + noise)
    return Shrinkage(
        mean=mean,
        between=between,
        estimates=tuple(float(each) for each in mean + kept * (value - mean)),
        errors=tuple(float(each) for each in np.sqrt(kept * noise)),
    )


def find_worst_prompt(groups: Sequence[Subgroup], confidence: float) -> WorstPrompt:
    """Return the worst of the prompts that have at least 30 essays and a kappa.

    Args:
        groups: One group per prompt; the group without a prompt is passed over.
        confidence: Coverage of the groups' intervals.
    """
    large = [each for each in groups if each.key is not None and each.n >= MIN_SLICE_ESSAYS]
    judged = [each for each in large if each.values["qwk"].is_defined]
    if not judged:
        reason = f"undefined: no prompt with at least {MIN_SLICE_ESSAYS} essays has a kappa"
        nothing = [MetricValue(name, np.nan, reason=reason) for name in _NAMES]
        return WorstPrompt(None, 0, 0, np.nan, np.nan, *nothing)
    worst = min(judged, key=lambda each: (each.values["qwk"].value, each.key or ""))
    figure = worst.values["qwk"]
    found = MetricValue(_NAMES[0], figure.value, figure.low, figure.high, figure.reason)
    usable = [each for each in judged if each.values["qwk"].has_interval]
    if len(usable) < 2 or worst not in usable:
        reason = "undefined: fewer than two prompts have a kappa with an interval"
        if len(usable) >= 2:
            reason = "undefined: the worst prompt's kappa has no interval"
        shrunken = MetricValue(_NAMES[1], np.nan, reason=reason)
        return WorstPrompt(worst.key, worst.n, len(judged), np.nan, np.nan, found, shrunken)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    figures = [each.values["qwk"] for each in usable]
    shrinkage = shrink(
        [each.value for each in figures], [(each.high - each.low) / (2 * z) for each in figures]
    )
    place = usable.index(worst)
    estimate, error = shrinkage.estimates[place], shrinkage.errors[place]
    # Prompts that differ by noise alone all have the mean, whose own error is another matter.
    bounds = (estimate - z * error, estimate + z * error) if error > 0 else (np.nan, np.nan)
    missing = None if error > 0 else "no interval: noise accounts for all differences of prompts"
    return WorstPrompt(
        key=worst.key,
        n=worst.n,
        prompts=len(judged),
        mean=shrinkage.mean,
        spread=float(np.sqrt(shrinkage.between)),
        worst=found,
        shrunken=MetricValue(_NAMES[1], estimate, *bounds, missing),
    )


_NAMES = ("worst_prompt_qwk", "shrunken_qwk")
