"""The format of one shard's Parquet file."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow.parquet import ParquetFile, ParquetWriter

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.data.durable_files import sync_file
from huleedu_ml_training.distributed.shards import Essay
from huleedu_ml_training.features.inputs import feature_keys

_ROWS_PER_GROUP = 1024
_CHUNK_BYTES = 1 << 20


class ShardFileWriter:
    """Writes one file, in memory for one row group; equal rows in equal order: equal bytes.

    Args:
        path: The file.
        schema: What the features are.

    Attributes:
        n_essays: Rows written.
        n_skipped: Rows of the source that had no text.
    """

    def __init__(self, path: Path, schema: FeatureSchema) -> None:
        self._digest = schema.digest
        self._n_features = len(schema)
        self._schema = pa.schema(
            [
                pa.field("essay_id", pa.string(), nullable=False),
                pa.field("text_digest", pa.string(), nullable=False),
                pa.field("prompt_digest", pa.string(), nullable=False),
                pa.field("features", pa.list_(pa.float32(), self._n_features), nullable=False),
            ],
            metadata={"feature_schema_digest": schema.digest},
        )
        self._writer = ParquetWriter(path, self._schema, compression="zstd", use_dictionary=False)
        self._waiting: list[pa.RecordBatch] = []
        self._path = path
        self.n_essays = 0
        self.n_skipped = 0

    async def missing(self, essays: Sequence[Essay]) -> list[Essay]:
        """Return all: the file starts empty."""
        return list(essays)

    async def write(self, essays: Sequence[Essay], features: NDArray[np.float32]) -> None:
        """Add rows; features of shape (n_essays, n_features)."""
        keys = feature_keys([essay.content for essay in essays], self._digest)
        vectors = pa.FixedSizeListArray.from_arrays(
            pa.array(features.reshape(-1), pa.float32()), self._n_features
        )
        self._waiting.append(
            pa.record_batch(
                [
                    pa.array([essay.essay_id for essay in essays], pa.string()),
                    pa.array([key.text_digest for key in keys], pa.string()),
                    pa.array([key.prompt_digest for key in keys], pa.string()),
                    vectors,
                ],
                schema=self._schema,
            )
        )
        self.n_essays += len(essays)
        if sum(map(len, self._waiting)) >= _ROWS_PER_GROUP:
            self._flush(whole_groups=True)

    def skip(self, n_rows: int) -> None:
        """Count rows of the source that have no text."""
        self.n_skipped += n_rows

    def close(self) -> None:
        """Write what is left, and return when the disk has it; do nothing the second time."""
        if self._writer.is_open:
            self._flush(whole_groups=False)
            self._writer.close()
            sync_file(self._path)

    def discard(self) -> None:
        """Close the file as it is."""
        self._writer.close()

    def _flush(self, *, whole_groups: bool) -> None:
        table = pa.Table.from_batches(self._waiting, self._schema)
        n = len(table) // _ROWS_PER_GROUP * _ROWS_PER_GROUP if whole_groups else len(table)
        if n:
            self._writer.write_table(table.slice(0, n), row_group_size=_ROWS_PER_GROUP)
        self._waiting = table.slice(n).to_batches()


def read_shard(path: Path) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
    """Yield essay ids and features of shape (n_essays, n_features), in bounded memory.

    Raises:
        ArrowException: The file is no shard.
        OSError: The operating system refuses.
    """
    with ParquetFile(path) as file:
        for batch in file.iter_batches(_ROWS_PER_GROUP, columns=["essay_id", "features"]):
            column = batch.column("features")
            values = column.flatten().to_numpy(zero_copy_only=False)
            yield (
                batch.column("essay_id").to_pylist(),
                values.reshape(len(batch), column.type.list_size),
            )


def file_digest(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
