"""Small sound bundles, for tests of what handles bundles without running their graph."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.bundle import Bundle

_FEATURES = ("total_words", "mtld", "spelling_error_rate")


def small_files(*, qwk_low: float | None = 0.6) -> dict[str, bytes]:
    """Return the files of a bundle, without its manifest; the graph is no graph.

    Args:
        qwk_low: Lower bound of the interval of QWK; None for an undefined one.
    """
    qwk = {"value": 0.7, "low": qwk_low, "high": 0.8, "reason": None if qwk_low else "n = 1"}
    documents = {
        "calibration.json": {"method": "platt", "slope": 1.0, "intercept": 0.0},
        "decision.json": {"rule": "median"},
        "feature_schema.json": {
            "schema_version": 1,
            "features": [{"name": name} for name in _FEATURES],
            "backends": {},
        },
        "metrics.json": {"values": {"qwk": qwk}},
    }
    return {
        "grader.onnx": b"not a graph",
        "config.yaml": b"model:\n  kind: cumulative_binary\n",
        **{name: json.dumps(document).encode() for name, document in documents.items()},
    }


def small_bundle(
    version: str = "20250101_120000",
    *,
    model_name: str = "essay-scorer",
    files: Mapping[str, bytes] | None = None,
    qwk_low: float | None = 0.6,
    parity_passed: bool = True,
) -> Bundle:
    """Return a sound bundle of a few hundred bytes.

    Args:
        version: UTC time as ``YYYYMMDD_HHMMSS``.
        model_name: Name under which versions are counted.
        files: Files instead of those of :func:`small_files`.
        qwk_low: Lower bound of the interval of QWK, for gates.
        parity_passed: What the parity certificate says, for gates.
    """
    return Bundle.create(
        small_files(qwk_low=qwk_low) if files is None else files,
        model_name=model_name,
        version=version,
        scale=GradeScale.named("swedish_8"),
        feature_schema_digest="f" * 64,
        feature_count=len(_FEATURES),
        dataset_digest="d" * 64,
        created_at=datetime(2025, 1, 1, 12, tzinfo=UTC),
        library_versions={"huleedu-ml-training": "0.1.0"},
        seed=42,
        parity={"passed": parity_passed, "n_essays": 3},
        labels=("synthetic",),
    )
