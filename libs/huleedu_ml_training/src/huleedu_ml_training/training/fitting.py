"""Fitting the three parts of a grader: latent score, calibration, decision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.config import Settings
from huleedu_ml_training.data.grouping import split_groups
from huleedu_ml_training.data.protocols import SplitterProtocol
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.models.prediction_sets import fit_prediction_sets
from huleedu_ml_training.models.protocols import (
    OrdinalClassifierProtocol,
    OrdinalClassifierTrainerProtocol,
    RoundCallback,
)
from huleedu_ml_training.models.stacking import StackedTrainer
from huleedu_ml_training.training.calibration_choice import (
    CalibrationChoice,
    choose_calibration,
)
from huleedu_ml_training.training.checkpoints import (
    CheckpointStore,
    array_from_bytes,
    array_to_bytes,
)
from huleedu_ml_training.training.cross_fitting import (
    FoldScores,
    OutOfFold,
    cross_fit,
    score_fold,
)
from huleedu_ml_training.training.interruption import StopSignal
from huleedu_ml_training.training.preparation import PreparedData
from huleedu_ml_training.training.protocols import ProgressProtocol


@dataclass(frozen=True, slots=True, eq=False)
class FittedGrader:
    """A grader and the out-of-fold predictions that its calibration and decision rest on.

    Attributes:
        grader: All three parts.
        oof: Out-of-fold scores of the development part, in its row order.
        calibration: The method that was chosen, with cross-calibrated P(grade) of the same essays.
        development_grades: Grade indices of the development part, shape (n_development,).
        resumed: Whether a checkpoint was used.
    """

    grader: Grader
    oof: OutOfFold
    calibration: CalibrationChoice
    development_grades: NDArray[np.int64]
    resumed: bool


class GraderFitter:
    """Fits a grader on the development part of prepared data, with checkpoints."""

    def __init__(
        self,
        settings: Settings,
        trainer: OrdinalClassifierTrainerProtocol,
        splitter: SplitterProtocol,
        progress: ProgressProtocol,
    ) -> None:
        self._settings = settings
        self._trainer = trainer
        self._splitter = splitter
        self._progress = progress

    def fit(
        self, prepared: PreparedData, checkpoints: CheckpointStore, stop: StopSignal
    ) -> FittedGrader:
        """Fit latent score, calibration and decision; checks ``stop`` after every round.

        Calibration and decision are fitted on out-of-fold scores of the development part; the
        final latent model learns from the training part and stops on the validation part.

        Raises:
            WorkStoppedError: Stopped from outside; finished folds are in the checkpoints.
        """
        used = _Usage()
        dataset, split = prepared.dataset, prepared.split
        n_grades, settings = len(dataset.scale), self._settings.model
        groups = [dataset.scale.encode(group).tolist() for group in settings.prediction_sets.groups]
        development = dataset.take(split.development)
        trainer = stacked_trainer(self._trainer, prepared.schema, self._settings)
        oof = self._cross_fit(trainer, prepared, checkpoints, stop, used)
        y = development.grades
        choice = choose_calibration(settings.calibration, oof, y, n_grades)
        calibrator = fit_calibrator(choice.method, oof.latent, oof.cumulative, y, n_grades)
        decision = fit_decision_rule(settings.decision, choice.probabilities, y)
        sets = fit_prediction_sets(
            choice.probabilities,
            y,
            miscoverage=settings.prediction_sets.miscoverage,
            groups=groups,
        )
        classifier = self._fit_final(trainer, prepared, checkpoints, stop, used)
        grader = Grader(
            scale=dataset.scale,
            feature_names=dataset.feature_names,
            classifier=classifier,
            calibrator=calibrator,
            decision=decision,
            sets=sets,
        )
        return FittedGrader(grader, oof, choice, y, used.checkpoint)

    def _cross_fit(
        self,
        trainer: StackedTrainer,
        prepared: PreparedData,
        checkpoints: CheckpointStore,
        stop: StopSignal,
        used: "_Usage",
    ) -> OutOfFold:
        development = prepared.dataset.take(prepared.split.development)
        X = _matrix(development.features)
        groups = split_groups(development, self._settings.split.scheme)
        folds = self._splitter.folds(development, self._settings.training.folds)

        with self._progress.phase("Cross-fitting", len(folds)) as phase:

            def score(number: int, fold: Split) -> FoldScores:
                stop.check()
                name = f"fold-{number}"
                stored = checkpoints.load(name)
                if stored is not None:
                    used.checkpoint = True
                    scores = FoldScores(
                        array_from_bytes(stored["latent.npy"]),
                        array_from_bytes(stored["cumulative.npy"]),
                    )
                else:
                    scores = score_fold(
                        trainer,
                        X,
                        development.grades,
                        groups,
                        fold,
                        n_grades=len(development.scale),
                        seed=self._settings.training.seed + 1 + number,
                        callback=_stopping(stop),
                    )
                    checkpoints.save(
                        name,
                        {
                            "latent.npy": array_to_bytes(scores.latent),
                            "cumulative.npy": array_to_bytes(scores.cumulative),
                        },
                    )
                phase.advance()
                return scores

            return cross_fit(folds, len(development), score)

    def _fit_final(
        self,
        trainer: StackedTrainer,
        prepared: PreparedData,
        checkpoints: CheckpointStore,
        stop: StopSignal,
        used: "_Usage",
    ) -> OrdinalClassifierProtocol:
        stop.check()
        stored = checkpoints.load("final")
        if stored is not None:
            used.checkpoint = True
            return trainer.load(stored)
        dataset, split = prepared.dataset, prepared.split
        X = _matrix(dataset.features)
        with self._progress.phase("Training the final model"):
            classifier = trainer.fit(
                X[split.train],
                dataset.grades[split.train],
                split_groups(dataset.take(split.train), self._settings.split.scheme),
                n_grades=len(dataset.scale),
                stopping=(X[split.validation], dataset.grades[split.validation]),
                seed=self._settings.training.seed,
                callback=_stopping(stop),
            )
        checkpoints.save("final", classifier.state())
        return classifier


def stacked_trainer(
    trainer: OrdinalClassifierTrainerProtocol, schema: FeatureSchema, settings: Settings
) -> StackedTrainer:
    """Return the trainer that shows the embedding to the trees as the settings say."""
    as_score = settings.model.embedding == "score"
    return StackedTrainer(
        trainer,
        schema.columns("embedding") if as_score else (),
        weighting=settings.model.class_weights,
    )


class _Usage:
    """Whether any checkpoint was used."""

    checkpoint = False


def _stopping(stop: StopSignal) -> RoundCallback:
    def callback(_: int, __: int) -> None:
        stop.check()

    return callback


def _matrix(features: NDArray[np.float32] | None) -> NDArray[np.float32]:
    if features is None:
        msg = "the data set has no features"
        raise ValueError(msg)
    return features
