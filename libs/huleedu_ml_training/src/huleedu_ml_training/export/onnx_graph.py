"""A whole grader as one ONNX graph: features in, latent score, probabilities and grade out."""

import json

import numpy as np

from huleedu_ml_training import __version__
from huleedu_ml_training.export.decision_nodes import emit_ranges
from huleedu_ml_training.export.emitters import emit_calibrator, emit_classifier, emit_decision
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.export.graph_rules import FORMAT_VERSION
from huleedu_ml_training.models.grader import Grader


def build_onnx_graph(grader: Grader, *, feature_schema_digest: str) -> bytes:
    """Return the graph of a grader, equal bytes for equal graders.

    One input: ``features``, float32, shape (n, n_features), NaN where undefined; infinities are
    the caller's to refuse. Outputs: ``latent``, float64, shape (n,); ``probabilities``, float64,
    shape (n, K); ``grade``, int64, shape (n,); and, where the grader has prediction sets,
    ``lowest`` and ``highest``, int64, shape (n,). Standard operators only. Metadata, all text:
    ``format_version``, ``scale_name``, ``scale_labels`` (a JSON list, lowest first),
    ``feature_schema_digest``, ``kind``, ``calibration``, ``decision``.

    Args:
        grader: The fitted grader.
        feature_schema_digest: Sha256 of the schema that its features follow.

    Raises:
        UnsupportedExportError: A part has no exact form in ONNX.
    """
    n_grades = len(grader.scale)
    graph = GraphBuilder()
    features = graph.input("features", np.float32, ["n", len(grader.feature_names)])
    values = emit_classifier(grader.classifier, graph, features)
    probabilities = emit_calibrator(grader.calibrator, graph, values)
    grade = emit_decision(grader.decision, graph, probabilities, n_grades)
    graph.output("latent", values.latent, np.float64, ["n"])
    graph.output("probabilities", probabilities, np.float64, ["n", n_grades])
    graph.output("grade", grade, np.int64, ["n"])
    if grader.sets is not None:
        lowest, highest = emit_ranges(grader.sets, graph, probabilities, grade, n_grades)
        graph.output("lowest", lowest, np.int64, ["n"])
        graph.output("highest", highest, np.int64, ["n"])
    return graph.build(
        "grader",
        producer="huleedu-ml-training",
        producer_version=__version__,
        metadata={
            "format_version": FORMAT_VERSION,
            "scale_name": grader.scale.name,
            "scale_labels": json.dumps(grader.scale.labels, ensure_ascii=False),
            "feature_schema_digest": feature_schema_digest,
            "kind": grader.classifier.kind,
            "calibration": grader.calibrator.method,
            "decision": grader.decision.rule,
        },
    )
