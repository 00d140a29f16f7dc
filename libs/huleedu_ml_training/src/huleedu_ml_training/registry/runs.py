"""The run store in PostgreSQL."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from huleedu_ml_training.registry.records import RunKind, RunRecord, RunState
from huleedu_ml_training.registry.rows import run_record
from huleedu_ml_training.registry.run_errors import (
    RunElsewhereError,
    RunFinishedError,
    RunNotFoundError,
    RunNotResumableError,
)
from huleedu_ml_training.registry.run_locks import RunLocks, held_by_anyone
from huleedu_ml_training.registry.storable import checked_text, json_ready
from huleedu_ml_training.registry.tables import RunRow
from huleedu_ml_training.registry.transactions import in_transaction

_T = TypeVar("_T")
_CAN_GO_ON = {RunState.RUNNING, RunState.INTERRUPTED}


class PostgresRunStore:
    """Keeps runs in the schema ``ml_training``; close it when its process is done with them.

    The methods raise what :class:`RunStoreProtocol` says, and an
    :class:`~huleedu_ml_training.domain.errors.InfrastructureError` where the database fails.

    Args:
        engine: The database, migrated; each run at work takes a connection of its own beside the
            pool's.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._locks = RunLocks(engine)

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
        """Add a run in state running, hold it and return it."""
        name = checked_text(experiment_name, "name of the experiment", limit=200)
        run_id = uuid4()
        await self._locks.acquire(run_id)

        async def work(session: AsyncSession) -> RunRecord:
            row = RunRow(
                id=run_id,
                kind=kind.value,
                experiment_name=name,
                inputs_digest=inputs_digest,
                config=json_ready(config),
                dataset_digest=dataset_digest,
                correlation_id=correlation_id,
            )
            session.add(row)
            await session.flush()
            await session.refresh(row)
            return run_record(row)

        return await self._keeping_lock(run_id, work)

    async def resume(self, run_id: UUID, *, correlation_id: str | None) -> RunRecord:
        """Set an interrupted run, or one whose process died, to running again and hold it."""
        before = await self.get(run_id)
        if not await self._locks.acquire(run_id):
            raise RunNotResumableError(run_id=run_id, state=before.state, alive=True)

        async def work(session: AsyncSession) -> RunRecord:
            row = await _locked_row(session, run_id)
            if row.state not in _CAN_GO_ON:
                raise RunNotResumableError(run_id=run_id, state=RunState(row.state), alive=False)
            row.state = RunState.RUNNING.value
            row.correlation_id = correlation_id
            row.finished_at = None
            await session.flush()
            return run_record(row)

        return await self._keeping_lock(run_id, work)

    async def finish(
        self,
        run_id: UUID,
        state: RunState,
        *,
        metrics: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> RunRecord:
        """Set a running run to interrupted, failed or completed and let go of it."""
        await self.get(run_id)
        if not await self._locks.ensure(run_id):
            raise RunElsewhereError(run_id=run_id)

        async def work(session: AsyncSession) -> RunRecord:
            row = await _locked_row(session, run_id)
            if row.state != RunState.RUNNING:
                raise RunFinishedError(run_id=run_id, state=RunState(row.state), wanted=state)
            row.state = state.value
            row.error = json_ready(error)
            if metrics is not None:
                row.metrics = json_ready(metrics)
            row.finished_at = func.clock_timestamp()
            await session.flush()
            await session.refresh(row)
            return run_record(row)

        run = await self._keeping_lock(run_id, work)
        await self._locks.release(run_id)
        return run

    async def get(self, run_id: UUID) -> RunRecord:
        """Return a run."""
        found = await self._select(RunRow.id == run_id, limit=1)
        if not found:
            raise RunNotFoundError(run_id=run_id)
        return found[0]

    async def list_runs(self, *, kind: RunKind | None = None, limit: int = 50) -> list[RunRecord]:
        """Return runs, newest first."""
        criteria = [] if kind is None else [RunRow.kind == kind.value]
        return await self._select(*criteria, limit=limit)

    async def alive(self) -> frozenset[UUID]:
        """Return the runs that a process is at work on at this moment."""

        async def work(session: AsyncSession) -> frozenset[UUID]:
            running = select(RunRow.id).where(RunRow.state == RunState.RUNNING.value)
            return await held_by_anyone(session, list(await session.scalars(running)))

        return await in_transaction(self._engine, work)

    async def find_resumable(self, *, kind: RunKind, inputs_digest: str) -> RunRecord | None:
        """Return the newest run of the same work that can go on, or None."""

        async def work(session: AsyncSession) -> RunRecord | None:
            rows = await session.scalars(
                select(RunRow)
                .where(RunRow.kind == kind.value, RunRow.inputs_digest == inputs_digest)
                .where(RunRow.state.in_([state.value for state in _CAN_GO_ON]))
                .order_by(RunRow.started_at.desc())
            )
            unfinished = list(rows)
            busy = await held_by_anyone(session, [row.id for row in unfinished])
            free = (run_record(row) for row in unfinished if row.id not in busy)
            return next(free, None)

        return await in_transaction(self._engine, work)

    async def close(self) -> None:
        """Let go of every run that this store holds, without changing its state."""
        await self._locks.release_all()

    async def _keeping_lock(
        self, run_id: UUID, work: Callable[[AsyncSession], Awaitable[_T]]
    ) -> _T:
        """Run a transaction; let go of the run's lock if it fails."""
        try:
            return await in_transaction(self._engine, work)
        except BaseException:
            await self._locks.release(run_id)
            raise

    async def _select(self, *criteria: ColumnElement[bool], limit: int) -> list[RunRecord]:
        async def work(session: AsyncSession) -> list[RunRecord]:
            newest_first = select(RunRow).where(*criteria).order_by(RunRow.started_at.desc())
            return [run_record(row) for row in await session.scalars(newest_first.limit(limit))]

        return await in_transaction(self._engine, work)


async def _locked_row(session: AsyncSession, run_id: UUID) -> RunRow:
    row = await session.get(RunRow, run_id, with_for_update=True)
    if row is None:
        raise RunNotFoundError(run_id=run_id)
    return row
