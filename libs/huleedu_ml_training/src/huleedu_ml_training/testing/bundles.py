"""Small sound bundles, for tests of what handles bundles without running their graph."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.held_out import HELD_OUT, HeldOutEssays

_FEATURES = ("total_words", "mtld", "spelling_error_rate")
_CARD_PARTS = (
    "What it is for",
    "What it learnt from",
    "How well it agrees with people",
    "Limits",
    "How it decides",
    "How to make it again",
)


def small_files(
    *, qwk_low: float | None = 0.6, held_out: HeldOutEssays | None = None
) -> dict[str, bytes]:
    """Return the files of a bundle, without its manifest; the graph is no graph.

    The figures are those that the built-in promotion policy lets into production.

    Args:
        qwk_low: Lower bound of the interval of QWK; None for an undefined one.
        held_out: Predictions of held-out essays; None for a few dozen, always the same.
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
        "metrics.json": {
            "n": 300,
            "confidence": 0.95,
            "values": {
                "qwk": qwk,
                "adjacent_agreement": {"value": 0.9, "low": 0.85, "high": 0.95, "reason": None},
                "smd": {"value": 0.01, "low": -0.1, "high": 0.12, "reason": None},
                "ece": {"value": 0.03, "low": 0.01, "high": 0.06, "reason": None},
            },
            "by_prompt": [],
            "groups": [],
        },
    }
    card = "\n\n".join(f"## {part}\n\nRecorded here." for part in _CARD_PARTS)
    return {
        "grader.onnx": b"not a graph",
        "config.yaml": b"model:\n  kind: cumulative_binary\n",
        "report.html": b"<!doctype html><title>Report</title>",
        "model_card.md": f"# Model card\n\n{card}\n".encode(),
        HELD_OUT: (held_out or held_out_essays()).to_bytes(),
        **{name: json.dumps(document).encode() for name, document in documents.items()},
    }


def held_out_essays(
    n: int = 120, *, noise: float = 0.8, seed: int = 0, first: int = 0
) -> HeldOutEssays:
    """Return predictions of essays on the Swedish scale, on eight prompts.

    Args:
        n: How many essays.
        noise: Spread of the machine's error, in levels; the more, the worse it grades.
        seed: Of the machine's errors; human grades depend on the essay alone.
        first: Number of the first essay: sets of overlapping numbers have essays in common.
    """
    scale = GradeScale.named("swedish_8")
    levels = np.arange(len(scale))
    y = np.array([(number * 2654435761 >> 7) % len(scale) for number in range(first, first + n)])
    score = y + np.random.default_rng(seed).normal(0, noise, n)
    weight = np.exp(-((levels - score[:, None]) ** 2))
    probabilities = weight / weight.sum(axis=1, keepdims=True)
    return HeldOutEssays(
        texts=tuple(f"{number:064x}" for number in range(first, first + n)),
        prompts=tuple(f"prompt {number % 8}" for number in range(first, first + n)),
        y=y.astype(np.int64),
        predictions=GradePredictions(
            scale, score, probabilities, probabilities.argmax(axis=1).astype(np.int64)
        ),
    )


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
