"""Graders of ours that quality.py compares.

A contender learns from the training part of a fold, with everything nested inside it, and answers
for the test part.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import ModelSettings, SplitSettings
from huleedu_ml_training.data.grouping import split_groups
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.catalogue import create_companions, create_trainer
from huleedu_ml_training.models.decision import RULES, fit_decision_rule
from huleedu_ml_training.models.ensemble import ensemble_of
from huleedu_ml_training.models.protocols import OrdinalClassifierProtocol
from huleedu_ml_training.models.stacking import StackedTrainer
from huleedu_ml_training.training.calibration_choice import choose_calibration
from huleedu_ml_training.training.cross_fitting import (
    FoldScores,
    OutOfFold,
    cross_fit,
    cross_pool,
    fit_member_pool,
)
from huleedu_ml_training.training.members import ensemble_members

SEED = 42
FOLDS = 5


@dataclass(frozen=True, eq=False)
class Task:
    """Essays with one set of features.

    Attributes:
        dataset: The essays.
        X: Features, shape (n_essays, n_features).
        embedding: Columns that are an embedding's.
        scheme: How folds are made.
    """

    dataset: EssayDataset
    X: NDArray[np.float32]
    embedding: tuple[int, ...]
    scheme: str

    def folds(self, rows: NDArray[np.int64] | None = None) -> list[Split]:
        """Return the folds of all essays, or of some rows."""
        dataset = self.dataset if rows is None else self.dataset.take(rows)
        splitter = create_splitter(SplitSettings(scheme=self.scheme, seed=SEED))
        return splitter.folds(dataset, FOLDS)


Contender = Callable[[Task, Split], tuple[NDArray[np.float64], dict[str, NDArray[np.int64]]]]
"""Returns P(grade) of a fold's test part, and its grades under each decision rule."""

Fitted = list[OrdinalClassifierProtocol]
Groups = NDArray[np.int64]


def grader(kind: str, **changes: object) -> Contender:
    """One of ours: latent score, calibration chosen by RPS, every decision rule.

    Args:
        kind: Kind of model.
        changes: Further settings of the model, such as ``seeds`` and ``companions``.
    """
    settings = ModelSettings.model_validate({"kind": kind, **changes})
    companions = create_companions(settings, threads=1)
    members = ensemble_members(
        create_trainer(settings, threads=1), companions, seeds=settings.seeds
    )
    kinds = [member.trainer.kind for member in members]

    def answer(task: Task, fold: Split) -> tuple[NDArray[np.float64], dict[str, NDArray[np.int64]]]:
        trainer = StackedTrainer(members[0].trainer, task.embedding)

        def fitted(rows: NDArray[np.int64], part: Split, groups: Groups, seed: int) -> Fitted:
            X, grades = task.X[rows], task.dataset.grades[rows]
            essays = trainer.prepare(
                X[part.train],
                grades[part.train],
                groups,
                n_grades=len(task.dataset.scale),
                stopping=(X[part.validation], grades[part.validation]),
                seed=seed,
            )
            return [
                essays.stacked(essays.fit_base(member.trainer, seed=seed + member.seed_offset))
                for member in members
            ]

        development = np.concatenate([fold.train, fold.validation])
        dataset, inner = task.dataset.take(development), task.folds(development)
        X, y, n_grades = task.X[development], dataset.grades, len(dataset.scale)
        groups = split_groups(dataset, task.scheme)
        models = [
            fitted(development, part, groups[part.train], number)
            for number, part in enumerate(inner)
        ]

        def out_of_fold(own: int) -> OutOfFold:
            return cross_fit(
                inner, len(y), lambda number, part: scores(models[number][own], X[part.test])
            )

        oofs = [out_of_fold(own) for own in range(len(members))]
        training_groups = split_groups(task.dataset.take(fold.train), task.scheme)
        finals = fitted(np.arange(len(task.dataset)), fold, training_groups, SEED)
        oof, model = oofs[0], finals[0]
        if len(members) > 1:
            oof = cross_pool(oofs, y, kinds)
            model = ensemble_of(finals, fit_member_pool(oofs, y, kinds))
        choice = choose_calibration("auto", oof, y, n_grades)
        calibrator = fit_calibrator(choice.method, oof.latent, oof.cumulative, y, n_grades)
        held = scores(model, task.X[fold.test])
        probabilities = calibrator.probabilities(held.latent, held.cumulative)
        return probabilities, {
            rule: fit_decision_rule(rule, choice.probabilities, y).decide(probabilities)
            for rule in RULES
        }

    return answer


def scores(model: OrdinalClassifierProtocol, X: NDArray[np.float32]) -> FoldScores:
    return FoldScores(model.latent(X), model.cumulative(X))


def ours() -> dict[str, Contender]:
    return {
        "joint_threshold": grader("joint_threshold"),
        "cumulative_binary": grader("cumulative_binary"),
        "regression": grader("regression"),
        "multiclass": grader("multiclass"),
        "linear kind": grader("ridge"),
        "3 joint_threshold": grader("joint_threshold", seeds=3),
        "3 cumulative_binary": grader("cumulative_binary", seeds=3),
        "3 regression": grader("regression", seeds=3),
        "joint_threshold + linear kind": grader("joint_threshold", companions=["ridge"]),
        "cumulative_binary + linear kind": grader("cumulative_binary", companions=["ridge"]),
        "regression + linear kind": grader("regression", companions=["ridge"]),
        "3 regression + linear kind": grader("regression", seeds=3, companions=["ridge"]),
    }
