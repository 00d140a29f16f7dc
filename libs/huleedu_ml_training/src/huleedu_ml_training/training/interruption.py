"""Stopping work in a thread when its task is cancelled."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

_T = TypeVar("_T")


class WorkStoppedError(Exception):
    """Raised inside a worker thread that was asked to stop; never leaves :func:`run_stoppable`."""


class StopSignal:
    """A flag that the event loop sets and worker threads look at."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask the worker to stop."""
        self._event.set()

    def check(self) -> None:
        """Raise :class:`WorkStoppedError` if the worker was asked to stop."""
        if self._event.is_set():
            raise WorkStoppedError


async def run_stoppable(work: Callable[[StopSignal], _T]) -> _T:
    """Run CPU work in a thread; cancelling the task stops the thread before it is reported.

    Args:
        work: Function that calls ``signal.check()`` often enough to stop within a second or so.

    Returns:
        What ``work`` returns.

    Raises:
        asyncio.CancelledError: The task was cancelled; the thread has ended.
    """
    stop = StopSignal()
    future = asyncio.ensure_future(asyncio.to_thread(work, stop))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        stop.set()
        with suppress(WorkStoppedError):
            await future
        raise
