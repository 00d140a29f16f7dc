"""Whether a graph's trees take the branches that the libraries' own prediction takes.

Models and scorers refuse infinities, so a whole model cannot be compared on them; its trees can.
Each tree node of the graph is run alone, and the boosters it was written from are asked about the
very numbers that reached it.
"""

from functools import singledispatch

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray

from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.graph_rules import ML_DOMAIN
from huleedu_ml_training.models.booster_files import TreeModel
from huleedu_ml_training.models.boosters.xgboost_booster import XGBoostBooster
from huleedu_ml_training.models.ensemble import EnsembleClassifier
from huleedu_ml_training.models.latent_classifier import LatentClassifier
from huleedu_ml_training.models.multiclass_classifier import MulticlassClassifier
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryClassifier
from huleedu_ml_training.models.stacked_classifier import StackedClassifier


@singledispatch
def tree_boosters(classifier: object) -> tuple[TreeModel, ...]:
    """Return the boosters that a classifier's tree nodes are written from, in their order.

    A new kind of classifier with trees registers a function; one without needs none.
    """
    return ()


@tree_boosters.register
def _cumulative_binary(classifier: CumulativeBinaryClassifier) -> tuple[TreeModel, ...]:
    return tuple(classifier.thresholds)


@tree_boosters.register
def _latent(classifier: LatentClassifier) -> tuple[TreeModel, ...]:
    return (classifier.booster,)


@tree_boosters.register
def _multiclass(classifier: MulticlassClassifier) -> tuple[TreeModel, ...]:
    return tuple(classifier.boosters)


@tree_boosters.register
def _ensemble(classifier: EnsembleClassifier) -> tuple[TreeModel, ...]:
    return tuple(each for member in classifier.members for each in tree_boosters(member))


@tree_boosters.register
def _stacked(classifier: StackedClassifier) -> tuple[TreeModel, ...]:
    return tree_boosters(classifier.base)


@singledispatch
def native_margins(booster: TreeModel, X: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return a booster's sums of leaves by the library's own routing, infinities included.

    Args:
        booster: The fitted booster.
        X: What its trees see, shape (n_rows, n_features), any float32 value.

    Returns:
        ndarray of shape (n_rows,), float32 values.
    """
    return booster.margins(X)


@native_margins.register
def _xgboost(booster: XGBoostBooster, X: NDArray[np.float32]) -> NDArray[np.float64]:
    # XGBoost's own matrix refuses infinities; prediction in place takes them as they are. Given a
    # margin of zero to start from, one tree's answer is its leaf, without any rounding.
    zeros = np.zeros(len(X), dtype=np.float32)
    leaves = [
        booster.native.inplace_predict(
            X, iteration_range=(tree, tree + 1), predict_type="margin", base_margin=zeros
        )
        for tree in range(len(booster.trees))
    ]
    total = np.sum(leaves, axis=0, dtype=np.float64) + booster.intercept
    return np.asarray(total, dtype=np.float32).astype(np.float64)


def routing_gaps(
    classifier: object, graph: bytes, rows: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return how far the graph's tree sums are from the libraries' own.

    Args:
        classifier: What the graph was made from.
        graph: A grader's graph.
        rows: Its input, shape (n_rows, n_features); NaN and infinities are welcome.

    Returns:
        ndarray of shape (n_rows,): the greatest difference of a booster's sum, relative where the
        sum is above 1 in magnitude; zeros for a graph without trees.

    Raises:
        UnsupportedExportError: The graph has other tree nodes than the classifier accounts for.
    """
    model = onnx.load_from_string(graph)
    found = [node for node in model.graph.node if node.domain == ML_DOMAIN]
    boosters = tree_boosters(classifier)
    if len(found) != len(boosters):
        raise UnsupportedExportError(
            part=type(classifier).__name__,
            reason=f"its graph has {len(found)} tree nodes, and {len(boosters)} are accounted for",
        )
    gaps = np.zeros(len(rows))
    if not found:
        return gaps
    wanted = {node.input[0]: int(onnx.TensorProto.DOUBLE) for node in found}
    wanted |= {node.output[0]: int(onnx.TensorProto.FLOAT) for node in found}
    values = _run(model, wanted, rows)
    for node, booster in zip(found, boosters, strict=True):
        own = native_margins(booster, values[node.input[0]].astype(np.float32))
        apart = np.abs(values[node.output[0]].reshape(-1) - own) / np.maximum(1.0, np.abs(own))
        gaps = np.maximum(gaps, apart)
    return gaps


def _run(
    model: onnx.ModelProto, wanted: dict[str, int], rows: NDArray[np.float32]
) -> dict[str, NDArray[np.floating]]:
    """Return values from inside a graph, which is changed so as to give them."""
    del model.graph.output[:]
    model.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, element, None) for name, element in wanted.items()
    )
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(
        model.SerializeToString(), sess_options=options, providers=["CPUExecutionProvider"]
    )
    return dict(zip(wanted, session.run(list(wanted), {"features": rows}), strict=True))
