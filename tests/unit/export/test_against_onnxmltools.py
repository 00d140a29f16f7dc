"""Why the tree nodes are written here: the usual converter as witness and as counterexample."""

import numpy as np
import onnx
import onnxmltools
import onnxruntime as ort
import pytest
from onnx import helper, numpy_helper
from onnxmltools.convert.common.data_types import FloatTensorType

from huleedu_ml_training.export.emitters import add_trees
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.export.trees import TreeTable


@pytest.fixture(scope="module")
def booster(grader):
    return grader.classifier.thresholds[3]


def our_graph(booster):
    table = TreeTable()
    add_trees(booster, table, 0)
    builder = GraphBuilder()
    sums = table.emit(builder, builder.input("features", np.float32, ["n", 12]))
    builder.output("margins", sums, np.float64, ["n", 1])
    return builder.build("trees", producer="test", producer_version="0", metadata={})


def run(graph, X):
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return session.run(None, {"features": X})[0][:, 0]


def our_margins(booster, X):
    return run(our_graph(booster), X)


def with_single_precision_leaves(graph):
    """Return the graph with float32 attributes and input in place of double ones."""
    model = onnx.load_from_string(graph)
    (trees,) = (node for node in model.graph.node if node.op_type == "TreeEnsembleRegressor")
    trees.input[0] = "features"
    for name in ("nodes_values", "target_weights"):
        (old,) = (item for item in trees.attribute if item.name == f"{name}_as_tensor")
        values = numpy_helper.to_array(old.t).astype(np.float32)
        trees.attribute.remove(old)
        trees.attribute.append(helper.make_attribute(name, values.tolist()))
    return model.SerializeToString()


def their_margins(booster, X):
    model = onnxmltools.convert_lightgbm(
        booster.native,
        initial_types=[("features", FloatTensorType([None, 12]))],
        zipmap=False,
        target_opset=15,
    )
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    probability = session.run(["probabilities"], {"features": X})[0][:, 1].astype(np.float64)
    return np.log(probability / (1 - probability))


def rows_on_thresholds(booster, X):
    """Return rows with a float32 value just above a threshold that rounds up to it."""

    def splits(node):
        if "split_feature" in node:
            yield node["split_feature"], node["threshold"]
            yield from splits(node["left_child"])
            yield from splits(node["right_child"])

    found = {
        split
        for tree in booster.native.dump_model()["tree_info"]
        for split in splits(tree["tree_structure"])
    }
    rounded_up = [(f, t) for f, t in sorted(found) if float(np.float32(t)) > t]
    assert rounded_up
    rows = np.repeat(X[:20], len(rounded_up), axis=0)
    for row in range(len(rows)):
        feature, threshold = rounded_up[row % len(rounded_up)]
        rows[row, feature] = np.float32(threshold)
    return rows


def ordinary(rows):
    """Return rows without the values that LightGBM takes for zero."""
    X = rows[0][:200]
    return X[np.abs(X[:, 5]) >= 1]


def test_both_agree_with_lightgbm_on_ordinary_rows(booster, rows):
    X = ordinary(rows)
    assert np.array_equal(booster.margins(X), our_margins(booster, X))
    assert booster.margins(X) == pytest.approx(their_margins(booster, X), abs=1e-4)


def test_sums_in_single_precision_drift_and_ours_do_not(booster, rows):
    X = ordinary(rows)
    native = booster.margins(X)
    drifted = run(with_single_precision_leaves(our_graph(booster)), X)
    assert np.array_equal(native, our_margins(booster, X))
    assert np.count_nonzero(native != drifted) > len(X) / 4
    assert native == pytest.approx(drifted, abs=1e-5)


def test_on_a_threshold_theirs_takes_the_other_branch_and_ours_does_not(booster, rows):
    X = rows_on_thresholds(booster, ordinary(rows))
    native = booster.margins(X)
    assert np.array_equal(native, our_margins(booster, X))
    assert np.abs(native - their_margins(booster, X)).max() > 0.01


def test_at_the_edge_of_zero_theirs_takes_the_other_branch_and_ours_does_not(booster, rows):
    X = ordinary(rows).copy()
    X[:, 5] = np.float32(-1e-35)
    native = booster.margins(X)
    assert np.array_equal(native, our_margins(booster, X))
    assert np.abs(native - their_margins(booster, X)).max() > 0.01
