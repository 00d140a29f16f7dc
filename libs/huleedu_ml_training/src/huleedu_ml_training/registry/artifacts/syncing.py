"""Writing so that a machine which loses power keeps what was written."""

import os
from pathlib import Path

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def write_durably(path: Path, data: bytes) -> None:
    """Make a file of mode 0600 and return when the disk has it.

    Raises:
        OSError: The file is there already, or the file system refused.
    """
    with os.fdopen(os.open(path, _NEW_FILE, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Return when the disk has the names in a directory.

    Raises:
        OSError: The file system refused.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
