import json

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.adversarial import adversarial_rows, infinite_rows
from huleedu_ml_training.export.errors import ParityError, UnsupportedExportError
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.export.parity import certify_parity
from huleedu_ml_training.export.tree_routing import routing_gaps
from huleedu_ml_training.export.trees import split_points


@pytest.fixture(scope="module")
def graph(grader):
    return build_onnx_graph(grader, feature_schema_digest="cd" * 32)


def tampered(graph, change, *, first_only=False):
    """Return the graph after ``change(tree attributes by name)`` of every booster, or the first."""
    model = onnx.load_from_string(graph)
    trees = [node for node in model.graph.node if node.domain == "ai.onnx.ml"]
    for node in trees[:1] if first_only else trees:
        change({item.name: item for item in node.attribute})
    return model.SerializeToString()


def change_tensor(attribute, function):
    values = numpy_helper.to_array(attribute.t).copy()
    attribute.t.CopyFrom(numpy_helper.from_array(function(values), attribute.t.name))


def next_float32(values):
    with np.errstate(over="ignore"):
        return np.nextafter(values.astype(np.float32), np.float32(np.inf)).astype(np.float64)


def test_the_certificate_says_what_was_compared(grader, graph, rows):
    document = certify_parity(grader, graph, rows[0], seed=11).to_dict()
    assert document == json.loads(json.dumps(document))
    assert (600, 11, 0, True) == tuple(
        document[key] for key in ("rows", "seed", "grade_flips", "passed")
    )
    assert document["adversarial_rows"] >= 3000


def test_it_is_the_same_for_the_same_seed(grader, graph, rows):
    assert certify_parity(grader, graph, rows[0], seed=-3) == certify_parity(
        grader, graph, rows[0], seed=-3
    )


@pytest.mark.parametrize("seed", range(3))
def test_thresholds_one_unit_too_high_are_found_out(grader, graph, rows, seed):
    wrong = tampered(
        graph, lambda item: change_tensor(item["nodes_values_as_tensor"], next_float32)
    )
    with pytest.raises(ParityError) as caught:
        certify_parity(grader, wrong, rows[0], seed=seed)
    assert ExitCode.REFUSED == caught.value.exit_code
    assert not caught.value.certificate.passed
    assert caught.value.certificate.max_latent_difference > 1e-3


def test_a_single_threshold_one_unit_too_high_is_found_out(grader, graph, rows):
    def raise_first(values):
        changed = values.copy()
        root_of_first_tree = 0
        changed[root_of_first_tree] = next_float32(values[:1])[0]
        return changed

    wrong = tampered(
        graph,
        lambda item: change_tensor(item["nodes_values_as_tensor"], raise_first),
        first_only=True,
    )
    with pytest.raises(ParityError, match="adversarial row"):
        certify_parity(grader, wrong, rows[0], seed=0)


def test_undefined_values_on_the_wrong_side_are_found_out(grader, graph, rows):
    def flip(item):
        tracks = item["nodes_missing_value_tracks_true"].ints
        tracks[:] = [1 - value for value in tracks]

    with pytest.raises(ParityError):
        certify_parity(grader, tampered(graph, flip), rows[0], seed=0)


def test_wrong_leaves_are_found_out_on_ordinary_rows(grader, graph, rows):
    wrong = tampered(
        graph, lambda item: change_tensor(item["target_weights_as_tensor"], lambda v: v * 1.01)
    )
    with pytest.raises(
        ParityError, match=r"^the ONNX graph does not grade like the model"
    ) as caught:
        certify_parity(grader, wrong, rows[0], seed=0)
    assert caught.value.example.startswith("row ")


def test_adversarial_rows_stand_on_and_beside_every_threshold(grader, graph, rows):
    points = split_points(graph)
    made_up = adversarial_rows(rows[0], points, n_rows=6000, rng=np.random.default_rng(0))
    for feature, thresholds in points.items():
        on = np.array([t for t in thresholds if t < 1e38], dtype=np.float32)
        for values in (
            on,
            np.nextafter(on, np.float32(np.inf)),
            np.nextafter(on, np.float32(-np.inf)),
        ):
            assert np.isin(values, made_up[:, feature]).all()


def test_adversarial_rows_hold_undefined_tiny_and_huge_values_but_no_infinity(graph, rows):
    made_up = adversarial_rows(
        rows[0], split_points(graph), n_rows=300, rng=np.random.default_rng(0)
    )
    greatest = np.finfo(np.float32).max
    assert (300 + 21, 12) == made_up.shape
    assert not np.isinf(made_up).any()
    assert np.isnan(made_up).all(axis=1).any()
    assert {float(greatest), float(-greatest)} <= set(made_up.ravel().tolist())
    assert ((made_up != 0) & (np.abs(made_up) < np.finfo(np.float32).tiny)).any()


def test_rows_with_infinities_are_compared_and_counted(grader, graph, rows):
    certificate = certify_parity(grader, graph, rows[0], seed=11)
    assert (302, 0) == (certificate.infinite_rows, certificate.infinite_flips)


def test_every_row_of_that_part_has_an_infinity(rows):
    made_up = infinite_rows(rows[0], n_rows=200, rng=np.random.default_rng(0))
    assert (202, 12) == made_up.shape
    assert np.isinf(made_up).any(axis=1).all()
    assert {np.inf, -np.inf} == set(made_up[np.isinf(made_up)].tolist())
    assert np.isnan(made_up).any()
    assert np.isfinite(made_up).any()


def test_a_branch_that_only_an_infinity_takes_wrongly_is_found_out(fit_grader):
    """LightGBM parts undefined from all other values by a threshold of infinity.

    Its dump writes 1e300 instead, which as a float32 is the greatest number or infinity, depending
    on who rounds; no finite feature can tell the two apart.
    """
    rng = np.random.default_rng(5)
    y = rng.integers(0, 4, 400)
    X = rng.normal(size=(400, 3)).astype(np.float32)
    X[y < 2, 0] = np.nan
    grader = fit_grader(X, y, GradeScale("four", ("1", "2", "3", "4")), rounds=10)
    graph = build_onnx_graph(grader, feature_schema_digest="cd" * 32)
    assert certify_parity(grader, graph, X, seed=0).passed

    assert np.inf in split_points(graph)[0]
    wrong = tampered(
        graph,
        lambda item: change_tensor(
            item["nodes_values_as_tensor"],
            lambda values: np.where(np.isinf(values), np.finfo(np.float32).max, values),
        ),
    )
    with pytest.raises(ParityError, match="with infinities") as caught:
        certify_parity(grader, wrong, X, seed=0)
    certificate = caught.value.certificate
    assert (0, False) == (certificate.grade_flips, certificate.passed)
    assert certificate.infinite_flips > 0


def test_tree_nodes_that_nobody_accounts_for_are_refused(graph, rows):
    with pytest.raises(UnsupportedExportError, match="7 tree nodes, and 0 are accounted for"):
        routing_gaps(object(), graph, rows[0])
