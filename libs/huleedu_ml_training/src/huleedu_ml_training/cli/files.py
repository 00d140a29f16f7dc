"""Writing what a command was asked to write: whole, or not at all."""

from pathlib import Path

from huleedu_ml_training.data.file_errors import OutputFileExistsError
from huleedu_ml_training.data.replacing import replacing


def require_absent(path: Path, *, force: bool) -> None:
    """Refuse to write over a file unless that is wanted; to be told before any work is done.

    Raises:
        OutputFileExistsError: The file exists and ``force`` is false.
    """
    if path.exists() and not force:
        raise OutputFileExistsError(path=path)


def write_file(path: Path, text: str, *, force: bool = False) -> None:
    """Write a text file in one step; what was there stays until the new file is whole.

    Raises:
        OutputFileExistsError: The file exists and ``force`` is false.
        FileAccessError: The operating system refuses.
    """
    require_absent(path, force=force)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
