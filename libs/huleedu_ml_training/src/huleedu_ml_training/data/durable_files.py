"""Writing so that a machine which loses power keeps what was written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file of mode 0600 to write to; the disk has its content when the context ends well.

    Raises:
        OSError: The file is there already, or the file system refused.
    """
    with os.fdopen(os.open(path, _NEW_FILE, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_new_file(path: Path, data: bytes) -> None:
    """Make a file of mode 0600 and return when the disk has its content.

    Raises:
        OSError: The file is there already, or the file system refused.
    """
    with new_file(path) as file:
        file.write(data)


def sync_file(path: Path) -> None:
    """Return when the disk has the content of a file that is closed already.

    Raises:
        OSError: The file system refused.
    """
    _sync(path)


def sync_directory(path: Path) -> None:
    """Return when the disk has the names in a directory.

    Raises:
        OSError: The file system refused.
    """
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
