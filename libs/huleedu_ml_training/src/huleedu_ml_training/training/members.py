"""Fitting the members of an ensemble one by one, each with a checkpoint of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.protocols import (
    OrdinalClassifierProtocol,
    OrdinalClassifierTrainerProtocol,
    RoundCallback,
)
from huleedu_ml_training.models.stacked_classifier import with_embedding_score
from huleedu_ml_training.models.stacking import StackedEssays
from huleedu_ml_training.training.checkpoints import (
    CheckpointStore,
    array_from_bytes,
    array_to_bytes,
)
from huleedu_ml_training.training.cross_fitting import FoldScores
from huleedu_ml_training.training.interruption import StopSignal

SEED_STEP = 1000
"""Seeds of equal members lie this far apart: farther than those of the folds of one member."""

PrepareEssays = Callable[[], StackedEssays]
"""Fits the embedding's score; called once for all members, and only where one must be fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One model of an ensemble, or the only model.

    Attributes:
        trainer: What fits it.
        seed_offset: What is added to the seed of the run.
    """

    trainer: OrdinalClassifierTrainerProtocol
    seed_offset: int = 0


def ensemble_members(
    trainer: OrdinalClassifierTrainerProtocol,
    companions: Sequence[OrdinalClassifierTrainerProtocol],
    *,
    seeds: int,
) -> tuple[Member, ...]:
    """Return ``seeds`` members of one kind, and one member of each further kind."""
    own = (Member(trainer, SEED_STEP * number) for number in range(seeds))
    return (*own, *(Member(companion) for companion in companions))


class MemberFitter:
    """Fits members, or takes them from checkpoints; looks at ``stop`` after every round.

    Args:
        members: At least one.
        checkpoints: Those of the run.
        stop: Ends a fit.
        advance: Called after each member.

    Attributes:
        resumed: Whether a checkpoint was used.
    """

    def __init__(
        self,
        members: Sequence[Member],
        checkpoints: CheckpointStore,
        stop: StopSignal,
        advance: Callable[[], None] = lambda: None,
    ) -> None:
        self._members = tuple(members)
        self._checkpoints = checkpoints
        self._stop = stop
        self._advance = advance
        self.resumed = False

    def score(
        self, name: str, prepare: PrepareEssays, held_out: NDArray[np.float32], *, seed: int
    ) -> list[FoldScores]:
        """Return each member's scores of held-out essays.

        Args:
            name: Of the checkpoints.
            prepare: Returns what to learn from.
            held_out: Features of essays that are not among that, (n_test, n_features).
            seed: Of a member without offset.

        Raises:
            WorkStoppedError: Stopped from outside; what is finished is in the checkpoints.
        """

        def store(classifier: OrdinalClassifierProtocol) -> dict[str, bytes]:
            return {
                "latent.npy": array_to_bytes(classifier.latent(held_out)),
                "cumulative.npy": array_to_bytes(classifier.cumulative(held_out)),
            }

        return [
            FoldScores(
                array_from_bytes(files["latent.npy"]), array_from_bytes(files["cumulative.npy"])
            )
            for _, files in self._finished(name, prepare, seed, store)
        ]

    def fit(
        self, name: str, prepare: PrepareEssays, *, seed: int
    ) -> list[OrdinalClassifierProtocol]:
        """Return the fitted members; arguments and errors are those of :meth:`score`."""
        return [
            with_embedding_score(member.trainer.load(files), files)
            for member, files in self._finished(
                name, prepare, seed, lambda classifier: dict(classifier.state())
            )
        ]

    def _finished(
        self,
        name: str,
        prepare: PrepareEssays,
        seed: int,
        store: Callable[[OrdinalClassifierProtocol], dict[str, bytes]],
    ) -> list[tuple[Member, dict[str, bytes]]]:
        essays: StackedEssays | None = None
        finished = []
        for number, member in enumerate(self._members):
            self._stop.check()
            own = name if len(self._members) == 1 else f"{name}-member-{number}"
            files = self._checkpoints.load(own)
            if files is not None:
                self.resumed = True
            else:
                essays = essays or prepare()
                base = essays.fit_base(
                    member.trainer, seed=seed + member.seed_offset, callback=_stopping(self._stop)
                )
                files = store(essays.stacked(base))
                self._checkpoints.save(own, files)
            finished.append((member, files))
            self._advance()
        return finished


def _stopping(stop: StopSignal) -> RoundCallback:
    def callback(_: int, __: int) -> None:
        stop.check()

    return callback
