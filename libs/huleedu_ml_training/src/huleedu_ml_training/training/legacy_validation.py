"""The earlier pipeline's way to cross-validate, so that figures can be laid beside its own."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import Settings
from huleedu_ml_training.data.grouping import split_groups
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.models.decision import RULES
from huleedu_ml_training.models.protocols import OrdinalClassifierTrainerProtocol
from huleedu_ml_training.training.calibration_choice import choose_calibration
from huleedu_ml_training.training.cross_fitting import (
    FoldScores,
    OutOfFold,
    cross_decide,
    cross_pool,
)
from huleedu_ml_training.training.fitting import stacked_trainer
from huleedu_ml_training.training.held_out import HeldOut
from huleedu_ml_training.training.members import MemberFitter, ensemble_members
from huleedu_ml_training.training.validation import PassWork, features_of

_STOPPED_ON_TEST = (
    "these figures are optimistic: each model was stopped at the round that suits the very essays "
    "it is scored on"
)
_SEEN_BY_MODELS = (
    "calibration and cut-points of a fold rest on models that have learnt from that fold, and the "
    "method of calibration was chosen on the essays that are scored"
)


class LegacyProtocol:
    """That of the earlier pipeline, for figures to be laid beside its own; optimistic.

    A fold's model learns from all other essays and stops early on the very fold that is then
    scored. Predictions are pooled; calibration and decision rule of a fold are fitted on those of
    the other folds, whose models have learnt from the fold.
    """

    name: ClassVar[str] = "legacy"
    caveats: ClassVar[tuple[str, ...]] = (_STOPPED_ON_TEST, _SEEN_BY_MODELS)

    def __init__(
        self,
        trainer: OrdinalClassifierTrainerProtocol,
        companions: Sequence[OrdinalClassifierTrainerProtocol],
    ) -> None:
        self._trainer = trainer
        self._companions = companions

    def steps_per_fold(self, settings: Settings) -> int:
        """Return the number of members."""
        return settings.model.seeds + len(self._companions)

    def score(self, work: PassWork) -> HeldOut:
        """Return predictions of every essay that a fold tests."""
        members = ensemble_members(self._trainer, self._companions, seeds=work.settings.model.seeds)
        fitter = MemberFitter(members, work.checkpoints, work.stop, work.progress.advance)
        scores = []
        for number, fold in enumerate(work.folds):
            scores.append(self._score_fold(work, fitter, number, fold))
            work.progress.fold_done()
        rows, oofs = _pooled(work.folds, scores)
        dataset = work.prepared.dataset
        y = dataset.grades[rows]
        kinds = [member.trainer.kind for member in members]
        oof = oofs[0] if len(oofs) == 1 else cross_pool(oofs, y, kinds)
        choice = choose_calibration(work.settings.model.calibration, oof, y, len(dataset.scale))
        return HeldOut(
            rows=rows,
            fold=oof.fold,
            latent=oof.latent,
            probabilities=choice.probabilities,
            grades={rule: cross_decide(rule, choice.probabilities, y, oof.fold) for rule in RULES},
        )

    def _score_fold(
        self, work: PassWork, fitter: MemberFitter, number: int, fold: Split
    ) -> list[FoldScores]:
        settings, dataset = work.settings, work.prepared.dataset
        X, y, learnt = features_of(work.prepared), dataset.grades, fold.development
        seed = settings.training.seed + 1 + number
        prepare = partial(
            stacked_trainer(self._trainer, work.prepared.schema, settings).prepare,
            X[learnt],
            y[learnt],
            split_groups(dataset.take(learnt), settings.split.scheme),
            n_grades=len(dataset.scale),
            stopping=(X[fold.test], y[fold.test]),
            seed=seed,
        )
        return fitter.score(f"fold-{number}", prepare, X[fold.test], seed=seed)


def _pooled(
    folds: Sequence[Split], scores: Sequence[Sequence[FoldScores]]
) -> tuple[NDArray[np.int64], list[OutOfFold]]:
    """Return the tested rows, ascending, and each member's predictions of them."""
    tested = np.concatenate([fold.test for fold in folds])
    order = np.argsort(tested, kind="stable")
    fold_of = np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds])[order]
    oofs = [
        OutOfFold(
            np.concatenate([part.latent for part in of_member])[order],
            np.concatenate([part.cumulative for part in of_member])[order],
            fold_of,
        )
        for of_member in zip(*scores, strict=True)
    ]
    return tested[order], oofs
