"""Fitting the three parts of a grader: latent score, calibration, decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.config import Settings
from huleedu_ml_training.data.grouping import split_groups
from huleedu_ml_training.data.protocols import SplitterProtocol
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.ensemble import ensemble_of
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.models.prediction_sets import fit_prediction_sets
from huleedu_ml_training.models.protocols import (
    OrdinalClassifierProtocol,
    OrdinalClassifierTrainerProtocol,
)
from huleedu_ml_training.models.stacking import StackedTrainer
from huleedu_ml_training.training.calibration_choice import (
    CalibrationChoice,
    choose_calibration,
)
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.cross_fitting import (
    OutOfFold,
    cross_fit,
    cross_pool,
    fit_member_pool,
)
from huleedu_ml_training.training.interruption import StopSignal
from huleedu_ml_training.training.members import MemberFitter, ensemble_members
from huleedu_ml_training.training.preparation import PreparedData
from huleedu_ml_training.training.protocols import ProgressProtocol


@dataclass(frozen=True, slots=True, eq=False)
class FittedGrader:
    """A grader and the out-of-fold predictions that its calibration and decision rest on.

    Attributes:
        grader: All three parts.
        oof: Out-of-fold scores of the development part, in its row order; of an ensemble, with
            weights of the other folds.
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
        companions: Sequence[OrdinalClassifierTrainerProtocol] = (),
    ) -> None:
        self._settings = settings
        self._trainer = trainer
        self._splitter = splitter
        self._progress = progress
        self._members = ensemble_members(trainer, companions, seeds=settings.model.seeds)

    def fit(
        self, prepared: PreparedData, checkpoints: CheckpointStore, stop: StopSignal
    ) -> FittedGrader:
        """Fit latent score, calibration and decision; checks ``stop`` after every round.

        Calibration and decision are fitted on out-of-fold scores of the development part; the
        final latent model learns from the training part and stops on the validation part. The
        weights of an ensemble are fitted on the members' out-of-fold scores too, and those that
        the ensemble's own out-of-fold scores rest on, on the scores of the other folds.

        Raises:
            WorkStoppedError: Stopped from outside; what is finished is in the checkpoints.
        """
        dataset, split = prepared.dataset, prepared.split
        n_grades, settings = len(dataset.scale), self._settings.model
        groups = [dataset.scale.encode(group).tolist() for group in settings.prediction_sets.groups]
        development = dataset.take(split.development)
        y = development.grades
        trainer = stacked_trainer(self._trainer, prepared.schema, self._settings)
        members, resumed = self._cross_fit(trainer, development, checkpoints, stop)
        oof, pool, used = members[0], None, self._members
        if len(members) > 1:
            kinds = [member.trainer.kind for member in self._members]
            oof = cross_pool(members, y, kinds)
            # A member that counts for nothing need not be fitted, stored or run.
            pool, busy = fit_member_pool(members, y, kinds).without_idle()
            used = tuple(self._members[number] for number in busy)
        choice = choose_calibration(settings.calibration, oof, y, n_grades)
        calibrator = fit_calibrator(choice.method, oof.latent, oof.cumulative, y, n_grades)
        decision = fit_decision_rule(settings.decision, choice.probabilities, y)
        sets = fit_prediction_sets(
            choice.probabilities,
            y,
            miscoverage=settings.prediction_sets.miscoverage,
            groups=groups,
        )
        final = MemberFitter(used, checkpoints, stop)
        classifiers = self._fit_final(trainer, prepared, final)
        grader = Grader(
            scale=dataset.scale,
            feature_names=dataset.feature_names,
            classifier=classifiers[0] if pool is None else ensemble_of(classifiers, pool),
            calibrator=calibrator,
            decision=decision,
            sets=sets,
        )
        return FittedGrader(grader, oof, choice, y, resumed or final.resumed)

    def _cross_fit(
        self,
        trainer: StackedTrainer,
        development: EssayDataset,
        checkpoints: CheckpointStore,
        stop: StopSignal,
    ) -> tuple[list[OutOfFold], bool]:
        """Return each member's predictions, and whether a checkpoint was used."""
        X, y = _matrix(development.features), development.grades
        groups = split_groups(development, self._settings.split.scheme)
        folds = self._splitter.folds(development, self._settings.training.folds)
        total = len(folds) * len(self._members)
        with self._progress.phase("Cross-fitting", total) as phase:
            fitter = MemberFitter(self._members, checkpoints, stop, phase.advance)
            scores = []
            for number, fold in enumerate(folds):
                seed = self._settings.training.seed + 1 + number
                prepare = partial(
                    trainer.prepare,
                    X[fold.train],
                    y[fold.train],
                    groups[fold.train],
                    n_grades=len(development.scale),
                    stopping=(X[fold.validation], y[fold.validation]),
                    seed=seed,
                )
                scores.append(fitter.score(f"fold-{number}", prepare, X[fold.test], seed=seed))

        def of_member(own: int) -> OutOfFold:
            return cross_fit(folds, len(development), lambda number, _: scores[number][own])

        return [of_member(own) for own in range(len(self._members))], fitter.resumed

    def _fit_final(
        self, trainer: StackedTrainer, prepared: PreparedData, fitter: MemberFitter
    ) -> list[OrdinalClassifierProtocol]:
        dataset, split = prepared.dataset, prepared.split
        X, y = _matrix(dataset.features), dataset.grades
        seed = self._settings.training.seed
        prepare = partial(
            trainer.prepare,
            X[split.train],
            y[split.train],
            split_groups(dataset.take(split.train), self._settings.split.scheme),
            n_grades=len(dataset.scale),
            stopping=(X[split.validation], y[split.validation]),
            seed=seed,
        )
        with self._progress.phase("Training the final model"):
            return fitter.fit("final", prepare, seed=seed)


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


def _matrix(features: NDArray[np.float32] | None) -> NDArray[np.float32]:
    if features is None:
        msg = "the data set has no features"
        raise ValueError(msg)
    return features
