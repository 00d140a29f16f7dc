"""Runs in memory."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from huleedu_ml_training.registry.filters import ALL_RUNS, RunFilter
from huleedu_ml_training.registry.runs.errors import (
    RunElsewhereError,
    RunFinishedError,
    RunNotFoundError,
    RunNotResumableError,
)
from huleedu_ml_training.registry.runs.ids import run_id_digits, the_one
from huleedu_ml_training.registry.runs.records import (
    NewRun,
    Retention,
    RunKind,
    RunRecord,
    RunState,
)
from huleedu_ml_training.registry.storable import checked_text, json_ready
from huleedu_ml_training.registry.tags import KEEP, changed_tags


class InMemoryRunTable:
    """What stores share, as processes share a database.

    Attributes:
        runs: Id → run, in order of their start.
        holders: Id of a run at work → the store that holds it.
        registered: Runs whose model is registered; nothing but tests put any there.
    """

    def __init__(self) -> None:
        self.runs: dict[UUID, RunRecord] = {}
        self.holders: dict[UUID, object] = {}
        self.registered: set[UUID] = set()


class InMemoryRunStore:
    """Keeps runs for as long as its table lives; safe for tasks of one event loop.

    Args:
        table: Shared with other stores that play other processes; None makes a new one.
    """

    def __init__(self, table: InMemoryRunTable | None = None) -> None:
        self._table = InMemoryRunTable() if table is None else table

    async def start(self, new: NewRun) -> RunRecord:
        """Add a run in state running and hold it."""
        run = RunRecord(
            id=uuid4(),
            kind=new.kind,
            experiment_name=checked_text(new.experiment_name, "name of the experiment", limit=200),
            state=RunState.RUNNING,
            inputs_digest=new.inputs_digest,
            config=json_ready(new.config),
            dataset_digest=new.dataset_digest,
            metrics={},
            error=None,
            correlation_id=new.correlation_id,
            started_at=datetime.now(UTC),
            finished_at=None,
            request=json_ready(new.request),
            tags=changed_tags((), add=new.tags),
            reproduces=new.reproduces,
        )
        self._table.holders[run.id] = self
        return self._keep(run)

    async def resume(self, run_id: UUID, *, correlation_id: str | None) -> RunRecord:
        """Set a run that can go on to running and hold it."""
        run = await self.get(run_id)
        alive = run_id in self._table.holders
        if alive or not run.can_go_on:
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

    async def find(self, text: str) -> RunRecord:
        """Return a run by its id or an unambiguous prefix of it."""
        digits = run_id_digits(text)
        return the_one(digits, [r for r in self._newest_first() if r.id.hex.startswith(digits)])

    async def list_runs(
        self, wanted: RunFilter = ALL_RUNS, *, limit: int | None = 50
    ) -> list[RunRecord]:
        """Return the runs that a filter lets through, newest first."""
        return [run for run in self._newest_first() if wanted.lets_through(run)][:limit]

    async def tag(
        self, run_id: UUID, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> RunRecord:
        """Add and remove tags of a run."""
        run = await self.get(run_id)
        return self._keep(replace(run, tags=changed_tags(run.tags, add=add, remove=remove)))

    async def retained(self, run_ids: Collection[UUID]) -> dict[UUID, Retention]:
        """Return those of the runs that :meth:`discard` would leave, with the reason."""
        reasons = {}
        for run in self._newest_first():
            if run.id in run_ids:
                if run.id in self._table.holders:
                    reasons[run.id] = Retention.AT_WORK
                elif run.id in self._table.registered:
                    reasons[run.id] = Retention.REGISTERED
                elif KEEP in run.tags:
                    reasons[run.id] = Retention.TAGGED
        return reasons

    async def discard(
        self, run_id: UUID, remove_files: Callable[[], Awaitable[None]]
    ) -> Retention | None:
        """Remove a run for good, unless there is a reason to keep it."""
        run = await self.get(run_id)
        reason = (await self.retained([run_id])).get(run_id)
        if reason is None:
            await remove_files()
            del self._table.runs[run_id]
            for other in self._newest_first():
                if other.reproduces == run.id:
                    self._keep(replace(other, reproduces=None))
        return reason

    async def alive(self) -> frozenset[UUID]:
        """Return the runs that a store holds."""
        return frozenset(self._table.holders)

    async def find_resumable(self, *, kind: RunKind, inputs_digest: str) -> RunRecord | None:
        """Return the newest run of the same work that can go on, or None."""
        for run in await self.list_runs(RunFilter(kind=kind), limit=None):
            same_work = run.inputs_digest == inputs_digest
            if run.can_go_on and same_work and run.id not in self._table.holders:
                return run
        return None

    async def close(self) -> None:
        """Let go of every run that this store holds."""
        holders = self._table.holders
        for run_id in [run_id for run_id, holder in holders.items() if holder is self]:
            del holders[run_id]

    def _newest_first(self) -> list[RunRecord]:
        return list(self._table.runs.values())[::-1]

    def _keep(self, run: RunRecord) -> RunRecord:
        self._table.runs[run.id] = run
        return run
