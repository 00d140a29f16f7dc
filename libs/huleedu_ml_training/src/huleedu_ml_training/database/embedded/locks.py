"""Advisory locks on files, freed by the kernel when their last holder dies.

A lock of ``flock`` belongs to an open file, not to a process id: it survives neither a kill −9 nor
the reuse of a pid, a zombie holds none, and a process that inherits the file keeps it.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

_POLL_S = 0.02


async def poll(timeout_s: float) -> AsyncIterator[None]:
    """Yield at once and then every 20 ms, until ``timeout_s`` seconds have passed."""
    deadline = monotonic() + timeout_s
    yield
    while monotonic() < deadline:
        await asyncio.sleep(_POLL_S)
        yield


class FileLock:
    """One open file and the lock it may hold; separate instances compete, also in one process.

    Attributes:
        path: The file; made on first use and never removed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        """The open file's descriptor; a child that inherits it shares the lock."""
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._descriptor

    @property
    def is_open(self) -> bool:
        """Whether the file is open, and so may hold a lock."""
        return self._descriptor is not None

    def try_exclusive(self) -> bool:
        """Take the lock alone, or turn a shared lock into that; False if others hold it.

        A shared lock held before is lost when this fails.
        """
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take the lock beside other shared holders; False if someone holds it alone."""
        return self._try(fcntl.LOCK_SH)

    async def wait_exclusive(self, timeout_s: float) -> bool:
        """Wait until the lock is ours alone; False after ``timeout_s`` seconds."""
        return await self._wait(fcntl.LOCK_EX, timeout_s)

    async def wait_shared(self, timeout_s: float) -> bool:
        """Wait until nobody else holds the lock alone; False after ``timeout_s`` seconds."""
        return await self._wait(fcntl.LOCK_SH, timeout_s)

    def close(self) -> None:
        """Close the file; the lock is freed unless a child inherited the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self.descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    async def _wait(self, kind: int, timeout_s: float) -> bool:
        async for _ in poll(timeout_s):
            if self._try(kind):
                return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
