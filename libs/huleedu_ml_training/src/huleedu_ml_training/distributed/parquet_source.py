"""Essays in Parquet files, divided by rows."""

import hashlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path
from typing import Any

from pyarrow import ArrowException
from pyarrow import types as arrow_types
from pyarrow.parquet import ParquetFile

from huleedu_essay_features import EssayInput
from huleedu_ml_training.data.essay_query import DEFAULT_LANGUAGE
from huleedu_ml_training.data.file_errors import DataFileNotFoundError, FileAccessError
from huleedu_ml_training.distributed.division import even_parts
from huleedu_ml_training.distributed.errors import (
    EssayFileColumnsError,
    NoEssaysError,
    UnreadableJobError,
)
from huleedu_ml_training.distributed.shards import Essay, Shard

_REQUIRED = ("id", "text")
_COLUMNS = (*_REQUIRED, "prompt_text", "language")
_FOOTER_LENGTH_BYTES = 8


class ParquetEssaySource:
    """A Parquet file, or all in a directory, with columns ``id`` and ``text``.

    ``prompt_text`` and ``language`` are read where they are there. The files must have the same
    path on every machine.

    Args:
        path: The file or directory.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()

    async def divide(self, n_shards: int | None) -> tuple[Mapping[str, Any], tuple[Shard, ...]]:
        """Return the files with their digests, and ranges of rows; see the protocol.

        Raises:
            DataFileNotFoundError: There is no file.
            EssayFileColumnsError: A file lacks a column.
            UnreadableJobError: A file is no Parquet file.
            NoEssaysError: The files have no rows.
        """
        files = {path: _row_count(path) for path in self._files()}
        n_rows = sum(files.values())
        if not n_rows:
            raise NoEssaysError(source=str(self._path))
        source = {
            "kind": "parquet",
            "files": [
                {"path": str(path), "rows": n, "digest": _digest(path)} for path, n in files.items()
            ],
        }
        shards = [
            Shard(index, end - start, {"pieces": _pieces(files, start, end)})
            for index, (start, end) in enumerate(even_parts(n_rows, n_shards))
        ]
        return source, tuple(shards)

    async def read(self, shard: Shard, batch_size: int) -> AsyncGenerator[list[Essay | None], None]:
        """Yield the essays of a shard; see the protocol.

        Raises:
            FileAccessError: The operating system refuses.
            UnreadableJobError: A file is damaged.
        """
        for name, start, n_rows in shard.where["pieces"]:
            for rows in _rows(Path(name), start, n_rows, batch_size):
                yield [_essay(row) for row in rows]

    def _files(self) -> list[Path]:
        if self._path.is_dir():
            return sorted(self._path.glob("*.parquet"))
        if not self._path.is_file():
            raise DataFileNotFoundError(path=self._path)
        return [self._path]


def _open(path: Path) -> ParquetFile:
    try:
        return ParquetFile(path)
    except ArrowException as error:
        raise UnreadableJobError(path=path, reason=str(error).splitlines()[0]) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileAccessError(path=path, action="read", reason=reason) from None


def _row_count(path: Path) -> int:
    with _open(path) as file:
        schema = file.schema_arrow
        missing = [name for name in _REQUIRED if name not in schema.names]
        missing += [
            f"{name} of texts"
            for name in _COLUMNS[1:]
            if name in schema.names and not _holds_texts(schema.field(name).type)
        ]
        if missing:
            raise EssayFileColumnsError(path=path, missing=missing, columns=schema.names)
        return int(file.metadata.num_rows)


def _holds_texts(kind: Any) -> bool:
    if arrow_types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        arrow_types.is_string(kind)
        or arrow_types.is_large_string(kind)
        or arrow_types.is_string_view(kind)
        or arrow_types.is_null(kind)  # what writers make of a column without a single value
    )


def _digest(path: Path) -> str:
    """Return the sha256 of a file's length and footer.

    The footer has position, length and statistics of all there is in the file; to read the whole
    of it would take as long as the job.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(size - _FOOTER_LENGTH_BYTES)
        footer = int.from_bytes(file.read(4), "little") + _FOOTER_LENGTH_BYTES
        file.seek(size - footer)
        return hashlib.sha256(f"{size}:".encode() + file.read(footer)).hexdigest()


def _pieces(files: Mapping[Path, int], start: int, end: int) -> list[list[Any]]:
    """Return ``[path, first row, number of rows]`` of the files that rows start…end lie in."""
    pieces: list[list[Any]] = []
    before = 0
    for path, n_rows in files.items():
        first, last = max(start, before), min(end, before + n_rows)
        if first < last:
            pieces.append([str(path), first - before, last - first])
        before += n_rows
    return pieces


def _rows(path: Path, start: int, n_rows: int, batch_size: int) -> Iterator[list[dict[str, Any]]]:
    with _open(path) as file:
        columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
        groups, before = [], 0
        skip = start
        for group in range(file.num_row_groups):
            n = file.metadata.row_group(group).num_rows
            if before + n <= start:
                skip -= n
            elif before < start + n_rows:
                groups.append(group)
            before += n
        left = n_rows
        try:
            for batch in file.iter_batches(batch_size, row_groups=groups, columns=columns):
                kept = batch.slice(skip, left)
                skip = max(0, skip - len(batch))
                left -= len(kept)
                if len(kept):
                    yield kept.to_pylist()
                if not left:
                    return
        except (ArrowException, OSError) as error:
            raise UnreadableJobError(path=path, reason=str(error).splitlines()[0]) from None


def _essay(row: Mapping[str, Any]) -> Essay | None:
    if row["text"] is None or row["id"] is None:
        return None
    language = row.get("language") or DEFAULT_LANGUAGE
    return Essay(str(row["id"]), EssayInput(row["text"], row.get("prompt_text"), language))
