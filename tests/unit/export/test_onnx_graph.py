import json

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.export.parity import certify_parity
from huleedu_ml_training.models.calibration import IdentityCalibrator
from huleedu_ml_training.models.decision import MedianRule
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer

DIGEST = "ab" * 32
CPU = ["CPUExecutionProvider"]


def run(graph, X, threads=1):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(graph, options, providers=CPU).run(None, {"features": X})


def test_every_combination_grades_as_the_model_does(every_grader, rows):
    graph = build_onnx_graph(every_grader, feature_schema_digest=DIGEST)
    certificate = certify_parity(every_grader, graph, rows[0], seed=5)
    assert (0, True) == (certificate.grade_flips, certificate.passed)
    assert certificate.max_latent_difference < 1e-12
    assert certificate.max_probability_difference < 1e-12


def test_a_batch_and_its_rows_get_the_same_grades_on_any_number_of_threads(grader, rows):
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    X = rows[0][:100]
    expected = grader.predict(X)
    for threads in (1, 2):
        latent, probabilities, grades, lowest, highest = run(graph, X, threads)
        assert expected.latent == pytest.approx(latent, abs=1e-6)
        assert expected.probabilities == pytest.approx(probabilities, abs=1e-6)
        assert expected.grades.tolist() == grades.tolist()
        assert expected.lowest.tolist() == lowest.tolist()
        assert expected.highest.tolist() == highest.tolist()
    session = ort.InferenceSession(graph, providers=CPU)
    alone = [session.run(["grade"], {"features": row[None]})[0].tolist() for row in X]
    assert [[grade] for grade in expected.grades] == alone


def test_inputs_and_outputs_are_those_of_the_contract(grader):
    session = ort.InferenceSession(
        build_onnx_graph(grader, feature_schema_digest=DIGEST), providers=CPU
    )
    described = [
        (value.name, value.type, value.shape)
        for value in (*session.get_inputs(), *session.get_outputs())
    ]
    assert [
        ("features", "tensor(float)", ["n", 12]),
        ("latent", "tensor(double)", ["n"]),
        ("probabilities", "tensor(double)", ["n", 8]),
        ("grade", "tensor(int64)", ["n"]),
        ("lowest", "tensor(int64)", ["n"]),
        ("highest", "tensor(int64)", ["n"]),
    ] == described


def test_formats_are_fixed_and_operators_standard(every_grader):
    model = onnx.load_from_string(build_onnx_graph(every_grader, feature_schema_digest=DIGEST))
    assert 10 == model.ir_version
    assert {"": 18, "ai.onnx.ml": 3} == {item.domain: item.version for item in model.opset_import}
    assert {"", "ai.onnx.ml"} == {node.domain for node in model.graph.node}
    assert "ZipMap" not in {node.op_type for node in model.graph.node}
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    n_boosters = len(every_grader.classifier.thresholds)
    assert n_boosters == sum(node.op_type == "TreeEnsembleRegressor" for node in model.graph.node)


def test_no_node_is_without_use(every_grader):
    graph = onnx.load_from_string(
        build_onnx_graph(every_grader, feature_schema_digest=DIGEST)
    ).graph
    used = {name for node in graph.node for name in node.input} | {
        output.name for output in graph.output
    }
    assert all(any(name in used for name in node.output) for node in graph.node)


def test_nothing_is_computed_twice(grader):
    graph = onnx.load_from_string(build_onnx_graph(grader, feature_schema_digest=DIGEST)).graph
    nodes = [node for node in graph.node if not node.domain]
    for node in nodes:
        node.name = ""
        del node.output[:]
    assert len({node.SerializeToString(deterministic=True) for node in nodes}) == len(nodes)
    assert "Identity" not in {node.op_type for node in nodes}


def test_metadata_says_what_the_graph_is(grader):
    model = onnx.load_from_string(build_onnx_graph(grader, feature_schema_digest=DIGEST))
    metadata = {item.key: item.value for item in model.metadata_props}
    assert ["F", "E", "D", "D+", "C", "C+", "B", "A"] == json.loads(metadata.pop("scale_labels"))
    assert {
        "format_version": "1",
        "scale_name": "swedish_8",
        "feature_schema_digest": DIGEST,
        "kind": "cumulative_binary",
        "calibration": "platt",
        "decision": "median",
    } == metadata


def test_equal_graders_give_equal_bytes(grader):
    again = Grader.load_state(
        grader.save_state(), scale=grader.scale, feature_names=grader.feature_names
    )
    assert build_onnx_graph(grader, feature_schema_digest=DIGEST) == build_onnx_graph(
        again, feature_schema_digest=DIGEST
    )


@pytest.mark.parametrize("n_grades", [2, 3, 9, 30])
def test_scales_of_any_length(n_grades, draw_awkward, fit_grader):
    scale = GradeScale("test", tuple(f"g{index}" for index in range(n_grades)))
    X, y = draw_awkward(300, n_grades)
    grader = fit_grader(X, y, scale, rounds=8)
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    assert certify_parity(grader, graph, X, seed=0).passed


def test_thresholds_without_a_choice_and_constant_features(fit_grader):
    X = np.full((60, 2), 1.5, dtype=np.float32)
    y = np.where(np.arange(60) % 3 == 0, 2, 4)
    grader = fit_grader(X, y, GradeScale.named("swedish_8"), calibration="none")
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    assert certify_parity(grader, graph, X, seed=0).passed


def test_another_kind_of_model_needs_no_change_of_the_exporter(rows):
    X, y = rows
    classifier = LinearTrainer().fit(X, y, n_grades=8, stopping=(X, y), seed=0)
    names = tuple(map(str, range(12)))
    grader = Grader(
        GradeScale.named("swedish_8"), names, classifier, IdentityCalibrator(), MedianRule()
    )
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    assert certify_parity(grader, graph, X, seed=0).passed


class HomeMadeCalibrator:
    method = "home_made"

    def probabilities(self, latent, cumulative):
        return np.full((len(latent), 8), 1 / 8)

    def parameters(self):
        return {}


def test_a_part_that_nobody_wrote_an_emitter_for_is_refused_by_name(grader):
    strange = Grader(
        grader.scale,
        grader.feature_names,
        grader.classifier,
        HomeMadeCalibrator(),
        grader.decision,
    )
    with pytest.raises(UnsupportedExportError, match="HomeMadeCalibrator cannot be exported"):
        build_onnx_graph(strange, feature_schema_digest=DIGEST)
