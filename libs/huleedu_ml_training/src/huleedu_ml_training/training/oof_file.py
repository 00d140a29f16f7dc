"""Held-out predictions of a cross-validation as a Parquet file: a row per essay and repeat."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from huleedu_ml_training.data.replacing import replacing
from huleedu_ml_training.training.held_out import HeldOut
from huleedu_ml_training.training.validation_report import ValidationResult

PREDICTIONS_VERSION = 1
"""Raised when the columns change."""

_KEY = b"huleedu_ml_training"


def write_predictions(path: Path, result: ValidationResult) -> None:
    """Write who was graded how by whom; the file bears its name only once it is whole.

    Args:
        path: Where to; what is there is replaced.
        result: The finished cross-validation.

    Raises:
        FileAccessError: The file cannot be written.
    """
    tables = [_table(result, number, scored) for number, scored in enumerate(result.passes)]
    report, scale = result.report, result.dataset.scale
    about = {
        "predictions_version": PREDICTIONS_VERSION,
        "run_id": str(result.run.id),
        "protocol": report.protocol,
        "scheme": report.scheme,
        "rule": report.rule,
        "scale": {"name": scale.name, "labels": list(scale.labels)},
        "dataset_digest": report.dataset_digest,
    }
    table = pa.concat_tables(tables).replace_schema_metadata({_KEY: json.dumps(about)})
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def _table(result: ValidationResult, repeat: int, scored: HeldOut) -> pa.Table:
    dataset = result.dataset.take(scored.rows)
    scale, text = dataset.scale, pa.string()
    predictions = scored.predictions(scale, result.report.rule)
    columns: dict[str, Any] = {
        "essay_id": pa.array(dataset.essay_ids, text),
        "text_identity": pa.array(dataset.text_identities(), text),
        "prompt": pa.array(dataset.prompts, text),
        "repeat": pa.array(np.full(len(dataset), repeat), pa.int64()),
        "fold": pa.array(scored.fold, pa.int64()),
        "human_grade": pa.array(scale.decode(dataset.grades), text),
        "expected": predictions.expected,
        "latent": scored.latent,
        **{
            f"grade.{rule}": pa.array(scale.decode(grades), text)
            for rule, grades in scored.grades.items()
        },
        **{
            f"probability.{label}": scored.probabilities[:, grade]
            for grade, label in enumerate(scale.labels)
        },
    }
    return pa.table(columns)
