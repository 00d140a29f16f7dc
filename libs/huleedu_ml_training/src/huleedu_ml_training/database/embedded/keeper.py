"""The server's parent process: stops PostgreSQL as soon as no command uses it.

Run as a script by :mod:`huleedu_ml_training.database.embedded.process`, with the standard library
only::

    python -I -S keeper.py USERS_LOCK SERVER_LOCK_DESCRIPTOR SOCKET_DIRECTORY COMMAND…

Every command that uses the server holds a shared lock on USERS_LOCK. The keeper waits for the lock
alone, which the kernel gives it when the last command has left or died, and then shuts the server
down. The inherited descriptor carries the server's lock: it is handed on to PostgreSQL, so that
the lock is held exactly as long as a process of the server lives.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

_FAST_SHUTDOWN_S = 60.0


def keep(
    users_lock: str, server_descriptor: int, socket_directory: str, command: Sequence[str]
) -> None:
    """Run the server until it ends, by itself or because nobody uses it any more.

    Args:
        users_lock: Path of the file that users lock.
        server_descriptor: Inherited descriptor that holds the server's lock.
        socket_directory: Removed after the keeper stopped the server.
        command: The server and its arguments.
    """
    users = os.open(users_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    server = subprocess.Popen(  # noqa: S603 - the command is ours
        command, stdin=subprocess.DEVNULL, pass_fds=(server_descriptor,)
    )
    os.close(server_descriptor)
    unused = threading.Event()

    def stop_when_unused() -> None:
        fcntl.flock(users, fcntl.LOCK_EX)
        unused.set()
        server.send_signal(signal.SIGINT)
        time.sleep(_FAST_SHUTDOWN_S)
        server.send_signal(signal.SIGQUIT)

    threading.Thread(target=stop_when_unused, daemon=True).start()
    server.wait()
    if unused.is_set():
        with contextlib.suppress(OSError):
            os.rmdir(socket_directory)  # noqa: PTH106 - pathlib would double the start-up time


def main() -> None:
    """Leave the starting command's session and its children, then keep the server."""
    users_lock, descriptor, socket_directory, *command = sys.argv[1:]
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    keep(users_lock, int(descriptor), socket_directory, command)


if __name__ == "__main__":
    main()
