"""Writing essays to files that can be imported again; whole, or not at all."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from huleedu_ml_training.data.file_errors import OutputFileExistsError
from huleedu_ml_training.data.formats import WRITABLE, FileFormat, format_of
from huleedu_ml_training.data.records import EssayRecord, records_of
from huleedu_ml_training.data.replacing import replacing
from huleedu_ml_training.domain.dataset import EssayDataset

_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("grade", pa.string()),
        ("prompt", pa.string()),
        ("prompt_text", pa.string()),
        ("language", pa.string()),
        ("created_at", pa.timestamp("us", tz="UTC")),
        ("source", pa.string()),
        ("ratings", pa.list_(pa.string())),
        ("metadata", pa.map_(pa.string(), pa.string())),
    ]
)
_ROW_GROUP = 500


def write_dataset(
    dataset: EssayDataset,
    path: Path,
    *,
    file_format: FileFormat | None = None,
    force: bool = False,
) -> None:
    """Write essays with all that is known of them, features excepted.

    The file bears its name only once it is whole; an interrupted writing leaves what was there.

    Args:
        dataset: The essays.
        path: Where to.
        file_format: ``csv``, ``jsonl`` or ``parquet``; None to tell it from the suffix.
        force: Replace an existing file.

    Raises:
        UnknownFileFormatError: The suffix names no format that is written.
        OutputFileExistsError: A file is in the way.
        FileAccessError: The file cannot be written.
    """
    write = _WRITERS[require_writable(path, file_format, force=force)]
    with replacing(path) as temporary:
        write(temporary, records_of(dataset))


def require_writable(path: Path, file_format: FileFormat | None, *, force: bool) -> FileFormat:
    """Return the format that would be written, so that trouble is told before any work is done.

    Raises:
        UnknownFileFormatError: The suffix names no format that is written.
        OutputFileExistsError: A file is in the way.
    """
    if path.exists() and not force:
        raise OutputFileExistsError(path=path)
    return format_of(path, file_format, WRITABLE)


def _row(record: EssayRecord) -> dict[str, Any]:
    return {
        "id": record.essay_id,
        "text": record.text,
        "grade": record.grade,
        "prompt": record.prompt,
        "prompt_text": record.prompt_text,
        "language": record.language,
        "created_at": record.created_at,
        "source": record.source,
        "ratings": list(record.ratings),
        "metadata": dict(record.metadata),
    }


def _as_text(value: object) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return "" if value is None else str(value)


def _write_csv(path: Path, records: Iterator[EssayRecord]) -> None:
    with path.open("x", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_SCHEMA.names)
        for record in records:
            writer.writerow([_as_text(value) for value in _row(record).values()])


def _write_jsonl(path: Path, records: Iterator[EssayRecord]) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as stream:
        for record in records:
            stream.write(json.dumps(_row(record), ensure_ascii=False, default=str) + "\n")


def _write_parquet(path: Path, records: Iterator[EssayRecord]) -> None:
    with ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for record in records:
            rows.append(_row(record))
            if len(rows) == _ROW_GROUP:
                writer.write_table(_table(rows))
                rows.clear()
        if rows:
            writer.write_table(_table(rows))


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(
        [{**row, "metadata": list(row["metadata"].items())} for row in rows], schema=_SCHEMA
    )


_WRITERS: dict[FileFormat, Callable[[Path, Iterator[EssayRecord]], None]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
