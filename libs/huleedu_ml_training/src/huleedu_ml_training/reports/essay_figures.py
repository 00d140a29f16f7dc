"""What a report shows of single essays, summed up: no text, no identifier, a bounded size."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.metrics.evaluation import STEPS_PER_LEVEL

MAX_POINTS = 500
"""Essays drawn as points; more would hide each other and swell the file."""

LENGTH_BANDS = 8
"""Bands of equally many essays that lengths are divided into."""

_CONFIDENCE = 0.95
_SEED = 0


class EssayPoint(NamedTuple):
    """One essay of the sample.

    Attributes:
        words: Its length.
        residual: Expected grade minus human grade, in levels.
        human: Label of the human grade.
        machine: Label of the machine's grade.
    """

    words: int
    residual: float
    human: str
    machine: str


class ResidualGroup(NamedTuple):
    """Residuals (expected minus human grade, in levels) of some essays.

    Attributes:
        key: What they have in common; None where that is not known.
        n: Their number.
        centre: Their median length in words.
        mean: Mean residual.
        low: Lower bound of the mean's interval, essays taken as independent; NaN for one essay.
        high: Its upper bound.
        lowest: A tenth of the residuals is below this.
        highest: A tenth of the residuals is above this.
    """

    key: str | None
    n: int
    centre: float
    mean: float
    low: float
    high: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class EssayFigures:
    """Distributions of scores and residuals.

    Attributes:
        n: Number of essays.
        score_counts: For each of the K human grades the essays per quarter level of the expected
            grade, from 0 up; K rows of 4K-3 counts.
        points: A sample of the essays, at most :data:`MAX_POINTS`.
        by_length: Residuals per band of length, the shortest first.
        by_prompt: Residuals per prompt, the largest first; empty where no essay has one.
        confidence: Coverage aimed at by the intervals.
    """

    n: int
    score_counts: tuple[tuple[int, ...], ...]
    points: tuple[EssayPoint, ...]
    by_length: tuple[ResidualGroup, ...]
    by_prompt: tuple[ResidualGroup, ...]
    confidence: float = _CONFIDENCE

    @classmethod
    def of(cls, predictions: GradePredictions, dataset: EssayDataset) -> "EssayFigures":
        """Sum up predictions of n essays, at least one; equal arguments give equal figures.

        Args:
            predictions: Predictions of n essays.
            dataset: The same n essays, in the same order, on the same scale.
        """
        words = np.array([count_words(text) for text in dataset.texts], dtype=np.int64)
        residuals = predictions.expected - dataset.grades
        return cls(
            n=len(dataset),
            score_counts=_score_counts(predictions, dataset.grades),
            points=_sample(predictions, dataset, words, residuals),
            by_length=_by_length(words, residuals),
            by_prompt=_by_prompt(dataset.prompts, words, residuals),
        )


def _score_counts(
    predictions: GradePredictions, y: NDArray[np.int64]
) -> tuple[tuple[int, ...], ...]:
    n_grades = len(predictions.scale)
    length = (n_grades - 1) * STEPS_PER_LEVEL + 1
    counts = np.zeros((n_grades, length), dtype=np.int64)
    np.add.at(counts, (y, np.rint(predictions.expected * STEPS_PER_LEVEL).astype(np.int64)), 1)
    return tuple(tuple(int(count) for count in row) for row in counts)


def _sample(
    predictions: GradePredictions,
    dataset: EssayDataset,
    words: NDArray[np.int64],
    residuals: NDArray[np.float64],
) -> tuple[EssayPoint, ...]:
    rows = np.arange(len(dataset))
    if len(rows) > MAX_POINTS:
        rows = np.sort(np.random.default_rng(_SEED).choice(rows, size=MAX_POINTS, replace=False))
    human, machine = dataset.scale.decode(dataset.grades[rows]), predictions.labels
    return tuple(
        EssayPoint(int(words[row]), float(residuals[row]), human[number], machine[row])
        for number, row in enumerate(rows)
    )


def _by_length(
    words: NDArray[np.int64], residuals: NDArray[np.float64]
) -> tuple[ResidualGroup, ...]:
    """Divide by length; essays of one length share a band."""
    edges = np.unique(np.quantile(words, np.arange(1, LENGTH_BANDS) / LENGTH_BANDS))
    band = np.searchsorted(edges, words, side="left")
    groups = []
    for number in np.unique(band):
        own = band == number
        key = f"{words[own].min()}–{words[own].max()}"
        groups.append(_group(key, words[own], residuals[own]))
    return tuple(groups)


def _by_prompt(
    prompts: Sequence[str | None], words: NDArray[np.int64], residuals: NDArray[np.float64]
) -> tuple[ResidualGroup, ...]:
    rows: dict[str | None, list[int]] = {}
    for row, prompt in enumerate(prompts):
        rows.setdefault(prompt, []).append(row)
    if set(rows) == {None}:
        return ()
    groups = [_group(key, words[own], residuals[own]) for key, own in rows.items()]
    return tuple(sorted(groups, key=lambda each: (-each.n, each.key is None, each.key or "")))


def _group(
    key: str | None, words: NDArray[np.int64], residuals: NDArray[np.float64]
) -> ResidualGroup:
    n, mean = len(residuals), float(residuals.mean())
    z = NormalDist().inv_cdf(0.5 + _CONFIDENCE / 2)
    half = z * float(residuals.std(ddof=1)) / n**0.5 if n > 1 else float("nan")
    lowest, highest = (float(bound) for bound in np.quantile(residuals, (0.1, 0.9)))
    return ResidualGroup(
        key, n, float(np.median(words)), mean, mean - half, mean + half, lowest, highest
    )
