"""Residuals: what a grader said of each essay, beside the human grade, as a Parquet file.

The file says which model, scale and definitions it belongs to, so that two of them can be compared
without the models and without the texts.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from huleedu_ml_training.data.file_errors import DataFileNotFoundError
from huleedu_ml_training.data.replacing import replacing
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.metrics.errors import UnsupportedMetricsError
from huleedu_ml_training.training.scored_set import ScoredSet

RESIDUALS_VERSION = 1
"""Raised when the columns change."""

_KEY = b"huleedu_ml_training"


def write_residuals(
    path: Path,
    scored: ScoredSet,
    dataset: EssayDataset,
    *,
    review: NDArray[np.bool_],
) -> None:
    """Write a row per essay; the file bears its name only once it is whole.

    Args:
        path: Where to; what is there is replaced.
        scored: The grader's predictions of n essays.
        dataset: The same n essays.
        review: Which essays the grader's review rule marks, shape (n_essays,).

    Raises:
        FileAccessError: The file cannot be written.
    """
    table = pa.table(_columns(scored, dataset, review))
    scale = scored.predictions.scale
    about = {
        "residuals_version": RESIDUALS_VERSION,
        "metrics_version": scored.metrics_version,
        "model_name": scored.model_name,
        "model_version": scored.version,
        "scale": {"name": scale.name, "labels": list(scale.labels)},
        "dataset_digest": dataset.digest,
    }
    with replacing(path) as temporary:
        pq.write_table(
            table.replace_schema_metadata({_KEY: json.dumps(about, ensure_ascii=True)}),
            temporary,
            compression="zstd",
        )


def read_residuals(path: Path) -> ScoredSet:
    """Read a file that :func:`write_residuals` wrote.

    Raises:
        DataFileNotFoundError: There is no such file.
        UnsupportedMetricsError: It is no such file, or of another version.
    """
    if not path.is_file():
        raise DataFileNotFoundError(path=path)
    try:
        table = pq.read_table(path)
        about = json.loads((table.schema.metadata or {}).get(_KEY, b"{}"))
        if about.get("residuals_version") != RESIDUALS_VERSION:
            found = about.get("residuals_version")
            raise UnsupportedMetricsError(
                problem=f"residuals_version of {path} is {found!r}, not {RESIDUALS_VERSION}"
            )
        return _scored_set(table, about)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        problem = f"{path} holds no residuals ({type(error).__name__}: {error})"
        raise UnsupportedMetricsError(problem=problem) from None


def _columns(scored: ScoredSet, dataset: EssayDataset, review: NDArray[np.bool_]) -> dict[str, Any]:
    predictions, scale = scored.predictions, scored.predictions.scale
    lowest, highest = (
        [None] * len(predictions) if bound is None else list(scale.decode(bound))
        for bound in (predictions.lowest, predictions.highest)
    )
    text, number = pa.string(), pa.int64()
    return {
        "essay_id": pa.array(scored.essay_ids, text),
        "text_identity": pa.array(scored.texts, text),
        "prompt": pa.array(scored.prompts, text),
        "language": pa.array(dataset.languages, text),
        "source": pa.array(dataset.sources, text),
        "created_at": pa.array(dataset.created_at, pa.timestamp("us", tz="UTC")),
        "words": pa.array([count_words(each) for each in dataset.texts], number),
        "human_grade": pa.array(scale.decode(scored.y), text),
        "predicted_grade": pa.array(predictions.labels, text),
        "human_index": pa.array(scored.y, number),
        "predicted_index": pa.array(predictions.grades, number),
        "expected": predictions.expected,
        "latent": predictions.latent,
        "expected_loss": predictions.expected_loss,
        "lowest": pa.array(lowest, text),
        "highest": pa.array(highest, text),
        "review": review,
        "residual": pa.array(predictions.grades - scored.y, number),
        "expected_residual": predictions.expected - scored.y,
        "seen_in_training": scored.seen,
        **{
            f"probability.{label}": predictions.probabilities[:, grade]
            for grade, label in enumerate(scale.labels)
        },
        **{f"metadata.{name}": pa.array(each, text) for name, each in dataset.metadata.items()},
    }


def _scored_set(table: pa.Table, about: dict[str, Any]) -> ScoredSet:
    scale = GradeScale(about["scale"]["name"], tuple(about["scale"]["labels"]))

    def numbers(name: str) -> NDArray[Any]:
        values: NDArray[Any] = table.column(name).to_numpy()
        return values

    bounds = [
        None if None in labels else scale.encode(labels)
        for labels in (table.column(name).to_pylist() for name in ("lowest", "highest"))
    ]
    return ScoredSet(
        model_name=about["model_name"],
        version=about["model_version"],
        metrics_version=int(about["metrics_version"]),
        essay_ids=tuple(table.column("essay_id").to_pylist()),
        texts=tuple(table.column("text_identity").to_pylist()),
        prompts=tuple(table.column("prompt").to_pylist()),
        y=numbers("human_index").astype(np.int64),
        predictions=GradePredictions(
            scale=scale,
            latent=numbers("latent").astype(np.float64),
            probabilities=np.column_stack(
                [numbers(f"probability.{label}") for label in scale.labels]
            ).astype(np.float64),
            grades=numbers("predicted_index").astype(np.int64),
            lowest=bounds[0],
            highest=bounds[1],
        ),
        seen=numbers("seen_in_training").astype(np.bool_),
    )
