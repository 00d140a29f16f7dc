"""Files that appear whole or not at all, and locks between processes."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from huleedu_ml_training.data.durable_files import new_file, sync_directory
from huleedu_ml_training.data.file_errors import FileAccessError

_TEMPORARY = ".tmp-"
_TEMPORARY_LIFETIME_S = 24 * 3600.0


@contextmanager
def file_access(path: Path, action: str) -> Iterator[None]:
    """Turn what the operating system says into our error.

    Args:
        path: What is read or written.
        action: ``read`` or ``written``.

    Raises:
        FileAccessError: The operating system refused.
    """
    try:
        yield
    except OSError as error:
        named = Path(error.filename) if isinstance(error.filename, str) else path
        reason = error.strerror or str(error)
        raise FileAccessError(path=named, action=action, reason=reason) from error


def publish(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file of mode 0600 under a temporary name, and give it its own when it is on disk.

    Returns when the disk has both content and name. A file of that name is replaced.

    Raises:
        OSError: The file system refused; nothing is visible.
    """
    temporary = path.with_name(f"{_TEMPORARY}{uuid4().hex}")
    try:
        with new_file(temporary) as file:
            write(file)
        temporary.replace(path)
        sync_directory(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def make_directory(path: Path) -> None:
    """Make a directory of mode 0700, and those above it, and return when the disk has it.

    Raises:
        OSError: The file system refused.
    """
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_directory(path.parent)


def sweep(directory: Path) -> None:
    """Remove what writers left a day ago that were killed before they were done.

    Raises:
        OSError: The file system refused.
    """
    for path in directory.glob(f"{_TEMPORARY}*"):
        try:
            if time.time() - path.lstat().st_mtime > _TEMPORARY_LIFETIME_S:
                path.unlink()
        except FileNotFoundError:  # another process was quicker
            continue


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock that ends with the process at the latest; waits while others hold it.

    Each call is a holder of its own, in one process as among several.

    Args:
        path: The lock's file; made if it is absent, and never removed.
        shared: Whether others may hold it shared at the same time.

    Raises:
        OSError: The file system refused.
    """
    mode = os.O_RDONLY if shared else os.O_RDWR
    descriptor = os.open(path, mode | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
