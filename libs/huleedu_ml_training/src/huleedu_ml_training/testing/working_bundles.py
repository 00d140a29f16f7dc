"""Bundles whose graph really grades, made in milliseconds, for tests of services."""

import json
from datetime import UTC, datetime

import numpy as np

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.testing.bundles import small_files
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer


def working_bundle(
    schema: FeatureSchema, *, version: str = "20250101_120000", offset: float = 0.0
) -> Bundle:
    """Return a bundle that grades on the Swedish scale: the greater the first feature, the higher.

    Args:
        schema: Its features.
        version: UTC time as ``YYYYMMDD_HHMMSS``.
        offset: Grades by which it is more lenient; versions of unlike offsets answer differently.
    """
    scale = GradeScale.named("swedish_8")
    rng = np.random.default_rng(7)
    X = rng.normal(20, 8, (300, len(schema))).astype(np.float32)
    y = np.clip(np.rint((X[:, 0] - 4) / 4 + offset), 0, 7).astype(np.int64)
    classifier = LinearTrainer().fit(X, y, n_grades=len(scale), stopping=(X, y), seed=0)
    latent, cumulative = classifier.latent(X), classifier.cumulative(X)
    calibrator = fit_calibrator("platt", latent, cumulative, y, len(scale))
    decision = fit_decision_rule("median", calibrator.probabilities(latent, cumulative), y)
    grader = Grader(scale, schema.names, classifier, calibrator, decision)
    files = {
        **small_files(),
        **grader.save_state(),
        "grader.onnx": build_onnx_graph(grader, feature_schema_digest=schema.digest),
        "feature_schema.json": json.dumps(schema.to_dict()).encode(),
    }
    return Bundle.create(
        files,
        model_name="essay-scorer",
        version=version,
        scale=scale,
        feature_schema_digest=schema.digest,
        feature_count=len(schema),
        dataset_digest="d" * 64,
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
        library_versions={},
        seed=0,
        parity={"passed": True},
    )
