"""Contract of remembering runs."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

from huleedu_ml_training.registry.filters import ALL_RUNS, RunFilter
from huleedu_ml_training.registry.runs.records import (
    NewRun,
    Retention,
    RunKind,
    RunRecord,
    RunState,
)


class RunStoreProtocol(Protocol):
    """Remembers runs, and which of them a process is at work on.

    The store that started or resumed a run holds it until it finishes the run or is closed; when
    its process dies, however suddenly, the run is free at once and can be resumed by another. A
    state once terminal (failed, completed) never changes. Safe for concurrent use by tasks and
    processes.
    """

    async def start(self, new: NewRun) -> RunRecord:
        """Add a run in state running, hold it and return it.

        Raises:
            InvalidTextError: The name of the experiment cannot be kept.
            InvalidTagError: A tag cannot be kept.
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

    async def find(self, text: str) -> RunRecord:
        """Return a run by its id or an unambiguous prefix of at least four digits.

        Raises:
            RunNotFoundError: No id begins with that.
            AmbiguousRunIdError: Several do; the error lists them.
            InvalidRunIdError: The text is no such prefix.
        """
        ...

    async def list_runs(
        self, wanted: RunFilter = ALL_RUNS, *, limit: int | None = 50
    ) -> list[RunRecord]:
        """Return the runs that a filter lets through, newest first, at most ``limit`` of them."""
        ...

    async def tag(
        self, run_id: UUID, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> RunRecord:
        """Add and remove tags of a run, in whatever state it is; no tag is in doubt after it.

        Raises:
            RunNotFoundError: There is no such run.
            InvalidTagError: A tag cannot be kept, or is both added and removed.
        """
        ...

    async def retained(self, run_ids: Collection[UUID]) -> dict[UUID, Retention]:
        """Return those of the runs that :meth:`discard` would leave, with the reason."""
        ...

    async def discard(
        self, run_id: UUID, remove_files: Callable[[], Awaitable[None]]
    ) -> Retention | None:
        """Remove a run for good, unless a model of it is registered or somebody wants it.

        Args:
            run_id: The run.
            remove_files: Removes what the run left on disk; called before the row goes, while
                nobody can resume or tag the run. It may be called again after it succeeded.

        Returns:
            Why the run stays, or None if it is gone.

        Raises:
            RunNotFoundError: There is no such run.
        """
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
