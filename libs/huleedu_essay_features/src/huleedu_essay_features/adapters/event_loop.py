"""Calling asynchronous code from synchronous code, wherever that runs."""

import asyncio
import queue
import threading
import weakref
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")
_Event = TypeVar("_Event")

_END_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class _Ended(Generic[_T]):
    task: asyncio.Task[_T]


class EventLoopThread:
    """An event loop of its own in a thread of its own; safe for concurrent use.

    It works as well where the caller's thread runs an event loop already, and keeps one loop for
    all calls, so that connections opened in one call can be used in the next. It starts with the
    first call.

    Args:
        name: Name of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: Callable[[], object] | None = None

    def run(
        self,
        work: Callable[[Callable[[_Event], None]], Coroutine[Any, Any, _T]],
        on_event: Callable[[_Event], None] | None = None,
    ) -> _T:
        """Run a coroutine to its end and return what it returns.

        Args:
            work: Makes the coroutine; is given a function through which it tells of events.
            on_event: Called with each event, in the caller's thread. Whatever it raises (Ctrl-C
                while waiting likewise) cancels the coroutine and, once that has ended, is raised.

        Raises:
            asyncio.CancelledError: The loop was closed meanwhile.
        """
        events: queue.SimpleQueue[_Event | _Ended[_T]] = queue.SimpleQueue()
        cancel = self._start(work(events.put), events)
        try:
            while not isinstance(event := events.get(), _Ended):
                if on_event is not None:
                    on_event(event)
        except BaseException:
            cancel()
            while not isinstance(events.get(), _Ended):
                pass
            raise
        return event.task.result()

    def close(self) -> None:
        """Cancel what is running and end the thread; the next call starts another."""
        with self._lock:
            stop, self._stop, self._loop = self._stop, None, None
        if stop is not None:
            stop()

    def _start(
        self, coroutine: Coroutine[Any, Any, _T], events: "queue.SimpleQueue[Any]"
    ) -> Callable[[], None]:
        """Start a coroutine, whose end will be the last event; return what cancels it."""
        started: list[asyncio.Task[_T]] = []

        def begin() -> None:
            task = loop.create_task(coroutine)
            # Told of by the task, not in the coroutine: that may be cancelled before it begins.
            task.add_done_callback(lambda task: events.put(_Ended(task)))
            started.append(task)

        def end() -> None:
            started[0].cancel()

        def cancel() -> None:
            with suppress(RuntimeError):  # the loop was closed, and so everything cancelled
                loop.call_soon_threadsafe(end)

        with self._lock:
            loop = self._loop or self._start_loop()
            loop.call_soon_threadsafe(begin)
        return cancel

    def _start_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_serve, args=(loop,), name=self._name, daemon=True)
        thread.start()
        self._loop = loop
        self._stop = weakref.finalize(self, _end, loop, thread)
        return loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(loop.stop)
    if thread is not threading.current_thread():
        thread.join(_END_TIMEOUT_S)
