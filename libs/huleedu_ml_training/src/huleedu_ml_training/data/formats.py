"""Names of file formats, and telling them from file names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from huleedu_ml_training.data.file_errors import UnknownFileFormatError

FileFormat = Literal["csv", "parquet", "jsonl", "ellipse"]
"""Formats that can be read; ``ellipse`` is CSV with the columns of the ELLIPSE corpus."""

READABLE: tuple[FileFormat, ...] = get_args(FileFormat)
WRITABLE: tuple[FileFormat, ...] = ("csv", "parquet", "jsonl")
"""Formats that can be written; all of them can be read again."""

_SUFFIXES: dict[str, FileFormat] = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


def format_of(
    path: Path, asked: FileFormat | None, allowed: Sequence[FileFormat] = READABLE
) -> FileFormat:
    """Return the format that was asked for, else the one that the suffix names.

    Raises:
        UnknownFileFormatError: There is none, or none of the allowed ones.
    """
    found = asked or _SUFFIXES.get(path.suffix.lower())
    if found is None or found not in allowed:
        raise UnknownFileFormatError(path=path, known=allowed)
    return found
