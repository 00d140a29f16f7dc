"""Graders of the other kinds: joint thresholds with every link, regression, multiclass."""

from itertools import product

import numpy as np
import onnxruntime as ort
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.export.link_nodes import emit_link
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.export.parity import certify_parity
from huleedu_ml_training.models.calibration import METHODS
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.decision import RULES
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.models.links import LINK_NAMES, link_named

DIGEST = "ef" * 32


def fit(link, X, y, n_grades, rounds=40, kind="joint_threshold"):
    booster = BoosterSettings(max_rounds=rounds, feature_fraction=0.7)
    model = ModelSettings(kind=kind, link=link, booster=booster)
    half = len(y) // 2
    return create_trainer(model, threads=1).fit(
        X[:half], y[:half], n_grades=n_grades, stopping=(X[half:], y[half:]), seed=1
    )


@pytest.fixture(scope="module", params=LINK_NAMES)
def classifier(request, rows):
    return fit(request.param, *rows, 8)


@pytest.mark.parametrize(("calibration", "decision"), list(product(METHODS, RULES)))
def test_every_combination_grades_as_the_model_does(
    classifier, calibration, decision, rows, assemble_grader
):
    scale = GradeScale.named("swedish_8")
    grader = assemble_grader(classifier, *rows, scale, calibration, decision)
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    certificate = certify_parity(grader, graph, rows[0], seed=5)
    assert (0, True) == (certificate.grade_flips, certificate.passed)
    assert certificate.max_latent_difference < 1e-12
    assert certificate.max_probability_difference < 1e-12


@pytest.mark.parametrize("link", LINK_NAMES)
@pytest.mark.parametrize("n_grades", [2, 3, 60])
def test_scales_of_any_length(link, n_grades, draw_awkward, assemble_grader):
    scale = GradeScale("test", tuple(f"g{index}" for index in range(n_grades)))
    X, y = draw_awkward(300, n_grades)
    classifier = fit(link, X, y, n_grades, rounds=8)
    grader = assemble_grader(classifier, X, y, scale, "none", "median")
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    assert certify_parity(grader, graph, X, seed=0).passed


def test_a_model_without_trees(assemble_grader):
    X = np.full((60, 2), 1.5, dtype=np.float32)
    y = np.arange(60) % 3
    classifier = fit("logit", X, y, 3)
    scale = GradeScale("test", ("low", "middle", "high"))
    grader = assemble_grader(classifier, X, y, scale, "none", "median")
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    assert certify_parity(grader, graph, X, seed=0).passed


@pytest.mark.parametrize("calibration", METHODS)
@pytest.mark.parametrize("kind", ["regression", "multiclass"])
def test_siblings_grade_as_their_models_do(kind, calibration, rows, assemble_grader):
    classifier = fit("logit", *rows, 8, kind=kind)
    scale = GradeScale.named("swedish_8")
    grader = assemble_grader(classifier, *rows, scale, calibration, "qwk_cutpoints")
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    certificate = certify_parity(grader, graph, rows[0], seed=0)
    assert (0, True) == (certificate.grade_flips, certificate.passed)
    assert certificate.max_latent_difference < 1e-12
    assert certificate.max_probability_difference < 1e-12


def test_a_stored_grader_gives_the_same_graph(classifier, rows, assemble_grader):
    scale = GradeScale.named("swedish_8")
    grader = assemble_grader(classifier, *rows, scale, "none", "median")
    again = Grader.load_state(grader.save_state(), scale=scale, feature_names=grader.feature_names)
    assert build_onnx_graph(grader, feature_schema_digest=DIGEST) == build_onnx_graph(
        again, feature_schema_digest=DIGEST
    )


@pytest.mark.parametrize("link", LINK_NAMES)
def test_links_are_exact_in_double_precision(link):
    graph = GraphBuilder()
    graph.input("margins", np.float64, ["n", 1])
    graph.output(
        "probabilities", emit_link(link_named(link), graph, "margins"), np.float64, ["n", 1]
    )
    model = graph.build("link", producer="test", producer_version="1", metadata={})
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    margins = np.concatenate([np.linspace(-40, 40, 20_001), [0.0, -0.0, 1e-300, 800.0, -800.0]])
    (found,) = session.run(None, {"margins": margins[:, None]})
    expected = link_named(link).cumulative(margins)
    assert np.abs(found[:, 0] - expected).max() < 2e-15
    assert (np.diff(found[:20_001, 0]) >= 0).all()


def test_a_link_that_nobody_wrote_nodes_for_is_refused_by_name():
    class Cauchit:
        pass

    with pytest.raises(UnsupportedExportError, match="Cauchit cannot be exported"):
        emit_link(Cauchit(), GraphBuilder(), "margins")
