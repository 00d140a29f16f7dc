"""Writing what a command was asked to write: whole, or not at all."""

import os
import tempfile
from pathlib import Path

from huleedu_ml_training.domain.errors import ConflictError, InfrastructureError


class FileExistsConflictError(ConflictError):
    """A file that would be written is there already."""

    code = "file-exists"

    def __init__(self, *, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the file."""
        return f"{self.path} exists already; it was left as it is"

    @property
    def remedy(self) -> str:
        """Say how to go on."""
        return "choose another path, or pass --force to replace it"


class FileWriteError(InfrastructureError):
    """A file could not be written."""

    code = "file-write"

    def __init__(self, *, path: Path, cause: OSError) -> None:
        super().__init__()
        self.path = path
        self.cause = cause

    @property
    def what(self) -> str:
        """Name the file and the system's reason."""
        return f"cannot write {self.path}: {self.cause.strerror or self.cause}"

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        return "check that the directory exists, is writable and has room"


def write_file(path: Path, text: str, *, force: bool = False) -> None:
    """Write a text file in one step; what was there stays until the new file is whole.

    Raises:
        FileExistsConflictError: The file exists and ``force`` is false.
        FileWriteError: The disk refused.
    """
    if path.exists() and not force:
        raise FileExistsConflictError(path=path)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileWriteError(path=path, cause=error) from error
