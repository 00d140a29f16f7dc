"""Contracts of making graders, and of making them again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from huleedu_ml_training.registry.runs.records import RunRecord

if TYPE_CHECKING:  # the container knows the contracts before anybody needs the boosters
    from huleedu_ml_training.export.bundle import Bundle
    from huleedu_ml_training.training.checkpoints import CheckpointStore
    from huleedu_ml_training.training.contents import BundleContents
    from huleedu_ml_training.training.preparation import PreparedData
    from huleedu_ml_training.training.reproduction import Reproduction


class MakerProtocol(Protocol):
    """Fits, exports and judges; stores and registers nothing."""

    async def make(
        self,
        prepared: "PreparedData",
        checkpoints: "CheckpointStore",
        *,
        model_name: str,
        experiment_name: str,
        run_id: UUID,
    ) -> "BundleContents":
        """Return the contents of a bundle; equal data and settings give equal contents.

        Args:
            prepared: Data and split.
            checkpoints: Where finished parts are kept, and found again.
            model_name: Name under which versions are counted.
            experiment_name: The user's name for the run.
            run_id: The run that makes it.

        Raises:
            ParityError: The exported graph does not grade as the model does.
            asyncio.CancelledError: The task was cancelled; what is finished is in the checkpoints.
        """
        ...


@dataclass(frozen=True, slots=True)
class ReproductionRequest:
    """What to train again.

    Attributes:
        run: A completed training.
        bundle: What it registered, verified.
        correlation_id: Ties together logs and run.
    """

    run: RunRecord
    bundle: "Bundle"
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReproducedRun:
    """A finished reproduction.

    Attributes:
        run: Its own row.
        reproduction: What was found.
    """

    run: RunRecord
    reproduction: "Reproduction"


class ReproducerProtocol(Protocol):
    """Trains earlier runs again. Registers nothing."""

    async def reproduce(self, request: ReproductionRequest) -> ReproducedRun:
        """Train again and compare; an interrupted reproduction of the same run goes on.

        The reproduction leaves a run of its own, which names the first one.

        Raises:
            RunDataChangedError: The essays are not those of the run; nothing was trained.
            RunNotReproducibleError: The run cannot be followed; nothing was trained.
            OperationInterruptedError: The task was cancelled; finished parts are kept.
            InfrastructureError: Database or disk failed.
        """
        ...
