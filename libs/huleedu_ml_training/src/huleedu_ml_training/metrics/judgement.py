"""Judging one grader by everything that can be said of its predictions."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.metrics.assessment import assess
from huleedu_ml_training.metrics.coverage import evaluate_sets
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.shortcuts import evaluate_shortcuts
from huleedu_ml_training.metrics.threshold_reliability import threshold_reliability
from huleedu_ml_training.metrics.uncertainty import Clusters
from huleedu_ml_training.metrics.workload import review_workload

__all__ = ["JudgementReport", "judge_predictions", "surface_of"]

ERROR_RATES = (
    "grammar_error_rate",
    "spelling_error_rate",
    "punctuation_error_rate",
    "capitalization_error_rate",
)
"""Features that count what a hasty reader sees first."""


def judge_predictions(
    predictions: GradePredictions,
    dataset: EssayDataset,
    settings: EvaluationSettings,
    *,
    surface: Mapping[str, NDArray[np.float64]],
    flagged: NDArray[np.bool_] | None = None,
    between: Callable[[], None] = lambda: None,
) -> JudgementReport:
    """Judge predictions; all but what needs the grader itself.

    Equal arguments give equal reports. The work is CPU-bound; call it from a thread where an event
    loop is running.

    Args:
        predictions: Predictions of n essays.
        dataset: The same n essays, in the same order, on the same scale.
        settings: Resamples, confidence and seed of the intervals.
        surface: Properties of the texts to look for shortcuts by; see :func:`surface_of`.
        flagged: Which essays the grader's review rule marks, shape (n_essays,); None without one.
        between: Called between the parts of the work; may raise to stop it.

    Raises:
        InvalidPredictionsError: There are no essays, lengths or scales differ, or a row of
            probabilities is no distribution.
        InvalidRatingsError: A single rater's grade is not on the scale.
    """
    y = dataset.grades
    clusters = Clusters.of_prompts(dataset.prompts, len(dataset))
    assessment = assess(predictions, dataset, settings)
    between()
    evaluation = evaluate_predictions(predictions, y, prompts=dataset.prompts, settings=settings)
    between()
    workload = review_workload(predictions, y, clusters, settings, flagged=flagged)
    between()
    thresholds = threshold_reliability(predictions, y, clusters, settings)
    between()
    return JudgementReport(
        evaluation=evaluation,
        assessment=assessment,
        thresholds=thresholds,
        sets=evaluate_sets(predictions, y, clusters, settings),
        workload=workload,
        shortcuts=evaluate_shortcuts(predictions, y, surface, clusters, settings),
    )


def surface_of(
    dataset: EssayDataset, features: NDArray[np.float32], names: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """Return the surface properties of essays: their words, and error rates where there are any.

    Args:
        dataset: n essays.
        features: Their feature vectors, shape (n_essays, n_features).
        names: The n_features names.
    """
    words = np.asarray([count_words(text) for text in dataset.texts], dtype=np.float64)
    rates = {
        name: features[:, names.index(name)].astype(np.float64)
        for name in ERROR_RATES
        if name in names
    }
    return {"words": words, **rates}
