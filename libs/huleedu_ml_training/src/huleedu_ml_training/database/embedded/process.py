"""The processes of one embedded server: starting them, seeing them, ending them."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

from huleedu_ml_training.database.embedded.binaries import choose_binaries
from huleedu_ml_training.database.embedded.cluster import (
    PORT,
    SUPERUSER,
    clean_environment,
    create_data,
    give_data,
    make_socket_directory,
    require_room,
)
from huleedu_ml_training.database.embedded.launcher import find_launcher
from huleedu_ml_training.database.embedded.locks import FileLock, poll
from huleedu_ml_training.database.embedded.postmaster import clear_stale_note, read_note
from huleedu_ml_training.database.embedded.server_errors import ServerBusyError

_KEEPER = Path(__file__).with_name("keeper.py")
_LOG_TAIL_LINES = 12
_LOCK_TIMEOUT_S = 10.0

_OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "logging_collector": "off",
    "timezone": "UTC",
    # A container's /dev/shm has 64 MiB; the data directory has a disk.
    "dynamic_shared_memory_type": "mmap",
}


class ServerProcess:
    """The server on one data directory. Not safe by itself: callers hold the gate.

    Attributes:
        data: PostgreSQL's data directory.
        log_path: The server's log since its last start; the one before is beside it.
    """

    def __init__(
        self, directory: Path, *, users_lock: Path, needed_bytes: int, options: Mapping[str, str]
    ) -> None:
        """Prepare; nothing is touched.

        Args:
            directory: The supervisor's directory.
            users_lock: File that commands lock as long as they use the server.
            needed_bytes: Free space that a new data directory asks for.
            options: Server settings beside our own.
        """
        self.data = directory / "data"
        self.log_path = directory / "server.log"
        self._directory = directory
        self._lock_path = directory / "server.lock"
        self._users_lock = users_lock
        self._needed_bytes = needed_bytes
        self._options = {**_OPTIONS, **options}
        self._sockets: Path | None = None

    def is_running(self) -> bool:
        """Whether any process of the server lives; none does once its lock is free."""
        if not self._lock_path.exists():
            return False
        with FileLock(self._lock_path) as lock:
            return not lock.try_shared()

    def socket_directory(self) -> Path | None:
        """Where the running server listens; None before it does."""
        note = read_note(self.data)
        return None if note is None else note.socket_directory

    def pid(self) -> int | None:
        """The server's process id, as it noted it."""
        note = read_note(self.data)
        return None if note is None else note.pid

    async def start(self) -> None:
        """Make the data directory if there is none and start the server; do not wait for it.

        Raises:
            InfrastructureError: One of :mod:`~huleedu_ml_training.database.embedded.errors`.
            ForeignServerError: A server that is not ours runs on the data.
        """
        binaries = choose_binaries(self.data)
        launcher = find_launcher(binaries, self._directory, uid=os.geteuid())
        if not self.data.exists():
            require_room(self._directory, self._needed_bytes)
            durable = self._options["fsync"] != "off"
            await create_data(self.data, binaries, launcher, durable=durable)
        give_data(self.data, launcher.owner)
        clear_stale_note(self.data)
        self._sockets = sockets = make_socket_directory(self.data, launcher.owner)
        options = {**self._options, "unix_socket_directories": str(sockets)}
        settings = [word for item in options.items() for word in ("-c", "=".join(item))]
        server = (*launcher.prefix, str(binaries.postgres), "-D", str(self.data), *settings)
        await self._spawn(sockets, server)

    async def _spawn(self, sockets: Path, server: tuple[str, ...]) -> None:
        if self.log_path.exists():
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with FileLock(self._lock_path) as lock, self.log_path.open("wb") as log:
            if not await lock.wait_exclusive(_LOCK_TIMEOUT_S):
                raise ServerBusyError(path=self._lock_path, waited_s=_LOCK_TIMEOUT_S)
            keeper = (sys.executable, "-I", "-S", str(_KEEPER), str(self._users_lock))
            subprocess.run(  # noqa: S603, ASYNC221 - our own words; it leaves within milliseconds
                [*keeper, str(lock.descriptor), str(sockets), *server],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                pass_fds=(lock.descriptor,),
                check=False,
            )

    async def shut_down(self, timeout_s: float) -> bool:
        """End connections, write everything out and stop; False if it still runs afterwards."""
        told: int | None = None
        sockets = self._sockets
        async for _ in poll(timeout_s):
            if not self.is_running():
                if sockets is not None:
                    with suppress(OSError):
                        sockets.rmdir()
                return True
            # A server that has only just begun to start writes its note a little later.
            note = read_note(self.data)
            if note is not None:
                sockets = note.socket_directory or sockets
                if note.pid != told:
                    told = note.pid
                    with suppress(ProcessLookupError):
                        os.kill(told, signal.SIGINT)
        return False

    def log_tail(self) -> str:
        """Return the last lines of the log, or an empty string where there is none."""
        try:
            lines = self.log_path.read_text("utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-_LOG_TAIL_LINES:])


def server_url(socket_directory: Path, database: str) -> str:
    """Return the URL, without a driver, of a database behind a socket."""
    query = urlencode({"host": str(socket_directory), "port": str(PORT)})
    return f"postgresql://{SUPERUSER}@/{database}?{query}"
