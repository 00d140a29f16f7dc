"""Protocols of cross-validation: what is fitted on what, before held-out essays are scored.

Both protocols get the same folds and give the same kind of answer, so that their figures can be
laid side by side. Only the honest one estimates how a grader does on essays it has never met.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import Settings, SplitSettings
from huleedu_ml_training.data.protocols import SplitterProtocol
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.models.decision import RULES, fit_decision_rule
from huleedu_ml_training.models.protocols import OrdinalClassifierTrainerProtocol
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.fitting import GraderFitter
from huleedu_ml_training.training.held_out import HeldOut, in_order_of_rows
from huleedu_ml_training.training.interruption import StopSignal
from huleedu_ml_training.training.preparation import PreparedData
from huleedu_ml_training.training.validation_progress import FitProgress

SplitterFactory = Callable[[SplitSettings], SplitterProtocol]
"""Makes the splitter that a section of the settings describes."""


@dataclass(frozen=True, slots=True, eq=False)
class PassWork:
    """What one pass over the folds works with.

    Attributes:
        settings: With the seeds of this pass.
        prepared: Essays with features; its own split is not looked at.
        folds: Splits of these essays whose test parts are disjoint.
        checkpoints: Of this pass alone.
        stop: Ends the pass.
        progress: Is told of each fit.
    """

    settings: Settings
    prepared: PreparedData
    folds: Sequence[Split]
    checkpoints: CheckpointStore
    stop: StopSignal
    progress: FitProgress


class ValidationProtocol(Protocol):
    """A way to score held-out essays. Holds no state between passes.

    Attributes:
        name: As the command line calls it.
        caveats: What a reader must know before using its figures; empty for an honest protocol.
    """

    name: ClassVar[str]
    caveats: ClassVar[tuple[str, ...]]

    def steps_per_fold(self, settings: Settings) -> int:
        """Return how many models are fitted in a fold, for the progress."""
        ...

    def score(self, work: PassWork) -> HeldOut:
        """Return predictions of every essay that a fold tests.

        Equal work gives equal predictions. Finished folds are taken from the checkpoints.

        Raises:
            WorkStoppedError: Stopped from outside; finished folds are in the checkpoints.
            InvalidDataError: A fold's essays cannot be learnt from.
        """
        ...


class HonestProtocol:
    """Nested: within a fold's training part a grader is made exactly as ``train`` makes one.

    Stopping set, embedding score, weights of an ensemble, calibration and decision rules all come
    from that part. The test part is scored once, by the fitted model itself: no graph is exported.
    """

    name: ClassVar[str] = "honest"
    caveats: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        trainer: OrdinalClassifierTrainerProtocol,
        companions: Sequence[OrdinalClassifierTrainerProtocol],
        make_splitter: SplitterFactory,
    ) -> None:
        self._trainer = trainer
        self._companions = companions
        self._make_splitter = make_splitter

    def steps_per_fold(self, settings: Settings) -> int:
        """Return the members of the inner folds, and one for the final model."""
        return settings.training.folds * (settings.model.seeds + len(self._companions)) + 1

    def score(self, work: PassWork) -> HeldOut:
        """Return predictions of every essay that a fold tests."""
        parts = []
        for number, fold in enumerate(work.folds):
            work.stop.check()
            files = work.checkpoints.load(f"scored-{number}")
            if files is None:
                own = work.checkpoints.inside(f"fitting-{number}")
                part = self._score_fold(work, number, fold, own)
                work.checkpoints.save(f"scored-{number}", part.to_files())
                own.clear()
            else:
                part = HeldOut.from_files(files)
            parts.append(part)
            work.progress.fold_done()
        return in_order_of_rows(parts)

    def _score_fold(
        self, work: PassWork, number: int, fold: Split, checkpoints: CheckpointStore
    ) -> HeldOut:
        settings, prepared = work.settings, work.prepared
        splitter = self._make_splitter(settings.split)
        fitter = GraderFitter(settings, self._trainer, splitter, work.progress, self._companions)
        fitted = fitter.fit(replace(prepared, split=fold), checkpoints, work.stop)
        predictions = fitted.grader.predict(features_of(prepared)[fold.test])
        outside, y = fitted.calibration.probabilities, fitted.development_grades
        return HeldOut(
            rows=fold.test,
            fold=np.full(len(fold.test), number, dtype=np.int64),
            latent=predictions.latent,
            probabilities=predictions.probabilities,
            grades={
                rule: fit_decision_rule(rule, outside, y).decide(predictions.probabilities)
                for rule in RULES
            },
        )


def features_of(prepared: PreparedData) -> NDArray[np.float32]:
    """Return the feature matrix of prepared data, which always has one."""
    if prepared.dataset.features is None:
        msg = "the data set has no features"
        raise ValueError(msg)
    return prepared.dataset.features
