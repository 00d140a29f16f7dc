"""The run store in PostgreSQL."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from huleedu_ml_training.registry.filters import ALL_RUNS, RunFilter
from huleedu_ml_training.registry.rows import run_record
from huleedu_ml_training.registry.runs import queries
from huleedu_ml_training.registry.runs.errors import (
    RunElsewhereError,
    RunFinishedError,
    RunNotFoundError,
    RunNotResumableError,
)
from huleedu_ml_training.registry.runs.locks import RunLocks, held_by_anyone
from huleedu_ml_training.registry.runs.queries import CAN_GO_ON, locked_row
from huleedu_ml_training.registry.runs.records import (
    NewRun,
    Retention,
    RunKind,
    RunRecord,
    RunState,
)
from huleedu_ml_training.registry.storable import checked_text, json_ready
from huleedu_ml_training.registry.tables import RunRow
from huleedu_ml_training.registry.tags import changed_tags
from huleedu_ml_training.registry.transactions import in_transaction

_T = TypeVar("_T")


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

    async def start(self, new: NewRun) -> RunRecord:
        """Add a run in state running, hold it and return it."""
        name = checked_text(new.experiment_name, "name of the experiment", limit=200)
        names = changed_tags((), add=new.tags)
        run_id = uuid4()
        await self._locks.acquire(run_id)

        async def work(session: AsyncSession) -> RunRecord:
            row = RunRow(
                id=run_id,
                kind=new.kind.value,
                experiment_name=name,
                inputs_digest=new.inputs_digest,
                config=json_ready(new.config),
                dataset_digest=new.dataset_digest,
                correlation_id=new.correlation_id,
                request=json_ready(new.request),
                tags=list(names),
                reproduces=new.reproduces,
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
            row = await locked_row(session, run_id)
            if not run_record(row).can_go_on:
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
            row = await locked_row(session, run_id)
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

        async def work(session: AsyncSession) -> RunRecord:
            row = await session.get(RunRow, run_id)
            if row is None:
                raise RunNotFoundError(run_id=run_id)
            return run_record(row)

        return await in_transaction(self._engine, work)

    async def find(self, text: str) -> RunRecord:
        """Return a run by its id or an unambiguous prefix of at least four digits."""
        return await in_transaction(self._engine, partial(queries.find, text=text))

    async def list_runs(
        self, wanted: RunFilter = ALL_RUNS, *, limit: int | None = 50
    ) -> list[RunRecord]:
        """Return the runs that a filter lets through, newest first."""
        listing = partial(queries.runs, wanted=wanted, limit=limit)
        return await in_transaction(self._engine, listing)

    async def tag(
        self, run_id: UUID, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> RunRecord:
        """Add and remove tags of a run."""
        change = partial(queries.tag, run_id=run_id, add=tuple(add), remove=tuple(remove))
        return await in_transaction(self._engine, change)

    async def retained(self, run_ids: Collection[UUID]) -> dict[UUID, Retention]:
        """Return those of the runs that :meth:`discard` would leave, with the reason."""

        async def work(session: AsyncSession) -> dict[UUID, Retention]:
            found = await queries.retained(session, run_ids)
            busy = await held_by_anyone(session, run_ids)
            return {**found, **dict.fromkeys(busy, Retention.AT_WORK)}

        return await in_transaction(self._engine, work)

    async def discard(
        self, run_id: UUID, remove_files: Callable[[], Awaitable[None]]
    ) -> Retention | None:
        """Remove a run for good, unless a model of it is registered or somebody wants it."""
        await self.get(run_id)
        if not await self._locks.acquire(run_id):
            return Retention.AT_WORK
        work = partial(queries.discard, run_id=run_id, remove_files=remove_files)
        reason = await self._keeping_lock(run_id, work)
        await self._locks.release(run_id)
        return reason

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
                .where(RunRow.state.in_([state.value for state in CAN_GO_ON]))
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
