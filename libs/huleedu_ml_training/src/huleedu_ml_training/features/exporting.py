"""Stored features as a table for other tools."""

import csv
import json
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow.parquet import ParquetWriter

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.data.file_errors import OutputFileExistsError
from huleedu_ml_training.data.formats import format_of
from huleedu_ml_training.data.replacing import replacing
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.features.command_errors import (
    FeatureNameTakenError,
    FeaturesNotExtractedError,
)
from huleedu_ml_training.features.inputs import essay_inputs, feature_keys
from huleedu_ml_training.features.protocols import FeatureStoreProtocol
from huleedu_ml_training.features.service import FeatureService

TableFormat = Literal["csv", "parquet"]

ESSAY_COLUMNS = ("essay_id", "grade", "prompt")
"""Columns before the features."""

DIGEST_KEY = "huleedu.feature_schema_digest"
"""Key of the schema's digest in the metadata of a Parquet file."""

SCHEMA_KEY = "huleedu.feature_schema"
"""Key of the schema's document, as JSON."""

_ROWS_AT_A_TIME = 512


def require_exportable(path: Path, file_format: TableFormat | None, *, force: bool) -> TableFormat:
    """Return the format that would be written, so that trouble is told before any work is done.

    Raises:
        UnknownFileFormatError: The suffix names neither CSV nor Parquet.
        OutputFileExistsError: A file is in the way.
    """
    if path.exists() and not force:
        raise OutputFileExistsError(path=path)
    found = format_of(path, file_format, get_args(TableFormat))
    return "parquet" if found == "parquet" else "csv"


async def stored_features(
    service: FeatureService, store: FeatureStoreProtocol, dataset: EssayDataset
) -> EssayDataset:
    """Return the essays with their stored features; nothing is computed.

    Raises:
        FeaturesNotExtractedError: An essay has none.
        StoredVectorMismatchError: The store holds a vector of another length.
        InfrastructureError: The store cannot be read.
    """
    schema = service.schema
    keys = feature_keys(essay_inputs(dataset), schema.digest)
    stored = await store.get(keys)
    n_missing = sum(key not in stored for key in keys)
    if n_missing:
        raise FeaturesNotExtractedError(
            n_missing=n_missing, n_essays=len(keys), schema_digest=schema.digest
        )
    matrix = np.empty((len(keys), len(schema)), dtype=np.float32)
    for row, key in enumerate(keys):
        matrix[row] = service.checked(stored[key])
    return dataset.with_features(matrix, schema.names, schema.digest)


def write_features(
    dataset: EssayDataset,
    schema: FeatureSchema,
    path: Path,
    *,
    file_format: TableFormat | None = None,
    force: bool = False,
) -> None:
    """Write a row per essay: id, grade, prompt, and the features by name; whole, or not at all.

    Undefined values are empty in CSV, and NaN in Parquet, whose metadata holds the schema and
    its digest. Numbers in CSV have the digits that give back the same float32.

    Args:
        dataset: Essays with features of the schema.
        schema: What the columns mean.
        path: Where to.
        file_format: None to tell it from the suffix.
        force: Replace an existing file.

    Raises:
        FeatureNameTakenError: A feature is called like one of :data:`ESSAY_COLUMNS`.
        UnknownFileFormatError: The suffix names neither CSV nor Parquet.
        OutputFileExistsError: A file is in the way.
        FileAccessError: The file cannot be written.
    """
    chosen = require_exportable(path, file_format, force=force)
    taken = [name for name in schema.names if name in ESSAY_COLUMNS]
    if taken:
        raise FeatureNameTakenError(names=taken)
    matrix = dataset.features
    if matrix is None:
        msg = "the data set has no features"
        raise ValueError(msg)
    with replacing(path) as temporary:
        if chosen == "csv":
            _write_csv(temporary, dataset, schema, matrix)
        else:
            _write_parquet(temporary, dataset, schema, matrix)


def _write_csv(
    path: Path, dataset: EssayDataset, schema: FeatureSchema, matrix: NDArray[np.float32]
) -> None:
    with path.open("x", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*ESSAY_COLUMNS, *schema.names])
        for essay_id, grade, prompt, vector in zip(
            dataset.essay_ids, _grades(dataset), dataset.prompts, matrix, strict=True
        ):
            values = ("" if np.isnan(value) else str(value) for value in vector)
            writer.writerow([essay_id, grade, prompt or "", *values])


def _write_parquet(
    path: Path, dataset: EssayDataset, schema: FeatureSchema, matrix: NDArray[np.float32]
) -> None:
    fields = [
        pa.field("essay_id", pa.string(), nullable=False),
        pa.field("grade", pa.string(), nullable=False),
        pa.field("prompt", pa.string()),
        *(pa.field(name, pa.float32(), nullable=False) for name in schema.names),
    ]
    table_schema = pa.schema(
        fields,
        metadata={
            DIGEST_KEY: schema.digest,
            SCHEMA_KEY: json.dumps(schema.to_dict(), ensure_ascii=False),
        },
    )
    essays = [list(column) for column in (dataset.essay_ids, _grades(dataset), dataset.prompts)]
    with ParquetWriter(path, table_schema, compression="zstd") as writer:
        for start in range(0, len(dataset), _ROWS_AT_A_TIME):
            rows = slice(start, start + _ROWS_AT_A_TIME)
            columns = np.ascontiguousarray(matrix[rows].T)
            arrays = [
                *(pa.array(column[rows], pa.string()) for column in essays),
                *map(pa.array, columns),
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=table_schema))


def _grades(dataset: EssayDataset) -> list[str]:
    return [dataset.scale.labels[int(grade)] for grade in dataset.grades]
