"""The format of one Parquet file of feature vectors; written once, never changed.

A row holds the two digests that a vector bears besides its schema's, the vector, and a checksum
over all three. The schema's digest is in the file's metadata, so that a file that strays into
another schema's directory is noticed.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow.parquet import ParquetFile, ParquetWriter

from huleedu_ml_training.features.parquet.errors import DamagedFeatureFileError

KEY_BYTES = 64
"""Length of a key: the digest of the text, then that of the prompt."""

_FORMAT = b"1"
"""Raised when the meaning of a stored file changes."""

_ROWS_PER_GROUP = 512
_VALUES = "vector.list.element"
_SCHEMA = pa.schema(
    [
        pa.field("text_digest", pa.binary(32), nullable=False),
        pa.field("prompt_digest", pa.binary(32), nullable=False),
        pa.field(
            "vector",
            pa.list_(pa.field("element", pa.float32(), nullable=False)),
            nullable=False,
        ),
        pa.field("checksum", pa.uint32(), nullable=False),
    ]
)


class KeyedVector(NamedTuple):
    """A vector and its key.

    Attributes:
        key: 64 bytes, see :data:`KEY_BYTES`.
        vector: ndarray of shape (n_features,), float32.
    """

    key: bytes
    vector: NDArray[np.float32]


def write_part(file: BinaryIO, schema_digest: str, vectors: Iterable[KeyedVector]) -> None:
    """Write a part, in memory for one row group at a time.

    Args:
        file: Open for writing, empty.
        schema_digest: Sha256 in hex of the schema of all vectors.
        vectors: In any order, each key once.
    """
    metadata = {"feature_schema_digest": schema_digest, "feature_part_format": _FORMAT}
    rows = iter(vectors)
    with ParquetWriter(
        pa.PythonFile(file, mode="w"),
        _SCHEMA.with_metadata(metadata),
        compression="zstd",
        use_dictionary=False,
        column_encoding={_VALUES: "BYTE_STREAM_SPLIT"},
        write_statistics=False,
        write_page_checksum=True,
    ) as writer:
        while group := list(islice(rows, _ROWS_PER_GROUP)):
            writer.write_table(_table(group), row_group_size=_ROWS_PER_GROUP)


def read_keys(path: Path, schema_digest: str) -> NDArray[np.bytes_]:
    """Return the keys of a part in row order, ndarray of shape (n_rows,), 64 bytes each.

    Raises:
        DamagedFeatureFileError: The file is no part of this schema, or is damaged.
        FileNotFoundError: It is not there.
    """
    with _opened(path, schema_digest) as file:
        table = file.read(columns=["text_digest", "prompt_digest"])
        return _keys(table)


def read_vectors(
    path: Path, schema_digest: str, rows: Sequence[int] | None = None
) -> Iterator[KeyedVector]:
    """Yield vectors of a part, ascending by row; reads only the row groups they lie in.

    Args:
        path: The part.
        schema_digest: Sha256 in hex of the schema it must be of.
        rows: Row numbers from 0; None for all.

    Raises:
        DamagedFeatureFileError: The file is no part of this schema, or is damaged.
        FileNotFoundError: It is not there.
    """
    with _opened(path, schema_digest) as file:
        wanted = None if rows is None else np.unique(np.asarray(rows, dtype=np.int64))
        start = 0
        for group in range(file.num_row_groups):
            end = start + file.metadata.row_group(group).num_rows
            local = _between(wanted, start, end)
            if local.size:
                table = file.read_row_group(group)
                _require(table.num_rows == end - start, path, "a row group is cut off")
                yield from _vectors(path, table, local)
            start = end
        _require(wanted is None or not wanted.size or wanted[-1] < start, path, "rows are missing")


def _between(wanted: NDArray[np.int64] | None, start: int, end: int) -> NDArray[np.int64]:
    if wanted is None:
        return np.arange(end - start, dtype=np.int64)
    low, high = np.searchsorted(wanted, (start, end))
    return wanted[low:high] - start


def _table(rows: Sequence[KeyedVector]) -> pa.Table:
    lengths = [row.vector.size for row in rows]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    values = pa.array(np.concatenate([row.vector for row in rows]))
    columns = [
        pa.array([row.key[:32] for row in rows], pa.binary(32)),
        pa.array([row.key[32:] for row in rows], pa.binary(32)),
        pa.ListArray.from_arrays(pa.array(offsets), values, type=_SCHEMA.field("vector").type),
        pa.array([_checksum(row.key, row.vector) for row in rows], pa.uint32()),
    ]
    return pa.Table.from_arrays(columns, schema=_SCHEMA)


def _vectors(path: Path, table: pa.Table, rows: NDArray[np.int64]) -> Iterator[KeyedVector]:
    column = table.column("vector").combine_chunks()
    offsets = column.offsets.to_numpy()
    values = column.values.to_numpy(zero_copy_only=False)
    checksums = table.column("checksum").to_numpy()
    keys = _keys(table)
    for row in map(int, rows):
        key = keys[row : row + 1].tobytes()
        vector = values[offsets[row] : offsets[row + 1]].copy()
        _require(checksums[row] == _checksum(key, vector), path, f"row {row} has changed")
        yield KeyedVector(key, vector)


def _keys(table: pa.Table) -> NDArray[np.bytes_]:
    halves = [
        np.frombuffer(b"".join(table.column(name).to_pylist()), dtype=np.uint8).reshape(-1, 32)
        for name in ("text_digest", "prompt_digest")
    ]
    return np.ascontiguousarray(np.hstack(halves)).view(f"S{KEY_BYTES}").reshape(-1)


def _checksum(key: bytes, vector: NDArray[np.float32]) -> int:
    return zlib.crc32(vector.tobytes(), zlib.crc32(key))


@contextmanager
def _opened(path: Path, schema_digest: str) -> Iterator[ParquetFile]:
    try:
        # Opened by Python, whose errors tell an absent file from a damaged one.
        with (
            path.open("rb") as stream,
            ParquetFile(stream, page_checksum_verification=True) as file,
        ):
            metadata = file.schema_arrow.metadata or {}
            _require(
                file.schema_arrow.remove_metadata().equals(_SCHEMA)
                and metadata.get(b"feature_part_format") == _FORMAT,
                path,
                "it is not in the format of this store",
            )
            found = metadata.get(b"feature_schema_digest", b"").decode("ascii", "replace")
            _require(found == schema_digest, path, f"its vectors are of the schema {found[:12]}")
            yield file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DamagedFeatureFileError(path=path, reason=reason) from error


def _require(condition: bool, path: Path, reason: str) -> None:
    if not condition:
        raise DamagedFeatureFileError(path=path, reason=reason)
