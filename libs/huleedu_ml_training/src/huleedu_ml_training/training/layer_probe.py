"""How much each layer of an encoder knows of the grade, on essays of prompts it never saw.

A linear score is fitted on one layer's states at a time, exactly as a grader would be
(:mod:`huleedu_ml_training.models.embedding_score`): the penalty is chosen inside the part that is
learnt from, by folds that keep prompts whole, and so is the rescaling of equated scores. All layers
are judged on the same folds and the same resamples, so that their differences are paired.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings, SplitSettings
from huleedu_ml_training.data.grouping import connected_groups
from huleedu_ml_training.data.splitter import PromptHoldoutSplitter
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.metrics.agreement import kappa
from huleedu_ml_training.metrics.correlation import pearson_from_sums
from huleedu_ml_training.metrics.layer_report import LAYER_METRICS, LayerProbe, LayerResult
from huleedu_ml_training.metrics.uncertainty import (
    Clusters,
    Resampled,
    bootstrap,
    cluster_notes,
    percentile_interval,
    point_values,
)
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.models.embedding_score import fit_embedding_score

FloatArray = NDArray[np.float64]


def probe_layers(
    dataset: EssayDataset,
    states: NDArray[np.float32],
    *,
    n_folds: int,
    seed: int,
    evaluation: EvaluationSettings,
    progress: Callable[[int, int], None] | None = None,
) -> LayerProbe:
    """Judge each layer under unseen prompts. CPU-bound: a minute or so for a base-size encoder.

    Args:
        dataset: n graded essays, each with a prompt.
        states: Means over the tokens of each essay, ndarray of shape (n, n_layers, d), float32,
            layers 0…L in order; at least two.
        n_folds: Folds of whole prompts.
        seed: Seed of the folds.
        evaluation: Resamples, confidence and seed of the intervals.
        progress: Called as ``progress(done, total)``, in layers.

    Raises:
        EssaysWithoutPromptError: An essay has no prompt.
        TooFewEssaysError: There are fewer prompts than folds, or than are needed to learn.
        TooFewGradesError: The essays, or a part to learn from, have fewer than two grades.
    """
    splitter = PromptHoldoutSplitter(SplitSettings(scheme="prompt_holdout", seed=seed))
    parts = [(split.development, split.test) for split in splitter.folds(dataset, n_folds)]
    groups = connected_groups(dataset.prompts, dataset.text_identities())
    clusters = Clusters.of_prompts(dataset.prompts, len(dataset))
    graders = []
    n_layers = states.shape[1]
    for layer in range(n_layers):
        raw, equated = np.empty((2, len(dataset)))
        for learnt, judged in parts:
            raw[judged], equated[judged] = _scores(
                states[:, layer], dataset.grades, groups, learnt, judged, seed=seed
            )
        graders.append(_Scored(raw, equated, dataset, clusters))
        if progress is not None:
            progress(layer + 1, n_layers)
    points = [point_values(grader, clusters) for grader in graders]
    resampled = bootstrap(graders, clusters, resamples=evaluation.resamples, seed=evaluation.seed)
    # Layer 0 is below all layers: there is nothing of the encoder in it to keep.
    best = 1 + int(np.argmax([np.nan_to_num(point["pearson"], nan=-1) for point in points[1:]]))
    confidence = evaluation.confidence

    def value(name: str, point: float, draws: NDArray[np.float64]) -> MetricValue:
        interval = percentile_interval(point, draws, confidence=confidence, clusters=clusters)
        return MetricValue(name, point, interval.low, interval.high, interval.reason)

    results = []
    for layer, (point, draws) in enumerate(zip(points, resampled, strict=True)):
        metrics = {name: value(name, point[name], draws[name]) for name in LAYER_METRICS}
        behind = value(
            "behind",
            point["pearson"] - points[best]["pearson"],
            draws["pearson"] - resampled[best]["pearson"],
        )
        results.append(LayerResult(layer=layer, behind=behind, **metrics))
    n_prompts = len(set(dataset.prompts))
    return LayerProbe(
        layers=tuple(results),
        recommended=best,
        as_good=tuple(
            each.layer
            for each in results
            if each.layer == best or (each.layer > 0 and each.behind.high >= 0)
        ),
        n_essays=len(dataset),
        n_prompts=n_prompts,
        n_folds=n_folds,
        notes=cluster_notes(clusters, n_prompts),
    )


def _scores(
    states: NDArray[np.float32],
    y: NDArray[np.int64],
    groups: NDArray[np.int64],
    learnt: NDArray[np.int64],
    judged: NDArray[np.int64],
    *,
    seed: int,
) -> tuple[FloatArray, FloatArray]:
    """Return scores of the judged essays, as they are and equated, each of shape (n_judged,)."""
    fitted = fit_embedding_score(states[learnt], y[learnt], groups[learnt], seed=seed)
    if fitted is None:
        constant = np.full(len(judged), y[learnt].mean())
        return constant, constant
    scores = fitted.score.scores(states[judged]).astype(np.float64)
    # Linear equating (Kolen & Brennan 2014, chapter 2), by scores of essays that were not seen.
    seen = fitted.out_of_fold.astype(np.float64)
    mean, spread = np.nanmean(seen), np.nanstd(seen)
    stretch = y[learnt].std() / spread if spread > 0 else 1.0
    return scores, (scores - mean) * stretch + y[learnt].mean()


class _Scored:
    """One layer's metrics under weights of clusters."""

    def __init__(
        self, raw: FloatArray, equated: FloatArray, dataset: EssayDataset, clusters: Clusters
    ) -> None:
        y = dataset.grades
        self._n_grades = len(dataset.scale)
        self._counts = {
            "qwk_rounded": self._count(raw, y, clusters),
            "qwk_equated": self._count(equated, y, clusters),
        }
        # The middle of the scale keeps the sums of squares small, and so exact enough.
        middle = (self._n_grades - 1) / 2
        x, g = raw - middle, y - middle
        sums = {"n": np.ones(len(y)), "x": x, "xx": x * x, "y": g, "yy": g * g, "xy": x * g}
        self._sums = {
            name: np.bincount(clusters.of_essay, weights=column, minlength=clusters.count)
            for name, column in sums.items()
        }

    def __call__(self, weights: NDArray[np.float64]) -> Resampled:
        """Return each metric under each row of weights of shape (n_resamples, n_clusters)."""
        k = self._n_grades
        kappas = {
            name: kappa((weights @ counts).reshape(-1, k, k))
            for name, counts in self._counts.items()
        }
        sums = {name: weights @ column for name, column in self._sums.items()}
        return {**kappas, "pearson": pearson_from_sums(**sums)}

    def _count(self, scores: FloatArray, y: NDArray[np.int64], clusters: Clusters) -> FloatArray:
        """Essays per cluster and pair of grades, shape (n_clusters, K * K)."""
        k = self._n_grades
        grades = np.clip(np.rint(scores), 0, k - 1).astype(np.int64)
        flat = np.bincount(
            clusters.of_essay * k * k + y * k + grades, minlength=clusters.count * k * k
        )
        return flat.reshape(-1, k * k).astype(np.float64)
