"""The same questions for a part of the essays: one prompt, later one language or school year."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.metrics.agreement import agreement_values, confusion_matrix
from huleedu_ml_training.metrics.intervals import metric_values
from huleedu_ml_training.metrics.uncertainty import Clusters
from huleedu_ml_training.metrics.values import MetricValue

MIN_SLICE_ESSAYS = 30
"""Smaller slices are shown but not judged: their figures are mostly noise."""

SLICE_METRICS = ("qwk", "accuracy", "adjacent_agreement", "mae", "bias")
"""What is computed for each slice."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Metrics of one part of the essays.

    Attributes:
        key: What the essays have in common, e.g. the prompt's name; None where they lack one.
        n: Number of essays.
        values: Metric name → value, for :data:`SLICE_METRICS`.
    """

    key: str | None
    n: int
    values: Mapping[str, MetricValue]

    @property
    def is_small(self) -> bool:
        """Whether there are too few essays to judge by."""
        return self.n < MIN_SLICE_ESSAYS

    def to_dict(self, key_name: str) -> dict[str, Any]:
        """Return JSON-ready fields, the key under ``key_name``."""
        return {
            key_name: self.key,
            "n": self.n,
            "is_small": self.is_small,
            **{name: value.to_dict() for name, value in self.values.items()},
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], key_name: str) -> "Slice":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            key=document[key_name],
            n=int(document["n"]),
            values={name: MetricValue.from_dict(name, document[name]) for name in SLICE_METRICS},
        )


def evaluate_slices(
    keys: Sequence[str | None],
    predicted: NDArray[np.int64],
    y: NDArray[np.int64],
    n_grades: int,
    settings: EvaluationSettings,
) -> tuple[Slice, ...]:
    """Judge each part of the essays by itself, largest part first.

    Within a part essays are drawn independently. Drawing essays is the same as drawing counts of
    grade pairs from a multinomial distribution, which costs the same for ten essays or a million.

    Args:
        keys: n keys; essays of one key make a slice.
        predicted: Machine grade indices, shape (n_essays,).
        y: Human grade indices, shape (n_essays,).
        n_grades: K.
        settings: Resamples, confidence and seed.

    Returns:
        One slice per distinct key; none where every key is None.
    """
    if all(key is None for key in keys):
        return ()
    rows: dict[str | None, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    slices = [
        Slice(
            key=key,
            n=len(own),
            values=_judge(confusion_matrix(y[own], predicted[own], n_grades), key, settings),
        )
        for key, own in rows.items()
    ]
    return tuple(sorted(slices, key=lambda part: (-part.n, part.key or "")))


def _judge(
    confusion: NDArray[np.int64], key: str | None, settings: EvaluationSettings
) -> dict[str, MetricValue]:
    n = int(confusion.sum())
    # A stream per key: a slice's interval does not depend on which other slices there are.
    digest = zlib.crc32((key or "").encode("utf-8", "surrogatepass"))
    rng = np.random.default_rng([settings.seed, digest])
    drawn = rng.multinomial(n, confusion.ravel() / n, size=settings.resamples)
    resampled = agreement_values(drawn.reshape(-1, *confusion.shape))
    point = {name: float(value) for name, value in agreement_values(confusion).items()}
    clusters = Clusters(by="essay", of_essay=np.arange(n), count=n)
    return metric_values(
        SLICE_METRICS,
        point,
        resampled,
        confusion=confusion,
        clusters=clusters,
        confidence=settings.confidence,
    )
