"""What training and tuning give back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.metrics.evaluation import EvaluationReport
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.registry.records import ModelRecord
from huleedu_ml_training.registry.runs.records import RunRecord
from huleedu_ml_training.reports.context import DataSummary
from huleedu_ml_training.training.scored_set import ScoredSet


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A finished training run.

    Attributes:
        run: The run's row.
        model: The registered version.
        evaluation: Metrics of the held-out test part.
        data: What it learnt from.
        resumed: Whether the run went on from checkpoints.
    """

    run: RunRecord
    model: ModelRecord
    evaluation: EvaluationReport
    data: DataSummary
    resumed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A grader's figures on a set of essays.

    Attributes:
        dataset: The n essays.
        scored: What it said of them, with its name and version.
        report: All figures, with intervals.
        review: Which essays its review rule sends to a teacher, ndarray of shape (n_essays,), bool.
        bundle: The grader.
    """

    dataset: EssayDataset
    scored: ScoredSet
    report: JudgementReport
    review: NDArray[np.bool_]
    bundle: Bundle


@dataclass(frozen=True, slots=True)
class TuningResult:
    """A study and its best trial.

    Attributes:
        study_name: Name of the study.
        n_finished: Finished trials, pruned ones included.
        n_pruned: Trials given up early.
        objective: ``rps`` (lower is better) or ``qwk`` (higher is better).
        best_value: Out-of-fold value of the best trial.
        best_parameters: Booster setting → value.
        default_value: Out-of-fold value of the configured hyperparameters (trial 0).
        run: The run's row.
    """

    study_name: str
    n_finished: int
    n_pruned: int
    objective: str
    best_value: float
    best_parameters: Mapping[str, Any]
    default_value: float
    run: RunRecord
