"""Does the grader follow what is on the surface of a text more than teachers do?

Length and mistakes go with quality, so that both people and machine correlate with them. The
question is what is left when essays of one human grade are compared: a machine that then still
prefers long essays has learnt a shortcut.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.cluster_sums import sum_by_cluster
from huleedu_ml_training.metrics.correlation import pearson_from_sums
from huleedu_ml_training.metrics.intervals import value_of
from huleedu_ml_training.metrics.uncertainty import Clusters, Resampled, bootstrap, point_values
from huleedu_ml_training.metrics.values import MetricValue

SHORTCUT_METRICS = ("human_correlation", "machine_correlation", "partial_correlation")
"""What is computed for each surface property."""

_LEAST_UNEXPLAINED = 1e-9
"""Where the human grade explains all but this share of a variance, nothing is left to correlate."""

_NO_VALUES = "undefined: fewer than two essays have a value"
_CONSTANT = "undefined: all essays have the same value"
_NO_GRADES = "undefined: all essays have the same human grade"
_NO_SCORES = "undefined: the model gives every essay the same score"
_NOTHING_LEFT = "undefined: the human grade explains everything"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One surface property beside human grades and machine scores.

    Attributes:
        name: The property: ``words``, or the name of a feature.
        n: Essays for which it is defined.
        values: Metric name → value, for :data:`SHORTCUT_METRICS`.
    """

    name: str
    n: int
    values: Mapping[str, MetricValue]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "name": self.name,
            "n": self.n,
            **{name: value.to_dict() for name, value in self.values.items()},
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Shortcut":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            name=document["name"],
            n=int(document["n"]),
            values={name: MetricValue.from_dict(name, document[name]) for name in SHORTCUT_METRICS},
        )


def evaluate_shortcuts(
    predictions: GradePredictions,
    y: NDArray[np.int64],
    surface: Mapping[str, NDArray[np.float64]],
    clusters: Clusters,
    settings: EvaluationSettings,
) -> tuple[Shortcut, ...]:
    """Correlate human grades and expected grades with properties of the texts.

    Args:
        predictions: Predictions of n essays on a scale of K grades.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        surface: Name → values, shape (n_essays,); an essay whose value is not finite is left out
            of that property's figures.
        clusters: Which essays are drawn together.
        settings: Resamples, confidence and seed of the intervals.
    """
    return tuple(
        _judge(name, predictions.expected, y.astype(np.float64), values, clusters, settings)
        for name, values in surface.items()
    )


def _judge(
    name: str,
    score: NDArray[np.float64],
    y: NDArray[np.float64],
    values: NDArray[np.float64],
    clusters: Clusters,
    settings: EvaluationSettings,
) -> Shortcut:
    known = np.isfinite(values)
    n = int(known.sum())
    sums = sum_by_cluster(_terms(score, y, values, known), clusters)

    def correlations(weights: NDArray[np.float64]) -> Resampled:
        # A resample may have no essay for which the property is known: 0 / 0, undefined.
        with np.errstate(divide="ignore", invalid="ignore"):
            return _correlations(weights @ sums)

    point = point_values(correlations, clusters)
    (resampled,) = bootstrap(
        [correlations], clusters, resamples=settings.resamples, seed=settings.seed
    )
    found = {
        metric: value_of(
            metric,
            point[metric],
            resampled[metric],
            clusters=clusters,
            confidence=settings.confidence,
            undefined=_reason(metric, score[known], y[known], values[known]),
        )
        for metric in SHORTCUT_METRICS
    }
    return Shortcut(name, n, found)


def _terms(
    score: NDArray[np.float64],
    y: NDArray[np.float64],
    values: NDArray[np.float64],
    known: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """What is summed over essays, shape (n_essays, 10), zero where the property is unknown."""
    x, g, z = (_standardised(column, known) for column in (score, y, values))
    return np.column_stack([known, x, g, z, x * x, g * g, z * z, x * g, x * z, g * z]).astype(
        np.float64
    )


def _standardised(column: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Centre and scale the known values, so that sums of squares are exact enough."""
    own = column[known]
    centred = np.zeros(len(column))
    if len(own):
        spread = float(own.std())
        centred[known] = (own - own.mean()) / (spread if spread > 0 else 1.0)
    return centred


def _correlations(sums: NDArray[np.float64]) -> Resampled:
    n, x, g, z, xx, gg, zz, xg, xz, gz = sums.T
    human = pearson_from_sums(n=n, x=g, xx=gg, y=z, yy=zz, xy=gz)
    machine = pearson_from_sums(n=n, x=x, xx=xx, y=z, yy=zz, xy=xz)
    agreement = pearson_from_sums(n=n, x=x, xx=xx, y=g, yy=gg, xy=xg)
    left = (1 - agreement**2) * (1 - human**2)
    enough = left > _LEAST_UNEXPLAINED
    partial = (machine - agreement * human) / np.sqrt(np.where(enough, left, np.nan))
    return {
        "human_correlation": human,
        "machine_correlation": machine,
        "partial_correlation": np.clip(partial, -1.0, 1.0),
    }


def _reason(
    metric: str,
    score: NDArray[np.float64],
    y: NDArray[np.float64],
    values: NDArray[np.float64],
) -> str:
    if len(values) < 2:
        return _NO_VALUES
    if np.ptp(values) == 0:
        return _CONSTANT
    if metric != "machine_correlation" and np.ptp(y) == 0:
        return _NO_GRADES
    if metric != "human_correlation" and np.ptp(score) == 0:
        return _NO_SCORES
    return _NOTHING_LEFT
