"""Graders whose trees see a score of the embedding: one graph, exactly as the model."""

import numpy as np
import onnxruntime as ort
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.export.parity import certify_parity
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.models.stacked_classifier import StackedClassifier
from huleedu_ml_training.models.stacking import StackedTrainer

DIGEST = "ab" * 32
SCALE = GradeScale.named("swedish_8")


def stacked(X, y, embedding, kind):
    settings = ModelSettings(kind=kind, booster=BoosterSettings(max_rounds=30))
    trainer = StackedTrainer(create_trainer(settings, threads=1), embedding)
    return trainer.fit(X, y, np.arange(len(y)), n_grades=8, stopping=(X, y), seed=1)


@pytest.fixture(scope="module")
def embedded(rows):
    """The awkward features between twenty embedding columns that follow the grade loosely."""
    X, y = rows
    rng = np.random.default_rng(2)
    directions = rng.normal(size=20)
    embeddings = np.outer(y + rng.normal(scale=2.0, size=len(y)), directions)
    embeddings += rng.normal(scale=4.0, size=embeddings.shape)
    embeddings[::50] = np.nan
    wide = np.column_stack([embeddings[:, :5], X, embeddings[:, 5:]]).astype(np.float32)
    columns = [*range(5), *range(5 + X.shape[1], wide.shape[1])]
    return wide, y, columns


@pytest.mark.parametrize("kind", ["cumulative_binary", "joint_threshold"])
@pytest.mark.parametrize("calibration", ["platt", "isotonic"])
def test_graph_and_model_agree(embedded, kind, calibration, assemble_grader):
    X, y, columns = embedded
    classifier = stacked(X, y, columns, kind)
    assert isinstance(classifier, StackedClassifier)
    assert classifier.feature_importance()[columns].sum() > 0
    grader = assemble_grader(classifier, X, y, SCALE, calibration, "equating")
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    certificate = certify_parity(grader, graph, X, seed=3)
    assert (0, True) == (certificate.grade_flips, certificate.passed)
    assert certificate.max_probability_difference < 1e-9
    again = Grader.load_state(grader.save_state(), scale=SCALE, feature_names=grader.feature_names)
    assert graph == build_onnx_graph(again, feature_schema_digest=DIGEST)


def test_an_embedding_alone_is_enough(embedded, assemble_grader):
    X, y, columns = embedded
    X = np.ascontiguousarray(X[:, columns])
    classifier = stacked(X, y, range(len(columns)), "joint_threshold")
    grader = assemble_grader(classifier, X, y, SCALE, "platt", "median")
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    assert certify_parity(grader, graph, X, seed=3).passed


def test_ranges_come_out_of_the_graph(embedded, assemble_grader):
    X, y, columns = embedded
    grader = assemble_grader(
        stacked(X, y, columns, "joint_threshold"), X, y, SCALE, "platt", "median"
    )
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    grade, lowest, highest = session.run(["grade", "lowest", "highest"], {"features": X})
    expected = grader.predict(X)
    assert expected.lowest.tolist() == lowest.tolist()
    assert expected.highest.tolist() == highest.tolist()
    assert (lowest <= grade).all()
    assert (grade <= highest).all()
    assert (highest > lowest).any()
