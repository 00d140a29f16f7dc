"""A PostgreSQL server of our own, shared by all commands of one user.

The first command that needs the database starts the server, later ones join, the last one to leave
stops it. Three locked files in the supervisor's directory carry all of this; no process id decides
anything, so kills, zombies and reused ids confuse nothing:

``gate.lock``
    held alone while a command joins or leaves;
``users.lock``
    held shared by every command that uses the server, and alone by whoever stops it;
``server.lock``
    held by the processes of the server itself, so that it is free exactly when none of them lives.

A command that is killed with −9 loses its lock on ``users.lock``. If it was the last one, the
server's keeper (:mod:`~huleedu_ml_training.database.embedded.keeper`) shuts the server down
cleanly; if the keeper was killed as well, the server goes on until the next command joins it and
leaves, or until ``train-essay-grader db stop``. If the server was killed, the next start recovers
from its log.

A process that is forked without a new program shares its parent's lock: the server then stays until
both have ended.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType

from huleedu_ml_training.database.embedded.cluster import make_directory
from huleedu_ml_training.database.embedded.errors import ClusterNotWritableError
from huleedu_ml_training.database.embedded.locks import FileLock, poll
from huleedu_ml_training.database.embedded.probe import ensure_database
from huleedu_ml_training.database.embedded.process import ServerProcess, server_url
from huleedu_ml_training.database.embedded.server_errors import (
    ServerBusyError,
    ServerInUseError,
    ServerStartFailedError,
    ServerStopFailedError,
)

DATABASE = "huleedu_ml"
NEEDED_BYTES = 256 * 2**20


class EmbeddedServer:
    """One command's use of the embedded server; an async context manager that gives the URL.

    Safe to use from any number of processes, threads and event loops, one instance each.

    Attributes:
        directory: The supervisor's directory.
        process: The server itself.
        timeout_s: Seconds to wait for locks, for the server's first answer, and for its end.
    """

    def __init__(
        self,
        directory: Path,
        *,
        needed_bytes: int = NEEDED_BYTES,
        timeout_s: float = 60.0,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare; nothing is touched before :meth:`acquire`.

        Args:
            directory: The supervisor's directory.
            needed_bytes: Free space that a new data directory asks for.
            timeout_s: Seconds to wait for locks, for the server's first answer, and for its end.
            options: Server settings beside our own, for tests.
        """
        self.directory = directory.resolve()
        self.timeout_s = timeout_s
        self._use = FileLock(self.directory / "users.lock")
        self.process = ServerProcess(
            self.directory,
            users_lock=self._use.path,
            needed_bytes=needed_bytes,
            options=options or {},
        )

    async def acquire(self) -> str:
        """Start or join the server and return the URL of our database, without a driver.

        Raises:
            InfrastructureError: One of :mod:`~huleedu_ml_training.database.embedded.errors`.
            ForeignServerError: A server that is not ours runs on the data.
        """
        with self._readable():
            make_directory(self.directory)
            async with self._gate():
                if not await self._use.wait_shared(self.timeout_s):
                    raise ServerBusyError(path=self._use.path, waited_s=self.timeout_s)
                try:
                    return await self._start_or_join()
                except BaseException:
                    await self._leave()
                    raise

    async def release(self) -> None:
        """Leave the server, and stop it if nobody else uses it; twice is once."""
        if self._use.is_open:
            try:
                async with self._gate():
                    await self._leave()
            finally:
                self._use.close()

    async def stop(self, *, force: bool = False) -> bool:
        """Stop the server, whoever started it.

        Args:
            force: Also when commands use it; their statements fail.

        Returns:
            Whether a server was running.

        Raises:
            ServerInUseError: A command uses it and ``force`` is not set.
            ServerStopFailedError: It did not end in time.
            ServerBusyError: Another command was joining or leaving for too long.
        """
        if not self.is_running():
            return False
        async with self._gate():
            with FileLock(self._use.path) as users:
                if not users.try_exclusive() and not force:
                    raise ServerInUseError
                if not await self.process.shut_down(self.timeout_s):
                    raise ServerStopFailedError(
                        pid=self.process.pid(),
                        log_path=self.process.log_path,
                        waited_s=self.timeout_s,
                    )
        return True

    def is_running(self) -> bool:
        """Whether the server runs, whoever uses it."""
        with self._readable():
            return self.process.is_running()

    async def _start_or_join(self) -> str:
        started = False
        async for _ in poll(self.timeout_s):
            if not self.process.is_running():
                if started:
                    raise self._start_failed(None)
                await self.process.start()
                started = True
            sockets = self.process.socket_directory()
            if sockets and await ensure_database(server_url(sockets, "postgres"), DATABASE):
                return server_url(sockets, DATABASE)
        raise self._start_failed(self.timeout_s)

    def _start_failed(self, waited_s: float | None) -> ServerStartFailedError:
        return ServerStartFailedError(
            data=self.process.data,
            log_path=self.process.log_path,
            log=self.process.log_tail(),
            waited_s=waited_s,
        )

    async def _leave(self) -> None:
        # Dropping a shared lock and taking it alone are two steps. If the keeper comes between
        # them it is already stopping the server, and all that is left to do is to wait for it.
        try:
            if self._use.try_exclusive():
                await self.process.shut_down(self.timeout_s)
            elif not self._use.try_shared():
                await self._use.wait_shared(self.timeout_s)
        finally:
            self._use.close()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ClusterNotWritableError(path=self.directory, reason=str(error)) from error

    @asynccontextmanager
    async def _gate(self) -> AsyncIterator[None]:
        with FileLock(self.directory / "gate.lock") as gate:
            if not await gate.wait_exclusive(self.timeout_s):
                raise ServerBusyError(path=gate.path, waited_s=self.timeout_s)
            yield

    async def __aenter__(self) -> str:
        """Return the URL of :meth:`acquire`."""
        return await self.acquire()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release."""
        await self.release()
