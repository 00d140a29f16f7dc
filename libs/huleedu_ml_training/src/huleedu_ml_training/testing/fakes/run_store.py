"""Runs in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from huleedu_ml_training.registry.records import RunKind, RunRecord, RunState
from huleedu_ml_training.registry.run_errors import (
    RunElsewhereError,
    RunFinishedError,
    RunNotFoundError,
    RunNotResumableError,
)
from huleedu_ml_training.registry.storable import checked_text, json_ready


class InMemoryRunTable:
    """What stores share, as processes share a database.

    Attributes:
        runs: Id → run, in order of their start.
        holders: Id of a run at work → the store that holds it.
    """

    def __init__(self) -> None:
        self.runs: dict[UUID, RunRecord] = {}
        self.holders: dict[UUID, object] = {}


class InMemoryRunStore:
    """Keeps runs for as long as its table lives; safe for tasks of one event loop.

    Args:
        table: Shared with other stores that play other processes; None makes a new one.
    """

    def __init__(self, table: InMemoryRunTable | None = None) -> None:
        self._table = InMemoryRunTable() if table is None else table

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
        """Add a run in state running and hold it."""
        run = RunRecord(
            id=uuid4(),
            kind=kind,
            experiment_name=checked_text(experiment_name, "name of the experiment", limit=200),
            state=RunState.RUNNING,
            inputs_digest=inputs_digest,
            config=json_ready(config),
            dataset_digest=dataset_digest,
            metrics={},
            error=None,
            correlation_id=correlation_id,
            started_at=datetime.now(UTC),
            finished_at=None,
        )
        self._table.holders[run.id] = self
        return self._keep(run)

    async def resume(self, run_id: UUID, *, correlation_id: str | None) -> RunRecord:
        """Set a run that can go on to running and hold it."""
        run = await self.get(run_id)
        alive = run_id in self._table.holders
        if alive or run.state not in {RunState.RUNNING, RunState.INTERRUPTED}:
            raise RunNotResumableError(run_id=run_id, state=run.state, alive=alive)
        self._table.holders[run_id] = self
        return self._keep(
            replace(run, state=RunState.RUNNING, correlation_id=correlation_id, finished_at=None)
        )

    async def finish(
        self,
        run_id: UUID,
        state: RunState,
        *,
        metrics: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> RunRecord:
        """End a running run and let go of it."""
        run = await self.get(run_id)
        if self._table.holders.get(run_id, self) is not self:
            raise RunElsewhereError(run_id=run_id)
        if run.state is not RunState.RUNNING:
            raise RunFinishedError(run_id=run_id, state=run.state, wanted=state)
        self._table.holders.pop(run_id, None)
        return self._keep(
            replace(
                run,
                state=state,
                metrics=run.metrics if metrics is None else json_ready(metrics),
                error=json_ready(error),
                finished_at=datetime.now(UTC),
            )
        )

    async def get(self, run_id: UUID) -> RunRecord:
        """Return a run."""
        if run_id not in self._table.runs:
            raise RunNotFoundError(run_id=run_id)
        return self._table.runs[run_id]

    async def list_runs(self, *, kind: RunKind | None = None, limit: int = 50) -> list[RunRecord]:
        """Return runs, newest first."""
        runs = [run for run in self._table.runs.values() if kind is None or run.kind is kind]
        return runs[::-1][:limit]

    async def alive(self) -> frozenset[UUID]:
        """Return the runs that a store holds."""
        return frozenset(self._table.holders)

    async def find_resumable(self, *, kind: RunKind, inputs_digest: str) -> RunRecord | None:
        """Return the newest run of the same work that can go on, or None."""
        for run in await self.list_runs(kind=kind, limit=len(self._table.runs)):
            resumable = run.state in {RunState.RUNNING, RunState.INTERRUPTED}
            same_work = run.inputs_digest == inputs_digest
            if resumable and same_work and run.id not in self._table.holders:
                return run
        return None

    async def close(self) -> None:
        """Let go of every run that this store holds."""
        holders = self._table.holders
        for run_id in [run_id for run_id, holder in holders.items() if holder is self]:
            del holders[run_id]

    def _keep(self, run: RunRecord) -> RunRecord:
        self._table.runs[run.id] = run
        return run
