"""Extracting for several clients: so many at a time, so many in the queue, none for nobody."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from starlette.types import Receive

from huleedu_essay_features.protocols import ProgressCallback
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.service.problems import ProblemError

_T = TypeVar("_T")

THREAD_NAME = "essay-features-service"

RETRY_AFTER_S = 1
"""What a client that was turned away is asked to wait."""


class ClientGoneError(Exception):
    """Nobody waits for the answer any more."""


class _StoppedError(Exception):
    """Ends an extraction in its thread."""


class Extractions:
    """The threads that extract, and the queue for them. Used within one event loop.

    Args:
        limits: How many requests are worked on, and how many may wait.
    """

    def __init__(self, limits: ServiceLimits) -> None:
        self._limits = limits
        # Its queue is ours: first come, first served.
        self._pool = ThreadPoolExecutor(limits.concurrent, THREAD_NAME)
        self._in_flight = 0

    def close(self) -> None:
        """Begin nothing any more, and let the threads end when they are free."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def in_flight(self) -> int:
        """Requests that have a place."""
        return self._in_flight

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place among those who are served or wait, from before the body is read.

        Raises:
            ProblemError: 503, all places are taken.
        """
        if self._in_flight >= self._limits.in_flight:
            raise ProblemError(
                503,
                "busy",
                f"{self._in_flight} requests are served or wait; try again later",
                headers={"Retry-After": str(RETRY_AFTER_S)},
                limit=self._limits.in_flight,
            )
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1

    async def run(self, work: Callable[[ProgressCallback], _T], receive: Receive) -> _T:
        """Return what ``work`` returns in a thread, after those that came before.

        Args:
            work: Is given the progress callback that stops it.
            receive: Says when the client leaves.

        Raises:
            ClientGoneError: The client left. The work has ended: it was never begun, or it was
                stopped after the essay it was at.
        """
        stopped = threading.Event()

        def stop_if_asked(_done: int, _total: int) -> None:
            if stopped.is_set():
                raise _StoppedError

        future = self._pool.submit(work, stop_if_asked)
        working: asyncio.Future[_T] = asyncio.wrap_future(future)
        leaving = asyncio.ensure_future(_disconnect(receive))
        either: set[asyncio.Future[Any]] = {working, leaving}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            stopped.set()
            future.cancel()
            # The place stays taken until the thread is free.
            await asyncio.wait({working})
            if not working.cancelled():
                working.exception()
            raise ClientGoneError
        finally:
            stopped.set()
            leaving.cancel()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
