"""What raw ratings say: how well people agree, and how the machine stands beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.assessment_definitions import RATER_METRICS
from huleedu_ml_training.metrics.evaluation import resampling_of
from huleedu_ml_training.metrics.evaluation_report import Resampling
from huleedu_ml_training.metrics.flags import Flag, FlagRule
from huleedu_ml_training.metrics.raters import (
    DEGRADATION,
    HUMAN_HUMAN,
    HUMAN_MACHINE,
    RaterStatistics,
    check_ratings,
)
from huleedu_ml_training.metrics.subgroups import MIN_GROUP_ESSAYS
from huleedu_ml_training.metrics.uncertainty import (
    MIN_PROMPTS,
    Clusters,
    bootstrap,
    percentile_interval,
    point_values,
)
from huleedu_ml_training.metrics.values import MetricValue

RATER_RULES = (
    FlagRule("degradation_qwk", minimum=-0.10),
    FlagRule("degradation_pearson", minimum=-0.10),
    FlagRule("disattenuated_pearson", minimum=0.90),
)
"""RSMTool's bounds of figures that need two raters."""

_NO_RATINGS = "undefined: the grades of single raters are not known"
_NONE_TWICE = "undefined: no essay was graded by two raters"
_NO_PAIR = "undefined: in no pair of raters do both use more than one grade"
_NO_MACHINE = "undefined: the model does not vary, or no pair of raters does"
_NO_CORRELATION = "undefined: the raters' grades do not correlate"
_NO_TRUE_VARIANCE = "undefined: the raters' errors account for all variance of their grades"


@dataclass(frozen=True, slots=True)
class RaterReport:
    """Raters among themselves and beside the machine.

    Attributes:
        raters: Raters (columns) that graded any essay.
        ratings: Single grades in all.
        rated: Essays with at least one of them.
        double_rated: Essays with at least two.
        resampling: How the intervals were made; None where nothing is defined.
        values: Metric name → value, in the order of
            :data:`~huleedu_ml_training.metrics.assessment_definitions.RATER_METRICS`.
        flags: Every bound with its verdict; none with fewer than ten essays graded twice.
    """

    raters: int
    ratings: int
    rated: int
    double_rated: int
    resampling: Resampling | None
    values: Mapping[str, MetricValue]
    flags: tuple[Flag, ...]

    @property
    def is_small(self) -> bool:
        """Whether there are too few essays graded twice to judge by."""
        return self.double_rated < MIN_GROUP_ESSAYS

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "raters": self.raters,
            "ratings": self.ratings,
            "rated": self.rated,
            "double_rated": self.double_rated,
            "is_small": self.is_small,
            "resampling": None if self.resampling is None else self.resampling.to_dict(),
            "values": {name: value.to_dict() for name, value in self.values.items()},
            "flags": [flag.to_dict() for flag in self.flags],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "RaterReport":
        """Read fields written by :meth:`to_dict`."""
        resampling = document["resampling"]
        return cls(
            raters=int(document["raters"]),
            ratings=int(document["ratings"]),
            rated=int(document["rated"]),
            double_rated=int(document["double_rated"]),
            resampling=None if resampling is None else Resampling.from_dict(resampling),
            values={
                name: MetricValue.from_dict(name, value)
                for name, value in document["values"].items()
            },
            flags=tuple(map(Flag.from_dict, document["flags"])),
        )


def evaluate_raters(
    predictions: GradePredictions,
    ratings: NDArray[np.float64],
    prompts: Sequence[str | None],
    settings: EvaluationSettings,
) -> RaterReport:
    """Judge raters among themselves and the machine beside them.

    Args:
        predictions: Predictions of n essays on a scale of K grades.
        ratings: Grade indices of single raters, shape (n_essays, n_raters), NaN where a rater did
            not grade an essay; any number of raters, any part of the essays.
        prompts: n prompt names, None where an essay has none. Prompts are drawn where those of the
            essays graded twice suffice, else essays.
        settings: Resamples, confidence and seed of the intervals.

    Raises:
        InvalidRatingsError: A rating is not a grade of the scale.
    """
    check_ratings(ratings, len(predictions.scale))
    given = np.isfinite(ratings)
    count = given.sum(axis=1)
    twice = count >= 2
    counts = {
        "raters": int(given.any(axis=0).sum()),
        "ratings": int(count.sum()),
        "rated": int((count > 0).sum()),
        "double_rated": int(twice.sum()),
    }
    if not twice.any():
        reason = _NO_RATINGS if counts["ratings"] == 0 else _NONE_TWICE
        values = {name: MetricValue(name, np.nan, reason=reason) for name in RATER_METRICS}
        return RaterReport(**counts, resampling=None, values=values, flags=())
    kept = np.flatnonzero(count > 0)
    clusters = _clusters(prompts, kept, twice)
    statistics = RaterStatistics(_take(predictions, kept), ratings[kept], clusters)
    point = point_values(statistics, clusters)
    (resampled,) = bootstrap(
        [statistics], clusters, resamples=settings.resamples, seed=settings.seed
    )
    values = {}
    for name in RATER_METRICS:
        interval = percentile_interval(
            point[name], resampled[name], confidence=settings.confidence, clusters=clusters
        )
        missing = interval.reason if np.isfinite(point[name]) else _reason(name, point)
        values[name] = MetricValue(name, point[name], interval.low, interval.high, missing)
    is_judged = counts["double_rated"] >= MIN_GROUP_ESSAYS
    return RaterReport(
        **counts,
        resampling=resampling_of(clusters, settings),
        values=values,
        flags=tuple(rule.judge(values[rule.name]) for rule in RATER_RULES if is_judged),
    )


def _clusters(
    prompts: Sequence[str | None], kept: NDArray[np.int64], twice: NDArray[np.bool_]
) -> Clusters:
    """Draw prompts only where enough of them show how people agree."""
    named = {prompts[int(row)] for row in np.flatnonzero(twice)} - {None}
    own = [prompts[int(row)] for row in kept] if len(named) >= MIN_PROMPTS else None
    return Clusters.of_prompts(own, len(kept))


def _take(predictions: GradePredictions, rows: NDArray[np.int64]) -> GradePredictions:
    return GradePredictions(
        scale=predictions.scale,
        latent=predictions.latent[rows],
        probabilities=predictions.probabilities[rows],
        grades=predictions.grades[rows],
    )


def _reason(name: str, point: Mapping[str, float]) -> str:
    """Return why a figure is NaN although some essays were graded twice."""
    if name.startswith(HUMAN_HUMAN):
        return _NO_PAIR
    if name.startswith((HUMAN_MACHINE, DEGRADATION)):
        return _NO_MACHINE
    if name == "disattenuated_pearson":
        r = point[f"{HUMAN_HUMAN}_pearson"]
        return _NO_PAIR if np.isnan(r) else _NO_CORRELATION if r <= 0 else _NO_MACHINE
    return _NO_TRUE_VARIANCE
