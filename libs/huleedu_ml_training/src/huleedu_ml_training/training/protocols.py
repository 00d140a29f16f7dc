"""Contracts of training, tuning and of telling how far they are."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssaySelection
from huleedu_ml_training.metrics.model_comparison import ModelComparison
from huleedu_ml_training.training.judging_requests import ComparisonRequest, EvaluationRequest
from huleedu_ml_training.training.results import Judgement, TrainingResult, TuningResult


class PhaseProtocol(Protocol):
    """One phase of long work. Safe to call from worker threads."""

    def advance(self, steps: int = 1) -> None:
        """Report that so many further steps are done."""
        ...

    def update(self, done: int, total: int | None = None) -> None:
        """Report how many steps are done in all, and how many there are if that changed."""
        ...


class ProgressProtocol(Protocol):
    """Tells a reader how far long work is; never changes what is computed."""

    def phase(self, title: str, total: int | None = None) -> AbstractContextManager[PhaseProtocol]:
        """Open a phase of ``total`` steps, or of unknown length; it ends with the context."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What to train.

    Attributes:
        experiment_name: The user's name for the run.
        selection: Which essays.
        model_name: Name to register under; None for the name in the settings.
        actor: Who asks, for the ledger.
        correlation_id: Ties together logs, run and ledger.
    """

    experiment_name: str
    selection: EssaySelection = ALL_ESSAYS
    model_name: str | None = None
    actor: str = "unknown"
    correlation_id: str | None = None


class TrainerProtocol(Protocol):
    """Turns graded essays into a registered grader."""

    async def train(self, request: TrainingRequest) -> TrainingResult:
        """Load, extract, split, fit, calibrate, evaluate, export, store and register.

        Nothing is fitted on what is scored, and the part that stops training early is never
        scored. Equal data, settings, seed and thread count give equal grades and probabilities.
        Cancelling the task leaves a run in state ``interrupted`` that a later call with the same
        inputs goes on with; any other failure leaves it ``failed`` and nothing registered.

        Raises:
            InvalidDataError: The essays cannot be trained on.
            ParityError: The exported graph does not grade as the model does.
            OperationInterruptedError: The task was cancelled; names the run.
            InfrastructureError: Database or disk failed.
        """
        ...


class TunerProtocol(Protocol):
    """Searches hyperparameters by cross-validation on the development part."""

    async def tune(
        self, request: TrainingRequest, *, n_trials: int, study_name: str | None = None
    ) -> TuningResult:
        """Run trials until the study holds ``n_trials`` finished ones; goes on where it stopped.

        The test part of the split is never touched.

        Raises:
            InvalidDataError: The essays cannot be trained on.
            StudyMismatchError: A study of that name was made with other data or settings.
            OperationInterruptedError: The task was cancelled; finished trials are kept.
        """
        ...


class JudgeProtocol(Protocol):
    """Judges finished graders; each evaluation leaves a run where there is a database for it."""

    async def evaluate(self, request: EvaluationRequest) -> Judgement:
        """Judge one model on a file, or on essays of the database.

        Raises:
            NotFoundError: Model or file is not there.
            InvalidDataError: The bundle is damaged or the essays cannot be used.
            NoCommonTestEssaysError: Too few essays are meant.
            ScaleMismatchError: Model and essays are on different scales.
        """
        ...

    async def compare(self, request: ComparisonRequest) -> tuple[ModelComparison, ...]:
        """Compare models, each with the first, on essays that are the same for all.

        Raises:
            InvalidComparisonError: There is only one model, or models and residual files are
                mixed.
            NotFoundError: A model or a file is not there.
            NoCommonTestEssaysError: Too few essays are meant.
            ScaleMismatchError: Models and essays are not on one scale.
            IncomparablePredictionsError: Residual files are about other essays, scales or
                definitions.
        """
        ...
