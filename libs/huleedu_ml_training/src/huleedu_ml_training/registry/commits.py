"""What became of a commit whose answer was lost: the server is asked, nobody guesses."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from huleedu_ml_training.database.translation import translated_errors
from huleedu_ml_training.domain.errors import InfrastructureError

_PATIENCE_S = 20.0
_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_WITNESS = "huleedu_ml_training.witness"
_INVALID_PARAMETER = "22023"

_TRACE = text(
    """
    SELECT pg_current_xact_id_if_assigned()::text AS number, pg_backend_pid() AS pid, now() AS began
    """
)

# A server that does not know yet that its client is gone would hold the locks for hours.
_END = text(
    """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid = :pid AND xact_start = :began AND pid <> pg_backend_pid()
    """
)
_STATUS = text("SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8))")


class OutcomeUnknownError(InfrastructureError):
    """The connection was lost during a commit, and the server did not come back to be asked.

    Attributes:
        reason: How the connection was lost.
    """

    code = "outcome-unknown"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what is not known."""
        return (
            "the database was lost in the very moment of the change: "
            "either all of it happened or nothing"
        )

    @property
    def why(self) -> str:
        """Repeat how the connection was lost."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say where to look before doing it again."""
        return (
            "when the database is back, look before trying again: registry history (for a run: "
            "runs list) shows whether it happened, under the correlation id of this command"
        )


@dataclass(frozen=True, slots=True)
class Trace:
    """What a transaction can be found by after its connection is lost.

    Attributes:
        number: PostgreSQL's number of it.
        pid: Of the server's process.
        began: By the server's clock.
        witness: Returns a row if it was committed.
    """

    number: str
    pid: int
    began: datetime
    witness: Select[Any] | None


def bear_witness(session: AsyncSession, witness: Select[Any]) -> None:
    """Name a statement that returns a row exactly if the transaction of a session is committed."""
    session.info[_WITNESS] = witness


async def trace_of(session: AsyncSession) -> Trace | None:
    """Return what the transaction of a session can be found by; None where it wrote nothing."""
    await session.flush()
    row = (await session.execute(_TRACE)).one()
    if row.number is None:
        return None
    return Trace(row.number, row.pid, row.began, session.info.get(_WITNESS))


async def happened(engine: AsyncEngine, trace: Trace, error: Exception) -> bool:
    """Return whether a transaction was committed, asking until the server answers.

    A transaction that is still open is ended, so that it cannot be committed later.

    Args:
        engine: The database.
        trace: As :func:`trace_of` returned it, right before the commit.
        error: What the commit raised.

    Raises:
        OutcomeUnknownError: The server did not answer in time.
    """
    loop = asyncio.get_running_loop()
    give_up, pause = loop.time() + _PATIENCE_S, _PAUSE_S
    while True:
        committed = await _ask(engine, trace)
        if committed is not None:
            return committed
        if loop.time() + pause > give_up:
            raise OutcomeUnknownError(reason=str(getattr(error, "orig", error))) from error
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)


async def _ask(engine: AsyncEngine, trace: Trace) -> bool | None:
    """Return what the server says; None where it cannot be reached, or is not done yet."""
    try:
        with translated_errors(engine):
            async with engine.begin() as connection:
                still_open = {"pid": trace.pid, "began": trace.began}
                if (await connection.execute(_END, still_open)).all():
                    return None
                if trace.witness is not None:
                    return (await connection.execute(trace.witness)).first() is not None
                return await _committed(connection, trace.number)
    except (InfrastructureError, DBAPIError, OSError):
        return None


async def _committed(connection: AsyncConnection, number: str) -> bool:
    """Return what the server remembers of a transaction.

    After a crash it may have given the number to another: where that matters there is a witness.
    """
    try:
        status: str | None = await connection.scalar(_STATUS, {"number": number})
    except DBAPIError as error:
        # "In the future": the server crashed before it had written anything of it to disk.
        if getattr(error.orig, "sqlstate", None) != _INVALID_PARAMETER:
            raise
        return False
    return status == "committed"
