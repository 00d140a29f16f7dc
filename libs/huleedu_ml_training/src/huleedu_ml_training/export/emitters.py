"""How each part of a grader is written into a graph.

A new kind of classifier, calibrator or decision rule registers a function here, or in a module of
its own, with ``@emit_classifier.register`` and its siblings; nothing else of the export changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import onnx
from numpy.typing import NDArray

from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.export.lightgbm_trees import add_lightgbm_trees
from huleedu_ml_training.export.link_nodes import emit_link
from huleedu_ml_training.export.trees import TreeTable
from huleedu_ml_training.export.xgboost_trees import add_xgboost_trees
from huleedu_ml_training.models.boosters.constant import ConstantBooster
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBooster
from huleedu_ml_training.models.boosters.xgboost_booster import XGBoostBooster
from huleedu_ml_training.models.calibration import IdentityCalibrator, PlattCalibrator
from huleedu_ml_training.models.cumulative import exceedance_matrix
from huleedu_ml_training.models.decision import (
    TIE_TOLERANCE,
    CutPointRule,
    MedianRule,
    MostProbableRule,
)
from huleedu_ml_training.models.latent_classifier import LatentClassifier
from huleedu_ml_training.models.multiclass_classifier import LEAST_MASS, MulticlassClassifier
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryClassifier

_LAST_AXIS = [1]


@dataclass(frozen=True, slots=True)
class ClassifierValues:
    """Names of a classifier's results in a graph, all float64.

    Attributes:
        latent: Value of shape (n,).
        cumulative: Adds the nodes of raw P(grade > k) and returns the value's name, of shape
            (n, K-1); a calibrator that needs the latent score only leaves them out of the graph.
    """

    latent: str
    cumulative: Callable[[], str]


@singledispatch
def emit_classifier(classifier: object, graph: GraphBuilder, features: str) -> ClassifierValues:
    """Add a classifier to a graph.

    Args:
        classifier: The fitted classifier.
        graph: Where to add it.
        features: Name of a float32 value of shape (n, n_features).

    Raises:
        UnsupportedExportError: No function is registered for its type.
    """
    raise _unsupported(classifier, features)


@singledispatch
def emit_calibrator(calibrator: object, graph: GraphBuilder, values: ClassifierValues) -> str:
    """Add a calibrator to a graph; return the name of P(grade), float64 of shape (n, K).

    Raises:
        UnsupportedExportError: No function is registered for its type.
    """
    raise _unsupported(calibrator, values)


@singledispatch
def emit_decision(decision: object, graph: GraphBuilder, probabilities: str, n_grades: int) -> str:
    """Add a decision rule to a graph; return the name of the grades, int64 of shape (n,).

    Raises:
        UnsupportedExportError: No function is registered for its type.
    """
    raise _unsupported(decision, probabilities)


@singledispatch
def add_trees(booster: object, table: TreeTable, target: int) -> None:
    """Add the trees of one booster to a table.

    Raises:
        UnsupportedExportError: No function is registered for its type.
    """
    raise _unsupported(booster, table)


@add_trees.register
def _constant_booster(booster: ConstantBooster, table: TreeTable, target: int) -> None:
    table.add_tree(target, booster.margin, float)


@add_trees.register
def _lightgbm_booster(booster: LightGBMBooster, table: TreeTable, target: int) -> None:
    add_lightgbm_trees(table, target, booster)


@add_trees.register
def _xgboost_booster(booster: XGBoostBooster, table: TreeTable, target: int) -> None:
    add_xgboost_trees(table, target, booster)


@emit_classifier.register
def _cumulative_binary(
    classifier: CumulativeBinaryClassifier, graph: GraphBuilder, features: str
) -> ClassifierValues:
    table = TreeTable()
    for target, booster in enumerate(classifier.thresholds):
        add_trees(booster, table, target)
    margins = table.emit(graph, features)
    latent = graph.node(
        "MatMul", _compressed(graph, margins), graph.constant(classifier.latent_weights)
    )

    def cumulative() -> str:
        count = graph.constant([len(classifier.thresholds)])
        raw = graph.node("Sigmoid", margins)
        return graph.nodes("TopK", raw, count, n_outputs=2, axis=1, largest=1, sorted=1)[0]

    return ClassifierValues(latent, cumulative)


@emit_classifier.register
def _latent(classifier: LatentClassifier, graph: GraphBuilder, features: str) -> ClassifierValues:
    table = TreeTable()
    add_trees(classifier.booster, table, 0)
    column = table.emit(graph, features)
    latent = graph.node("Squeeze", column, graph.constant(_LAST_AXIS))

    def cumulative() -> str:
        scaled = graph.node("Mul", column, graph.constant(classifier.slope))
        margins = graph.node("Sub", scaled, graph.constant(classifier.thresholds))
        return emit_link(classifier.link, graph, margins)

    return ClassifierValues(latent, cumulative)


@emit_classifier.register
def _multiclass(
    classifier: MulticlassClassifier, graph: GraphBuilder, features: str
) -> ClassifierValues:
    table = TreeTable()
    for target, booster in enumerate(classifier.boosters):
        add_trees(booster, table, target)
    scores = graph.node("Add", table.emit(graph, features), graph.constant(classifier.base))
    greatest = graph.node("ReduceMax", scores, graph.constant(_LAST_AXIS), keepdims=1)
    masses = graph.node("Exp", graph.node("Sub", scores, greatest))
    is_above = exceedance_matrix(classifier.n_grades)
    above = graph.node("MatMul", masses, graph.constant(is_above))
    below = graph.node("MatMul", masses, graph.constant(1.0 - is_above))
    least = graph.constant(LEAST_MASS)
    log_above, log_below = (
        graph.node("Log", graph.node("Max", mass, least)) for mass in (above, below)
    )
    log_odds = graph.node("Sub", log_above, log_below)
    weights = graph.constant(classifier.latent_weights)
    latent = graph.node("MatMul", _compressed(graph, log_odds), weights)

    def cumulative() -> str:
        return graph.node("Div", above, graph.node("Add", above, below))

    return ClassifierValues(latent, cumulative)


@emit_calibrator.register
def _platt(calibrator: PlattCalibrator, graph: GraphBuilder, values: ClassifierValues) -> str:
    column = graph.node("Unsqueeze", values.latent, graph.constant(_LAST_AXIS))
    scaled = graph.node("Mul", column, graph.constant(calibrator.slope))
    margins = graph.node("Sub", scaled, graph.constant(calibrator.thresholds))
    return _differences(graph, graph.node("Sigmoid", margins))


@emit_calibrator.register
def _identity(_: IdentityCalibrator, graph: GraphBuilder, values: ClassifierValues) -> str:
    return _differences(graph, values.cumulative())


@emit_decision.register
def _most_probable(
    _: MostProbableRule, graph: GraphBuilder, probabilities: str, n_grades: int
) -> str:
    del n_grades
    best = graph.node("ReduceMax", probabilities, graph.constant(_LAST_AXIS), keepdims=1)
    least = graph.node("Sub", best, graph.constant(TIE_TOLERANCE))
    tied = graph.node("GreaterOrEqual", probabilities, least)
    as_numbers = graph.node("Cast", tied, to=onnx.TensorProto.INT64)
    return graph.node("ArgMax", as_numbers, axis=1, keepdims=0, select_last_index=0)


@emit_decision.register
def _median(_: MedianRule, graph: GraphBuilder, probabilities: str, n_grades: int) -> str:
    matrix = graph.constant(exceedance_matrix(n_grades))
    cumulative = graph.node("MatMul", probabilities, matrix)
    return _count_above(graph, cumulative, np.asarray(0.5 + TIE_TOLERANCE))


@emit_decision.register
def _cut_points(rule: CutPointRule, graph: GraphBuilder, probabilities: str, n_grades: int) -> str:
    grades = graph.constant(np.arange(n_grades, dtype=np.float64)[:, None])
    expected = graph.node("MatMul", probabilities, grades)
    return _count_above(graph, expected, rule.cutpoints + TIE_TOLERANCE)


def _compressed(graph: GraphBuilder, margins: str) -> str:
    """asinh(margins / 2), spelt out: onnxruntime has ``Asinh`` in single precision only."""
    half = graph.node("Mul", margins, graph.constant(0.5))
    size = graph.node("Abs", half)
    square = graph.node("Mul", half, half)
    root = graph.node("Sqrt", graph.node("Add", square, graph.constant(1.0)))
    magnitude = graph.node("Log", graph.node("Add", size, root))
    return graph.node("Mul", graph.node("Sign", half), magnitude)


def _differences(graph: GraphBuilder, cumulative: str) -> str:
    above = _padded(graph, cumulative, before=1, after=0, value=1.0)
    not_above = _padded(graph, cumulative, before=0, after=1, value=0.0)
    return graph.node("Sub", above, not_above)


def _padded(graph: GraphBuilder, value_name: str, *, before: int, after: int, value: float) -> str:
    pads = graph.constant([0, before, 0, after])
    return graph.node("Pad", value_name, pads, graph.constant(value))


def _count_above(graph: GraphBuilder, values: str, bounds: NDArray[np.float64]) -> str:
    passed = graph.node("Greater", values, graph.constant(bounds))
    as_numbers = graph.node("Cast", passed, to=onnx.TensorProto.INT64)
    return graph.node("ReduceSum", as_numbers, graph.constant(_LAST_AXIS), keepdims=0)


def _unsupported(part: object, _: object) -> UnsupportedExportError:
    return UnsupportedExportError(
        part=type(part).__name__, reason="nothing says how it is written in ONNX"
    )
