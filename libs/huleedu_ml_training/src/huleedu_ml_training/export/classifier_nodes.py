"""Latent scores and raw cumulative probabilities as nodes."""

from collections.abc import Sequence

import numpy as np
import onnx

from huleedu_ml_training.export.common_nodes import LAST_AXIS, descending, margins_of
from huleedu_ml_training.export.dispatch import ClassifierValues, add_trees, emit_classifier
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.export.lightgbm_trees import add_lightgbm_trees
from huleedu_ml_training.export.link_nodes import emit_link
from huleedu_ml_training.export.trees import TreeTable
from huleedu_ml_training.export.xgboost_trees import add_xgboost_trees
from huleedu_ml_training.models.boosters.constant import ConstantBooster
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBooster
from huleedu_ml_training.models.boosters.xgboost_booster import XGBoostBooster
from huleedu_ml_training.models.cumulative import exceedance_matrix
from huleedu_ml_training.models.ensemble import EnsembleClassifier
from huleedu_ml_training.models.latent_classifier import LatentClassifier
from huleedu_ml_training.models.multiclass_classifier import LEAST_MASS, MulticlassClassifier
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryClassifier
from huleedu_ml_training.models.ridge_classifier import RidgeClassifier
from huleedu_ml_training.models.stacked_classifier import StackedClassifier


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
        raw = graph.node("Sigmoid", margins)
        return descending(graph, raw, len(classifier.thresholds))

    return ClassifierValues(latent, cumulative, len(classifier.thresholds))


@emit_classifier.register
def _latent(classifier: LatentClassifier, graph: GraphBuilder, features: str) -> ClassifierValues:
    table = TreeTable()
    add_trees(classifier.booster, table, 0)
    column = table.emit(graph, features)
    latent = graph.node("Squeeze", column, graph.constant(LAST_AXIS))

    def cumulative() -> str:
        margins = margins_of(graph, column, classifier.slope, classifier.thresholds)
        return emit_link(classifier.link, graph, margins)

    return ClassifierValues(latent, cumulative, len(classifier.thresholds))


@emit_classifier.register
def _multiclass(
    classifier: MulticlassClassifier, graph: GraphBuilder, features: str
) -> ClassifierValues:
    table = TreeTable()
    for target, booster in enumerate(classifier.boosters):
        add_trees(booster, table, target)
    scores = graph.node("Add", table.emit(graph, features), graph.constant(classifier.base))
    greatest = graph.node("ReduceMax", scores, graph.constant(LAST_AXIS), keepdims=1)
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

    return ClassifierValues(latent, cumulative, classifier.n_grades - 1)


@emit_classifier.register
def _ridge(classifier: RidgeClassifier, graph: GraphBuilder, features: str) -> ClassifierValues:
    wide = graph.node("Cast", features, to=onnx.TensorProto.DOUBLE)
    median = graph.constant(classifier.median)
    defined = graph.node("Where", graph.node("IsNaN", wide), median, wide)
    # The score of an absurd embedding overflows when it is rounded to float32. Trees route an
    # infinity as they route the greatest number; a linear model has to be given that number.
    greatest = float(np.finfo(np.float32).max)
    finite = graph.node("Clip", defined, graph.constant(-greatest), graph.constant(greatest))
    centred = graph.node("Sub", finite, graph.constant(classifier.mean))
    standard = graph.node("Div", centred, graph.constant(classifier.scale))
    column = graph.node("MatMul", standard, graph.constant(classifier.weights[:, None]))
    latent = graph.node("Squeeze", column, graph.constant(LAST_AXIS))

    def cumulative() -> str:
        margins = margins_of(graph, column, classifier.slope, classifier.thresholds)
        return graph.node("Sigmoid", margins)

    return ClassifierValues(latent, cumulative, len(classifier.thresholds))


@emit_classifier.register
def _ensemble(
    classifier: EnsembleClassifier, graph: GraphBuilder, features: str
) -> ClassifierValues:
    """Every member's own nodes, and the averages of what they say."""
    members = [emit_classifier(member, graph, features) for member in classifier.members]
    pool = classifier.pool
    weights = [graph.constant(float(weight)) for weight in pool.weights]
    columns = []
    for values, centre, spread in zip(members, pool.centres, pool.spreads, strict=True):
        # A number that scales the very output of a MatMul is fused into it by onnxruntime, and
        # rounded to float32 on the way.
        column = graph.node("Unsqueeze", values.latent, graph.constant(LAST_AXIS))
        centred = graph.node("Sub", column, graph.constant(float(centre)))
        columns.append(graph.node("Div", centred, graph.constant(float(spread))))
    latent = graph.node(
        "Squeeze", _weighted_sum(graph, columns, weights), graph.constant(LAST_AXIS)
    )

    def cumulative() -> str:
        average = _weighted_sum(graph, [values.cumulative() for values in members], weights)
        return graph.node("Min", average, graph.constant(1.0))

    return ClassifierValues(latent, cumulative, classifier.n_grades - 1)


@emit_classifier.register
def _stacked(classifier: StackedClassifier, graph: GraphBuilder, features: str) -> ClassifierValues:
    """The embedding's score, rounded to float32, as the base's last feature."""
    score = classifier.score
    embedding = _columns(graph, features, classifier.embedding)
    wide = graph.node("Cast", embedding, to=onnx.TensorProto.DOUBLE)
    centred = graph.node("Sub", wide, graph.constant(score.mean))
    standard = graph.node("Div", centred, graph.constant(score.scale))
    product = graph.node("MatMul", standard, graph.constant(score.weights[:, None]))
    shifted = graph.node("Add", product, graph.constant(score.intercept))
    seen = graph.node("Cast", shifted, to=onnx.TensorProto.FLOAT)
    if classifier.plain:
        seen = graph.node("Concat", _columns(graph, features, classifier.plain), seen, axis=1)
    return emit_classifier(classifier.base, graph, seen)


def _columns(graph: GraphBuilder, features: str, columns: Sequence[int]) -> str:
    return graph.node("Gather", features, graph.constant(list(columns)), axis=1)


def _weighted_sum(graph: GraphBuilder, values: Sequence[str], weights: Sequence[str]) -> str:
    parts = [
        graph.node("Mul", value, weight) for value, weight in zip(values, weights, strict=True)
    ]
    return graph.node("Sum", *parts) if len(parts) > 1 else parts[0]


def _compressed(graph: GraphBuilder, margins: str) -> str:
    """asinh(margins / 2), spelt out: onnxruntime has ``Asinh`` in single precision only."""
    half = graph.node("Mul", margins, graph.constant(0.5))
    size = graph.node("Abs", half)
    square = graph.node("Mul", half, half)
    root = graph.node("Sqrt", graph.node("Add", square, graph.constant(1.0)))
    magnitude = graph.node("Log", graph.node("Add", size, root))
    return graph.node("Mul", graph.node("Sign", half), magnitude)
