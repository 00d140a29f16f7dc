"""Reading a bundle's directory without trusting it."""

import os
import stat
from pathlib import Path

from huleedu_ml_training.export.bundle import (
    MANIFEST,
    MAX_FILES,
    MAX_TOTAL_SIZE,
    Bundle,
    size_limit,
)
from huleedu_ml_training.export.bundle_access_errors import (
    BundleNotFoundError,
    IrregularBundleEntryError,
    UnreadableBundleError,
)
from huleedu_ml_training.export.bundle_errors import (
    BundleFileTooLargeError,
    MissingBundleFileError,
    UnknownBundleFileError,
)

_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
"""No link is followed, and opening a named pipe does not wait for a writer."""


def read_bundle_directory(path: Path) -> Bundle:
    """Return the bundle that lies in a directory, checked.

    Args:
        path: The directory; the path to it may contain links, its entries may not be any.

    Raises:
        BundleNotFoundError: There is no directory.
        BundleError: What lies there is no sound bundle; the subclass says why.
        UnreadableBundleError: The operating system refused.
    """
    files = read_regular_files(path)
    if MANIFEST not in files:
        raise MissingBundleFileError(names=[MANIFEST])
    return Bundle.parse(files)


def read_regular_files(path: Path, *, only: str | None = None) -> dict[str, bytes]:
    """Return the files of a directory by name; nothing of them is parsed.

    Names that no bundle may contain, links, subdirectories, devices and oversized files are
    refused before a byte of them is read.

    Args:
        path: The directory.
        only: Read the file of this name only.

    Raises:
        BundleNotFoundError: There is no directory.
        BundleError: An entry does not belong in a bundle; the subclass says why.
        UnreadableBundleError: The operating system refused.
    """
    try:
        names = sorted(os.listdir(path))  # noqa: PTH208 - names are wanted before any path is made
        if len(names) > MAX_FILES:
            raise UnknownBundleFileError(names=names[MAX_FILES:])
        unknown = [name for name in names if size_limit(name) is None]
        if unknown:
            raise UnknownBundleFileError(names=unknown)
        files: dict[str, bytes] = {}
        left = MAX_TOTAL_SIZE
        for name in names if only is None else [each for each in names if each == only]:
            files[name] = _read_bounded(path / name, min(size_limit(name) or 0, left))
            left -= len(files[name])
    except (FileNotFoundError, NotADirectoryError):
        raise BundleNotFoundError(path=str(path)) from None
    except OSError as error:
        raise UnreadableBundleError(path=path, cause=error) from error
    except ValueError:  # the operating system takes no NUL in a path
        raise BundleNotFoundError(path=repr(str(path))) from None
    return files


def _read_bounded(path: Path, limit: int) -> bytes:
    mode = path.lstat().st_mode
    if not stat.S_ISREG(mode):
        raise IrregularBundleEntryError(path=path, kind=_kind(mode))
    descriptor = os.open(path, _OPEN_FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        opened = os.fstat(descriptor)
        if not stat.S_ISREG(opened.st_mode):
            raise IrregularBundleEntryError(path=path, kind=_kind(opened.st_mode))
        if opened.st_size > limit:
            raise BundleFileTooLargeError(name=path.name, size=opened.st_size, limit=limit)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise BundleFileTooLargeError(name=path.name, size=len(data), limit=limit)
    return data


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "directory"
    return "device or pipe"
