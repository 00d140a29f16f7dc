"""Contract of remembering runs."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from huleedu_ml_training.registry.records import RunKind, RunRecord, RunState


class RunStoreProtocol(Protocol):
    """Remembers runs, and which of them a process is at work on.

    The store that started or resumed a run holds it until it finishes the run or is closed; when
    its process dies, however suddenly, the run is free at once and can be resumed by another. A
    state once terminal (failed, completed) never changes. Safe for concurrent use by tasks and
    processes.
    """

    async def start(
        self,
        *,
        kind: RunKind,
        experiment_name: str,
        inputs_digest: str,
        config: Mapping[str, Any],
        dataset_digest: str | None,
        correlation_id: str | None,
    ) -> RunRecord:
        """Add a run in state running, hold it and return it.

        Raises:
            InvalidTextError: The name of the experiment cannot be kept.
            InfrastructureError: The store cannot be written.
        """
        ...

    async def resume(self, run_id: UUID, *, correlation_id: str | None) -> RunRecord:
        """Set an interrupted run, or one whose process died, to running again and hold it.

        Raises:
            RunNotFoundError: There is no such run.
            RunNotResumableError: It is completed or failed, or a process is at work on it. Also
                when another process was quicker after :meth:`find_resumable`.
        """
        ...

    async def finish(
        self,
        run_id: UUID,
        state: RunState,
        *,
        metrics: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> RunRecord:
        """Set a running run to interrupted, failed or completed and let go of it.

        A run whose process died can be finished by anybody.

        Args:
            run_id: The run.
            state: Any state but running.
            metrics: Results; None keeps what is there.
            error: Code and text of a failure.

        Raises:
            RunNotFoundError: There is no such run.
            RunFinishedError: It is not running any more.
            RunElsewhereError: Another process is at work on it.
        """
        ...

    async def get(self, run_id: UUID) -> RunRecord:
        """Return a run.

        Raises:
            RunNotFoundError: There is no such run.
        """
        ...

    async def list_runs(self, *, kind: RunKind | None = None, limit: int = 50) -> list[RunRecord]:
        """Return runs, newest first."""
        ...

    async def alive(self) -> frozenset[UUID]:
        """Return the runs that a process is at work on at this moment.

        A run in state running that is not among them has lost its process and can be resumed.
        """
        ...

    async def find_resumable(self, *, kind: RunKind, inputs_digest: str) -> RunRecord | None:
        """Return the newest run of the same work that can go on, or None."""
        ...

    async def close(self) -> None:
        """Let go of every run that this store holds, without changing its state."""
        ...
