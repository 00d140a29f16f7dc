"""Liveness of runs: a lock that PostgreSQL frees when the process that holds it is gone.

Each run at work holds a session-level advisory lock on a connection of its own. When the process
ends, even by kill -9 or a power cut, its connection ends and the server frees the lock; no time-out
has to be guessed and no heartbeat to be written. A connection pooler in transaction mode between
this library and the server breaks this: it gives one connection to many clients.
"""

import hashlib
from collections.abc import Collection
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from huleedu_ml_training.database.translation import translated_errors

_HELD = text(
    "SELECT CAST(classid AS bigint), CAST(objid AS bigint) FROM pg_locks"
    " WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class _Key(NamedTuple):
    """A lock's key as ``pg_locks`` shows it: two unsigned halves of 64 bits."""

    high: int
    low: int

    @property
    def signed(self) -> int:
        """The key as ``pg_try_advisory_lock`` takes it."""
        unsigned = self.high << 32 | self.low
        return unsigned - (1 << 64) if unsigned >= 1 << 63 else unsigned


def _key(run_id: UUID) -> _Key:
    digest = hashlib.sha256(b"ml_training.ml_runs:" + run_id.bytes).digest()
    return _Key(int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:8], "big"))


class RunLocks:
    """The locks of one run store, by run.

    Args:
        engine: The database; each lock takes a connection away from its pool for good.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._held: dict[UUID, AsyncConnection] = {}

    async def acquire(self, run_id: UUID) -> bool:
        """Take the lock of a run; False where any session holds it, one of this object's too.

        Raises:
            InfrastructureError: The database failed.
        """
        with translated_errors(self._engine):
            connection = await self._engine.connect()
            try:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.run_sync(lambda sync: sync.detach())
                key = _key(run_id).signed
                taken = bool(await connection.scalar(select(func.pg_try_advisory_lock(key))))
            except BaseException:
                await connection.close()
                raise
        if taken:
            await self.release(run_id)
            self._held[run_id] = connection
        else:
            await connection.close()
        return taken

    async def ensure(self, run_id: UUID) -> bool:
        """Go on holding the lock of a run, or take it if the connection was lost.

        Raises:
            InfrastructureError: The database failed.
        """
        connection = self._held.get(run_id)
        if connection is not None:
            # A connection that cannot run a statement has lost its lock.
            with suppress(DBAPIError, OSError):
                await connection.execute(select(1))
                return True
        return await self.acquire(run_id)

    async def release(self, run_id: UUID) -> None:
        """Let go of the lock of a run by closing its connection."""
        connection = self._held.pop(run_id, None)
        if connection is not None:
            # Nothing is left to close of a connection that was lost.
            with suppress(DBAPIError, OSError):
                await connection.close()

    async def release_all(self) -> None:
        """Let go of every lock."""
        for run_id in list(self._held):
            await self.release(run_id)


async def held_by_anyone(session: AsyncSession, run_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the runs whose lock any session of the database holds."""
    if not run_ids:
        return frozenset()
    taken = {_Key(high, low) for high, low in await session.execute(_HELD)}
    return frozenset(run_id for run_id in run_ids if _key(run_id) in taken)
