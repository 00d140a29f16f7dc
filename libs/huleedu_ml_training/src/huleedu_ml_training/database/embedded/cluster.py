"""The embedded server's files: making the data directory, and finding a place for the socket."""

import asyncio
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from huleedu_ml_training.database.embedded.binaries import PostgresBinaries
from huleedu_ml_training.database.embedded.errors import (
    ClusterNotWritableError,
    InitdbFailedError,
    NoRoomError,
    SocketDirectoryError,
)
from huleedu_ml_training.database.embedded.launcher import Launcher

SUPERUSER = "huleedu"
PORT = 5432
_LONGEST_SOCKET_PATH = 103
"""Bytes of ``sun_path`` that every system has, without the final zero."""

_SHOWN_LINES = 12


def make_directory(path: Path) -> None:
    """Make the supervisor's own directory, closed to everyone else.

    Raises:
        ClusterNotWritableError: It cannot be made or is not ours to write.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ClusterNotWritableError(path=path, reason=str(error)) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ClusterNotWritableError(path=path, reason="it belongs to another user")


def require_room(path: Path, needed_bytes: int) -> None:
    """Check that a file system has room.

    Raises:
        NoRoomError: It has not.
    """
    free = shutil.disk_usage(path).free
    if free < needed_bytes:
        raise NoRoomError(path=path, free_bytes=free, needed_bytes=needed_bytes)


async def create_data(
    data: Path, binaries: PostgresBinaries, launcher: Launcher, *, durable: bool = True
) -> None:
    """Run initdb under another name and rename its result, which is whole or not there at all.

    Trust is given to local sockets only; what lies before the socket is a closed directory.

    Args:
        data: Where the data directory is to be.
        binaries: The programs.
        launcher: How to run them.
        durable: Whether the files are forced to disk before the renaming.

    Raises:
        InitdbFailedError: With the end of what initdb said.
    """
    for leftover in data.parent.glob("initdb-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    attempt = Path(tempfile.mkdtemp(prefix="initdb-", dir=data.parent))
    os.chown(attempt, launcher.owner, -1)
    options = (
        *("--pgdata", str(attempt), "--username", SUPERUSER, "--encoding=UTF8", "--no-locale"),
        *("--auth-local=trust", "--auth-host=reject", "--data-checksums"),
        *(() if durable else ("--no-sync",)),
    )
    process = await asyncio.create_subprocess_exec(
        *launcher.prefix,
        str(binaries.initdb),
        *options,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=clean_environment(),
        start_new_session=True,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode != 0:
        shutil.rmtree(attempt, ignore_errors=True)
        log = "\n".join(output.decode(errors="replace").splitlines()[-_SHOWN_LINES:])
        raise InitdbFailedError(path=data, log=log)
    attempt.rename(data)  # noqa: ASYNC240 - one system call


def give_data(data: Path, owner: int) -> None:
    """Let the data belong to the user that the server runs as; only root ever changes anything.

    Raises:
        ClusterNotWritableError: The data belong to another user.
    """
    if data.stat().st_uid == owner:
        return
    if os.geteuid() != 0:
        raise ClusterNotWritableError(path=data, reason="its files belong to another user")
    for directory, _, files, descriptor in os.fwalk(data):
        os.chown(directory, owner, -1)
        for name in files:
            os.chown(name, owner, -1, dir_fd=descriptor, follow_symlinks=False)


def make_socket_directory(data: Path, owner: int) -> Path:
    """Return a closed directory for the server's socket, with a short name.

    It lies in the system's directory for temporary files: a user's data directory may have too
    long a name for a socket, and a session's runtime directory goes when the session ends.

    Args:
        data: The data directory; another one gets another socket directory.
        owner: User id that the server runs as.

    Raises:
        SocketDirectoryError: Something that is not ours has the name, or it is too long.
    """
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    path = next(_short_enough(f"huleedu-ml-{os.geteuid()}-{digest}"))
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise SocketDirectoryError(path=path, reason=str(error)) from None
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner}:
        raise SocketDirectoryError(path=path, reason="something of another user has this name")
    if stat.S_IMODE(found.st_mode) != 0o700:
        raise SocketDirectoryError(path=path, reason="it is open to other users")
    if found.st_uid != owner:
        os.chown(path, owner, -1, follow_symlinks=False)
    return path


def _short_enough(name: str) -> Iterator[Path]:
    for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - checked by the caller
        path = Path(parent, name)
        if len(os.fsencode(path / f".s.PGSQL.{PORT}")) <= _LONGEST_SOCKET_PATH:
            yield path
    raise SocketDirectoryError(path=path, reason="its name is too long for a socket")


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what would steer PostgreSQL's programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
