"""Transactions that are tried again where the database asks for it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from huleedu_ml_training.database.translation import translated_errors
from huleedu_ml_training.domain.errors import InfrastructureError
from huleedu_ml_training.registry import commits

_T = TypeVar("_T")

_SERIALIZATION_FAILURE = "40001"
_DEADLOCK_DETECTED = "40P01"
_UNIQUE_VIOLATION = "23505"
_LOCK_NOT_AVAILABLE = "55P03"
_QUERY_CANCELED = "57014"  # by the server's statement_timeout
_TRANSIENT = {_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED, _UNIQUE_VIOLATION}
_WAITED_LONG_ENOUGH = {_LOCK_NOT_AVAILABLE, _QUERY_CANCELED}
_ATTEMPTS = 8
_FIRST_PAUSE_S = 0.005


class DatabaseBusyError(InfrastructureError):
    """Others kept a row or a lock for so long that the operation was given up; nothing changed."""

    code = "database-busy"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say that it was given up."""
        return "given up, because other processes kept changing the same rows; nothing was changed"

    @property
    def why(self) -> str:
        """Repeat what the server said."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say what to look for."""
        return "try again; if it stays so, look in pg_stat_activity for a transaction left open"


async def in_transaction(engine: AsyncEngine, work: Callable[[AsyncSession], Awaitable[_T]]) -> _T:
    """Run ``work`` in one transaction and commit; return what it returned.

    A serialisation failure, a deadlock or a unique violation runs it again from the start, with a
    fresh session and after a random pause, a few times at most. ``work`` must therefore have no
    effect but through its session.

    A connection that is lost before the commit undoes everything. One that is lost during the
    commit leaves open what happened, so the server is asked on another connection: what was
    committed is returned as if nothing had been, and anything else is an error.

    Args:
        engine: The database.
        work: Called with a session in a transaction; an exception rolls back and is passed on.

    Raises:
        DatabaseBusyError: Every attempt failed, or a lock was not to be had in time.
        OutcomeUnknownError: The database was lost during the commit and did not come back.
        InfrastructureError: The database failed otherwise; nothing was changed.
    """
    with translated_errors(engine):
        for attempt in range(_ATTEMPTS):
            try:
                return await _once(engine, work)
            except PoolTimeoutError as error:
                reason = f"every connection of this process was in use: {error}"
                break
            except DBAPIError as error:
                code, reason = sqlstate(error), str(error.orig)
                if code not in _TRANSIENT | _WAITED_LONG_ENOUGH:
                    raise
                if code in _WAITED_LONG_ENOUGH:
                    break
            pause = _FIRST_PAUSE_S * 2**attempt
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)  # noqa: S311 - no secret
    raise DatabaseBusyError(reason=reason)


async def _once(engine: AsyncEngine, work: Callable[[AsyncSession], Awaitable[_T]]) -> _T:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        # Whoever waits for a lock must then see what its holder did, whatever the server's default.
        await session.connection(execution_options={"isolation_level": "READ COMMITTED"})
        result = await work(session)
        trace = await commits.trace_of(session)
        try:
            await session.commit()
        except Exception as error:
            await session.close()
            if trace is None or not await commits.happened(engine, trace, error):
                raise
        return result


def sqlstate(error: DBAPIError) -> str | None:
    """Return PostgreSQL's code of an error; None where the server did not say."""
    code = getattr(error.orig, "sqlstate", None)
    return code if isinstance(code, str) else None


def constraint(error: DBAPIError) -> str | None:
    """Return the name of the constraint that was violated, if one was."""
    name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    return name if isinstance(name, str) else None
