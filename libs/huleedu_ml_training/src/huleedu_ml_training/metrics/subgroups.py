"""How the grader treats groups of essays: a prompt, a language, the short ones, the weak ones."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.agreement import agreement_values, confusion_matrix
from huleedu_ml_training.metrics.intervals import undefined_reason
from huleedu_ml_training.metrics.moments import Moments
from huleedu_ml_training.metrics.uncertainty import (
    MIN_PROMPTS,
    Clusters,
    Resampled,
    percentile_interval,
    resample_weights,
)
from huleedu_ml_training.metrics.values import MetricValue

MIN_GROUP_ESSAYS = 10
"""Smaller groups are shown but not judged."""

GROUP_METRICS = ("qwk", "accuracy", "adjacent_agreement", "mae", "bias", "smd", "dsm")
"""What is computed for each group."""

_AGREEMENT = GROUP_METRICS[:-1]


@dataclass(frozen=True, slots=True)
class Subgroup:
    """Metrics of one group of essays.

    Attributes:
        key: What the essays have in common; None for essays of which it is not known.
        n: Number of essays.
        drawn_by: What was drawn for the intervals: ``prompt`` or ``essay``.
        values: Metric name → value, for :data:`GROUP_METRICS`.
    """

    key: str | None
    n: int
    drawn_by: str
    values: Mapping[str, MetricValue]

    @property
    def is_small(self) -> bool:
        """Whether there are too few essays to judge by."""
        return self.n < MIN_GROUP_ESSAYS

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "key": self.key,
            "n": self.n,
            "is_small": self.is_small,
            "drawn_by": self.drawn_by,
            **{name: value.to_dict() for name, value in self.values.items()},
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Subgroup":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            key=document["key"],
            n=int(document["n"]),
            drawn_by=document["drawn_by"],
            values={name: MetricValue.from_dict(name, document[name]) for name in GROUP_METRICS},
        )


class _Sample(NamedTuple):
    """All essays, of which the groups are parts."""

    n_grades: int
    middle: float
    human: NDArray[np.int64]
    machine: NDArray[np.int64]
    score: NDArray[np.float64]
    prompts: Sequence[str | None]
    clusters: Clusters


class _Drawn(NamedTuple):
    """A group with its resamples."""

    key: str | None
    clusters: Clusters
    confusion: NDArray[np.int64]
    moments: Moments
    resampled: Resampled
    resampled_moments: Moments


def evaluate_subgroups(
    predictions: GradePredictions,
    y: NDArray[np.int64],
    keys: Sequence[str | None],
    prompts: Sequence[str | None],
    settings: EvaluationSettings,
    *,
    order: Sequence[str] | None = None,
) -> tuple[Subgroup, ...]:
    """Judge each group of essays by itself, and its means beside those of all essays.

    Groups that have prompts enough share the draws of prompts that serve all essays, so that what
    an easy prompt does to all of them cancels out of their differences. Other groups are drawn
    essay by essay, each within itself. All groups together make the resample of all essays by
    which the difference of means is standardised.

    Args:
        predictions: Predictions of n essays on a scale of K grades.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        keys: n keys; essays of one key make a group.
        prompts: n prompt names, None where an essay has none.
        settings: Resamples, confidence and seed of the intervals.
        order: Keys in the order wanted; without it the largest group is first.

    Returns:
        One group per distinct key.
    """
    rows: dict[str | None, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    middle = (len(predictions.scale) - 1) / 2
    sample = _Sample(
        n_grades=len(predictions.scale),
        middle=middle,
        human=y,
        machine=predictions.grades,
        score=predictions.expected - middle,
        prompts=prompts,
        clusters=Clusters.of_prompts(prompts, len(y)),
    )
    groups = [_draw(sample, key, np.asarray(own), settings) for key, own in _sorted(rows, order)]
    whole = Moments.total([group.moments for group in groups])
    resampled_whole = Moments.total([group.resampled_moments for group in groups])
    return tuple(_judge(group, whole, resampled_whole, settings.confidence) for group in groups)


def _sorted(
    rows: Mapping[str | None, list[int]], order: Sequence[str] | None
) -> list[tuple[str | None, list[int]]]:
    place = {key: number for number, key in enumerate(order or ())}
    return sorted(
        rows.items(),
        key=lambda item: (
            item[0] is None,
            place.get(item[0], len(place)) if item[0] is not None else 0,
            -len(item[1]),
            item[0] or "",
        ),
    )


def _draw(
    sample: _Sample, key: str | None, rows: NDArray[np.int64], settings: EvaluationSettings
) -> _Drawn:
    n_grades, middle = sample.n_grades, sample.middle
    clusters, of_essay, seed = _clusters(sample, key, rows, settings.seed)
    score, own, machine = sample.score[rows], sample.human[rows], sample.machine[rows]
    cells = n_grades**2
    counts = np.zeros((clusters.count, cells))
    np.add.at(counts, (of_essay, own * n_grades + machine), 1.0)
    scores = np.zeros((clusters.count, 2))
    np.add.at(scores, of_essay, np.column_stack([score, score**2]))
    sums = np.concatenate([counts, scores], axis=1)
    blocks: list[Resampled] = []
    moments: list[Moments] = []
    for weights in resample_weights(clusters, settings.resamples, seed):
        drawn = weights @ sums
        confusion = drawn[:, :cells].reshape(-1, n_grades, n_grades)
        # A resample may have no essay of the group: 0 / 0, undefined.
        with np.errstate(divide="ignore", invalid="ignore"):
            values = agreement_values(confusion)
        blocks.append({name: values[name] for name in _AGREEMENT})
        moments.append(Moments.of(confusion, drawn[:, cells:], middle))
    confusion = confusion_matrix(own, machine, n_grades)
    return _Drawn(
        key=key,
        clusters=clusters,
        confusion=confusion,
        moments=Moments.of(confusion[None], scores.sum(axis=0)[None], middle),
        resampled={name: np.concatenate([block[name] for block in blocks]) for name in _AGREEMENT},
        resampled_moments=Moments.join(moments),
    )


def _clusters(
    sample: _Sample, key: str | None, rows: NDArray[np.int64], seed: int
) -> tuple[Clusters, NDArray[np.int64], int]:
    """Return what is drawn for a group, the cluster of each of its essays, and the seed."""
    prompts = {sample.prompts[row] for row in rows} - {None}
    if sample.clusters.by == "prompt" and len(prompts) >= MIN_PROMPTS:
        return sample.clusters, sample.clusters.of_essay[rows], seed
    own = Clusters.of_prompts(None, len(rows))
    digest = zlib.crc32((key or "").encode("utf-8", "surrogatepass"))
    # A stream per key, or else groups of equal size would be drawn alike.
    own_seed = np.random.SeedSequence([seed, digest]).generate_state(1)[0]
    return own, own.of_essay, int(own_seed)


def _judge(group: _Drawn, whole: Moments, resampled_whole: Moments, confidence: float) -> Subgroup:
    point = {name: float(value) for name, value in agreement_values(group.confusion).items()}
    point["dsm"] = float(group.moments.difference_of_standardised_means(whole)[0])
    resampled = {
        **group.resampled,
        "dsm": group.resampled_moments.difference_of_standardised_means(resampled_whole),
    }
    values = {}
    for name in GROUP_METRICS:
        interval = percentile_interval(
            point[name], resampled[name], confidence=confidence, clusters=group.clusters
        )
        reason = interval.reason
        if not np.isfinite(point[name]):
            is_dsm = name == "dsm"
            reason = whole.reason() if is_dsm else undefined_reason(name, group.confusion)
        values[name] = MetricValue(name, point[name], interval.low, interval.high, reason)
    return Subgroup(
        key=group.key,
        n=int(group.confusion.sum()),
        drawn_by=group.clusters.by,
        values=values,
    )
