"""Searching hyperparameters with Optuna, by cross-validation inside every trial."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import TrialState

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.config import ModelSettings, Settings
from huleedu_ml_training.config_loader import masked
from huleedu_ml_training.data.grouping import split_groups
from huleedu_ml_training.data.protocols import SplitterProtocol
from huleedu_ml_training.database.resolved import ResolvedDatabase
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.errors import HuleEduMLError
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.metrics.agreement import quadratic_weighted_kappa
from huleedu_ml_training.metrics.calibration import ranked_probability_score
from huleedu_ml_training.models.protocols import OrdinalClassifierTrainerProtocol
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.protocols import RunStoreProtocol
from huleedu_ml_training.registry.runs.records import NewRun, RunKind
from huleedu_ml_training.training.calibration_choice import choose_calibration
from huleedu_ml_training.training.cross_fitting import (
    FoldScores,
    OutOfFold,
    cross_decide,
    cross_fit,
    score_fold,
)
from huleedu_ml_training.training.errors import StudyMismatchError
from huleedu_ml_training.training.fitting import stacked_trainer
from huleedu_ml_training.training.interruption import StopSignal, WorkStoppedError, run_stoppable
from huleedu_ml_training.training.preparation import DataPreparation, inputs_digest
from huleedu_ml_training.training.protocols import (
    ProgressProtocol,
    TrainingRequest,
)
from huleedu_ml_training.training.results import TuningResult
from huleedu_ml_training.training.run_requests import SELECTION, selection_document
from huleedu_ml_training.training.runs import tracked_run
from huleedu_ml_training.training.search_space import clipped, suggest
from huleedu_ml_training.training.study import open_storage, open_study, study_figures, value_of

ClassifierTrainerFactory = Callable[[ModelSettings], OrdinalClassifierTrainerProtocol]
"""Makes the trainer that a model section describes."""

_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


class OptunaTuner:
    """Searches booster hyperparameters; implements TunerProtocol.

    The first trial is the configured hyperparameters, so that a study always shows what tuning
    gained. Trials are single models of the configured kind: ``model.seeds`` and
    ``model.companions`` come in when a grader is trained with what was found.
    """

    def __init__(
        self,
        settings: Settings,
        preparation: DataPreparation,
        splitter: SplitterProtocol,
        make_trainer: ClassifierTrainerFactory,
        runs: RunStoreProtocol,
        database: ResolvedDatabase,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> None:
        self._settings = settings
        self._preparation = preparation
        self._splitter = splitter
        self._make_trainer = make_trainer
        self._runs = runs
        self._database = database
        self._progress = progress
        self._metrics = metrics

    async def tune(
        self, request: TrainingRequest, *, n_trials: int, study_name: str | None = None
    ) -> TuningResult:
        """Run trials until the study holds ``n_trials`` finished ones."""
        prepared = await self._preparation.prepare(request.selection)
        development = prepared.dataset.take(prepared.split.development)
        tuning = self._settings.tuning
        digest = inputs_digest(
            "tune",
            self._settings,
            prepared.dataset,
            prepared.split,
            {"tuning": tuning.model_dump(mode="json")},
        )
        name = study_name or f"{request.experiment_name}-{digest[:12]}"
        async with tracked_run(
            self._runs,
            self._metrics,
            NewRun(
                kind=RunKind.TUNE,
                experiment_name=request.experiment_name,
                inputs_digest=digest,
                config=masked(self._settings),
                dataset_digest=prepared.summary.dataset_digest,
                correlation_id=request.correlation_id,
                request={
                    SELECTION: selection_document(request.selection),
                    "n_trials": n_trials,
                    "study_name": name,
                },
            ),
            may_resume=self._settings.training.resume,
        ) as tracked:
            material = _Material(
                development,
                self._splitter.folds(development, tuning.folds),
                split_groups(development, self._settings.split.scheme),
                prepared.schema,
            )

            def work(stop: StopSignal) -> optuna.Study:
                return self._search(material, name, digest, n_trials, stop)

            study = await run_stoppable(work)
            finished = study.get_trials(deepcopy=False, states=_FINISHED)
            await tracked.complete(study_figures(study, tuning.objective, len(finished)))
        return TuningResult(
            study_name=name,
            n_finished=len(finished),
            n_pruned=sum(trial.state is TrialState.PRUNED for trial in finished),
            objective=tuning.objective,
            best_value=float(study.best_value),
            best_parameters=dict(study.best_params),
            default_value=value_of(study, clipped(self._settings.model.booster)) or float("nan"),
            run=tracked.record,
        )

    def _search(
        self,
        material: "_Material",
        name: str,
        digest: str,
        n_trials: int,
        stop: StopSignal,
    ) -> optuna.Study:
        tuning = self._settings.tuning
        study = open_study(
            open_storage(self._database),
            name=name,
            direction="minimize" if tuning.objective == "rps" else "maximize",
            inputs_digest=digest,
            seed=tuning.seed,
        )
        if study is None:
            raise StudyMismatchError(study_name=name)
        configured = clipped(self._settings.model.booster)
        if value_of(study, configured) is None:
            # Also when an earlier search was stopped in the midst of this very trial.
            study.enqueue_trial(configured, skip_if_exists=False)
        with self._progress.phase("Tuning", n_trials) as phase:
            while True:
                done = len(study.get_trials(deepcopy=False, states=_FINISHED))
                phase.update(done)
                if done >= n_trials:
                    return study
                self._run_trial(study, material, stop)

    def _run_trial(
        self,
        study: optuna.Study,
        material: "_Material",
        stop: StopSignal,
    ) -> None:
        stop.check()
        trial = study.ask()
        try:
            value = self._objective(trial, material, stop)
        except optuna.TrialPruned:
            study.tell(trial, state=TrialState.PRUNED)
        except (WorkStoppedError, HuleEduMLError):
            study.tell(trial, state=TrialState.FAIL)
            raise
        else:
            study.tell(trial, value)

    def _objective(
        self,
        trial: optuna.Trial,
        material: "_Material",
        stop: StopSignal,
    ) -> float:
        booster = self._settings.model.booster.model_copy(update=suggest(trial))
        model = self._settings.model.model_copy(update={"booster": booster})
        trainer = stacked_trainer(self._make_trainer(model), material.schema, self._settings)
        development = material.development
        X, y, n_grades = development.features, development.grades, len(development.scale)
        if X is None:
            msg = "the data set has no features"
            raise ValueError(msg)

        def score(number: int, fold: Split) -> FoldScores:
            scores = score_fold(
                trainer,
                X,
                y,
                material.groups,
                fold,
                n_grades=n_grades,
                seed=self._settings.tuning.seed + number,
                callback=lambda _, __: stop.check(),
            )
            trial.report(_raw_error(scores, y[fold.test]) * self._sign, number)
            if trial.should_prune():
                raise optuna.TrialPruned
            return scores

        oof = cross_fit(material.folds, len(development), score)
        return self._value(oof, y, n_grades)

    @property
    def _sign(self) -> float:
        """Intermediate reports point the way of the objective, for the pruner."""
        return 1.0 if self._settings.tuning.objective == "rps" else -1.0

    def _value(self, oof: OutOfFold, y: NDArray[np.int64], n_grades: int) -> float:
        method = self._settings.model.calibration
        probabilities = choose_calibration(method, oof, y, n_grades).probabilities
        if self._settings.tuning.objective == "rps":
            return float(ranked_probability_score(probabilities, y))
        grades = cross_decide(self._settings.model.decision, probabilities, y, oof.fold)
        return float(quadratic_weighted_kappa(y, grades, n_grades))


@dataclass(frozen=True, slots=True, eq=False)
class _Material:
    """What every trial is fitted on."""

    development: EssayDataset
    folds: list[Split]
    groups: NDArray[np.int64]
    schema: FeatureSchema


def _raw_error(scores: FoldScores, y: NDArray[np.int64]) -> float:
    """Mean squared error of the uncalibrated cumulative probabilities: an early RPS."""
    beyond = y[:, None] > np.arange(scores.cumulative.shape[1])[None, :]
    return float(np.mean((scores.cumulative - beyond) ** 2))
