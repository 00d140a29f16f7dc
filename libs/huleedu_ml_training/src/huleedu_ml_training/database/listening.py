"""Hearing what PostgreSQL notifies of, over a connection that is made again when it is lost."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NoReturn, Protocol

import asyncpg

from huleedu_ml_training.domain.errors import HuleEduMLError

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 10.0
"""A connection that lasted so long was sound: the next one is tried without a long pause."""

_FAILURES = (
    HuleEduMLError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

Connect = Callable[[], Awaitable["asyncpg.Connection[asyncpg.Record]"]]


class ListenerProtocol(Protocol):
    """Is told what is heard; called on the event loop, and must not block."""

    def listening(self) -> None:
        """Note that from now on everything is heard; what came before may have been missed."""
        ...

    def notified(self, payload: str) -> None:
        """Note a notification; anybody with a connection to the database may have sent it."""
        ...

    def deaf(self, reason: str) -> None:
        """Note that nothing is heard until :meth:`listening` is called again."""
        ...


async def listen(
    connect: Connect, channel: str, listener: ListenerProtocol, *, probe_every_s: float = 30.0
) -> NoReturn:
    """Listen on a channel until cancelled; what fails is told and tried again.

    A pooler in transaction mode between this process and the server takes the command and never
    passes a notification on: the connection has to be direct, or through a pool in session mode.

    Args:
        connect: Opens a connection; it belongs to this function and is closed by it.
        channel: Name of the channel.
        listener: Is told.
        probe_every_s: How often an idle connection is asked for a sign of life, since a network
            that was cut says nothing by itself.
    """
    pause_s = _FIRST_PAUSE_S
    while True:
        began = asyncio.get_running_loop().time()
        try:
            connection = await connect()
            try:
                reason = await _listen_once(connection, channel, listener, probe_every_s)
            finally:
                with suppress(*_FAILURES):
                    connection.terminate()
        except _FAILURES as error:
            reason = error.what if isinstance(error, HuleEduMLError) else _in_a_line(error)
        listener.deaf(reason)
        if asyncio.get_running_loop().time() - began > _STEADY_S:
            pause_s = _FIRST_PAUSE_S
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


async def _listen_once(
    connection: "asyncpg.Connection[asyncpg.Record]",
    channel: str,
    listener: ListenerProtocol,
    probe_every_s: float,
) -> str:
    """Listen until the connection is lost; return why."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda *_: lost.set())
    await connection.add_listener(channel, lambda *heard: listener.notified(str(heard[-1])))
    listener.listening()
    while not lost.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(lost.wait(), probe_every_s)
        if not lost.is_set():
            await connection.execute("SELECT 1", timeout=probe_every_s)
    return "the server ended the connection"


def _in_a_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
