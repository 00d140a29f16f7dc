"""Grading the essays of a data set, and keeping what the grader looked at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.features.inputs import essay_inputs
from huleedu_ml_training.inference.scorer import EssayScorer
from huleedu_ml_training.training.interruption import StopSignal
from huleedu_ml_training.training.judging_errors import ScaleMismatchError
from huleedu_ml_training.training.protocols import ProgressProtocol


@dataclass(frozen=True, slots=True, eq=False)
class ScoredEssays:
    """What a grader says of n essays.

    Attributes:
        predictions: Grades, probabilities, ranges.
        features: What it looked at, ndarray of shape (n_essays, n_features), float32.
    """

    predictions: GradePredictions
    features: NDArray[np.float32]


def score_essays(
    scorer: EssayScorer, dataset: EssayDataset, progress: ProgressProtocol, stop: StopSignal
) -> ScoredEssays:
    """Grade the essays of a data set.

    Raises:
        ScaleMismatchError: The essays are on another scale.
        FeatureExtractionError: Features of a text cannot be computed.
    """
    if scorer.scale.labels != dataset.scale.labels:
        raise ScaleMismatchError(first=scorer.scale.labels, second=dataset.scale.labels)
    if dataset.features is not None and dataset.feature_schema_digest == scorer.schema.digest:
        return ScoredEssays(scorer.score_features(dataset.features), dataset.features)
    with progress.phase("Extracting features", len(dataset)) as phase:

        def report(done: int, total: int) -> None:
            stop.check()
            phase.update(done, total)

        X = scorer.extract(essay_inputs(dataset), progress=report)
    return ScoredEssays(scorer.score_features(X), X)
