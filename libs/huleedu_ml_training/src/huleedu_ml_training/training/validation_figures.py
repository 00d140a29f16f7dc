"""From held-out predictions to figures with intervals."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.metrics.agreement import confusion_matrix, quadratic_weighted_kappa
from huleedu_ml_training.metrics.calibration import ranked_probability_score
from huleedu_ml_training.metrics.intervals import metric_values
from huleedu_ml_training.metrics.statistics import PredictionStatistics
from huleedu_ml_training.metrics.uncertainty import (
    Clusters,
    Resampled,
    bootstrap,
    point_values,
)
from huleedu_ml_training.metrics.variance_components import crossed_components, scaled_component
from huleedu_ml_training.training.held_out import HeldOut
from huleedu_ml_training.training.validation_report import (
    AcrossFolds,
    FoldFigures,
    RuleFigures,
    VarianceFigures,
)

POOLED_METRICS = (
    "qwk",
    "accuracy",
    "adjacent_agreement",
    "mae",
    "bias",
    "smd",
    "pearson",
    "spearman",
    "brier",
    "rps",
    "log_loss",
    "ece",
)
"""What is told of the pooled predictions."""

VARIANCE_METRICS = ("qwk", "rps")
"""What is decomposed."""


class PooledPasses:
    """Passes over the same essays, judged on the same resamples.

    Args:
        passes: At least one; all score the same rows.
        dataset: The essays.
        settings: Resamples, confidence and seed of the intervals.
    """

    def __init__(
        self, passes: Sequence[HeldOut], dataset: EssayDataset, settings: EvaluationSettings
    ) -> None:
        self._passes = passes
        self._settings = settings
        self._scale = dataset.scale
        rows = passes[0].rows
        self.y: NDArray[np.int64] = dataset.grades[rows]
        self.prompts = tuple(dataset.prompts[row] for row in rows)
        self._clusters = Clusters.of_prompts(self.prompts, len(rows))

    def figures(self, rule: str) -> RuleFigures:
        """Return the means over the passes, with intervals.

        Essays are resampled once for all passes: several passes over the same essays are no
        further essays, and do not make the intervals narrower than the essays allow.
        """
        point, resampled = self._resample(rule)
        k = len(self._scale)
        confusion = np.sum(
            [confusion_matrix(self.y, each.grades[rule], k) for each in self._passes], axis=0
        )
        values = metric_values(
            POOLED_METRICS,
            {name: float(np.mean([each[name] for each in point])) for name in POOLED_METRICS},
            {name: np.mean([each[name] for each in resampled], axis=0) for name in POOLED_METRICS},
            confusion=confusion,
            clusters=self._clusters,
            confidence=self._settings.confidence,
        )
        kappas = [self._fold_kappas(each, rule) for each in self._passes]
        return RuleFigures(rule, values, across_folds([q for each in kappas for q in each]))

    def variance(self, rule: str, n_seeds: int, n_splits: int) -> tuple[VarianceFigures, ...]:
        """Return where the spread of a figure over the passes comes from.

        Args:
            rule: Decision rule.
            n_seeds: Seeds; the passes are theirs in turn, splits fastest.
            n_splits: Splits.
        """
        point, resampled = self._resample(rule)
        found = []
        for name in VARIANCE_METRICS:
            values = np.asarray([each[name] for each in point]).reshape(n_seeds, n_splits)
            drawn = np.mean([each[name] for each in resampled], axis=0)
            drawn = drawn[np.isfinite(drawn)]
            if not np.isfinite(values).all() or len(drawn) < 2:
                continue
            essays = scaled_component(
                "essays",
                float(drawn.var(ddof=1)),
                max(1, self._clusters.count - 1),
                confidence=self._settings.confidence,
            )
            own = crossed_components(values, confidence=self._settings.confidence)
            found.append(
                VarianceFigures(name, n_seeds, n_splits, float(values.mean()), (*own, essays))
            )
        return tuple(found)

    def _resample(self, rule: str) -> tuple[list[dict[str, float]], list[Resampled]]:
        statistics = [
            PredictionStatistics(each.predictions(self._scale, rule), self.y, self._clusters)
            for each in self._passes
        ]
        points = [point_values(each, self._clusters) for each in statistics]
        drawn = bootstrap(
            statistics,
            self._clusters,
            resamples=self._settings.resamples,
            seed=self._settings.seed,
        )
        return points, drawn

    def _fold_kappas(self, scored: HeldOut, rule: str) -> list[float]:
        return [
            quadratic_weighted_kappa(
                self.y[scored.fold == fold],
                scored.grades[rule][scored.fold == fold],
                len(self._scale),
            )
            for fold in np.unique(scored.fold)
        ]


def fold_figures(
    scored: HeldOut, dataset: EssayDataset, folds: Sequence[Split], *, rule: str, repeat: int
) -> list[FoldFigures]:
    """Return the figures of each fold of a pass, under one decision rule."""
    y = dataset.grades[scored.rows]
    found = []
    for number, fold in enumerate(folds):
        own = scored.fold == number
        human, machine = y[own], scored.grades[rule][own]
        found.append(
            FoldFigures(
                repeat=repeat,
                fold=number,
                n=len(human),
                n_learnt=len(fold.development),
                qwk=quadratic_weighted_kappa(human, machine, len(dataset.scale)),
                rps=float(ranked_probability_score(scored.probabilities[own], human)),
                mae=float(np.abs(human - machine).mean()),
            )
        )
    return found


def across_folds(values: Sequence[float]) -> AcrossFolds:
    """Return mean and spread over the folds where a figure is defined."""
    defined = np.asarray([value for value in values if math.isfinite(value)])
    return AcrossFolds(
        mean=float(defined.mean()) if len(defined) else math.nan,
        sd=float(defined.std(ddof=1)) if len(defined) > 1 else math.nan,
        n_folds=len(defined),
    )
