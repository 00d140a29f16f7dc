"""Telling others of runs that ended, without ever standing in the way of the runs."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

import structlog

from huleedu_ml_training.domain.errors import InfrastructureError
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.filters import ALL_RUNS, RunFilter
from huleedu_ml_training.registry.runs.protocol import RunStoreProtocol
from huleedu_ml_training.registry.runs.records import (
    NewRun,
    Retention,
    RunKind,
    RunRecord,
    RunState,
)


class RunSinkError(InfrastructureError):
    """A sink could not be told of a run; the run itself is not touched by it.

    Attributes:
        sink: Its name.
        reason: What went wrong, without secrets.
    """

    code = "run-sink"

    def __init__(self, *, sink: str, reason: str) -> None:
        super().__init__()
        self.sink = sink
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the sink."""
        return f"{self.sink} was not told of the run"

    @property
    def why(self) -> str:
        """Say what went wrong."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say that nothing is lost."""
        return "the run is kept in the database; runs show shows it"


class RunSinkProtocol(Protocol):
    """Is told of runs that ended: completed, failed or interrupted.

    A run that is told of again, since it went on and ended once more, replaces what was told of it
    before. Safe for concurrent use by tasks.

    Attributes:
        name: A word for logs and metrics.
    """

    name: str

    async def deliver(self, run: RunRecord) -> None:
        """Tell of a run, in a time that is bounded.

        Raises:
            RunSinkError: It could not be told of.
        """
        ...


class AnnouncingRunStore:
    """A run store that also tells a sink; implements RunStoreProtocol.

    A sink that fails costs a warning and a count, never a run.

    Args:
        store: Keeps the runs.
        sink: Is told when one of them has ended.
        metrics: Counts failures.
    """

    def __init__(self, store: RunStoreProtocol, sink: RunSinkProtocol, metrics: MLMetrics) -> None:
        self._store = store
        self._sink = sink
        self._metrics = metrics
        self._log = structlog.get_logger("huleedu_ml_training.runs")

    async def start(self, new: NewRun) -> RunRecord:
        """Add a run in state running, hold it and return it."""
        return await self._store.start(new)

    async def resume(self, run_id: UUID, *, correlation_id: str | None) -> RunRecord:
        """Set a run that can go on to running again and hold it."""
        return await self._store.resume(run_id, correlation_id=correlation_id)

    async def finish(
        self,
        run_id: UUID,
        state: RunState,
        *,
        metrics: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> RunRecord:
        """Set a running run to interrupted, failed or completed, then tell the sink of it."""
        run = await self._store.finish(run_id, state, metrics=metrics, error=error)
        try:
            await self._sink.deliver(run)
        except RunSinkError as problem:
            self._metrics.sink_failures.labels(self._sink.name).inc()
            self._log.warning(
                "run_sink_failed", sink=self._sink.name, run_id=str(run_id), reason=problem.reason
            )
        return run

    async def get(self, run_id: UUID) -> RunRecord:
        """Return a run."""
        return await self._store.get(run_id)

    async def find(self, text: str) -> RunRecord:
        """Return a run by its id or an unambiguous prefix of it."""
        return await self._store.find(text)

    async def list_runs(
        self, wanted: RunFilter = ALL_RUNS, *, limit: int | None = 50
    ) -> list[RunRecord]:
        """Return the runs that a filter lets through, newest first."""
        return await self._store.list_runs(wanted, limit=limit)

    async def tag(
        self, run_id: UUID, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> RunRecord:
        """Add and remove tags of a run."""
        return await self._store.tag(run_id, add=add, remove=remove)

    async def retained(self, run_ids: Collection[UUID]) -> dict[UUID, Retention]:
        """Return those of the runs that :meth:`discard` would leave, with the reason."""
        return await self._store.retained(run_ids)

    async def discard(
        self, run_id: UUID, remove_files: Callable[[], Awaitable[None]]
    ) -> Retention | None:
        """Remove a run for good, unless there is a reason to keep it; the sink keeps its copy."""
        return await self._store.discard(run_id, remove_files)

    async def alive(self) -> frozenset[UUID]:
        """Return the runs that a process is at work on at this moment."""
        return await self._store.alive()

    async def find_resumable(self, *, kind: RunKind, inputs_digest: str) -> RunRecord | None:
        """Return the newest run of the same work that can go on, or None."""
        return await self._store.find_resumable(kind=kind, inputs_digest=inputs_digest)

    async def close(self) -> None:
        """Let go of every run that the store holds."""
        await self._store.close()
