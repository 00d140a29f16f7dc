"""Grades and ranges of grades as nodes."""

import numpy as np
import onnx

from huleedu_ml_training.export.common_nodes import LAST_AXIS, count_above
from huleedu_ml_training.export.dispatch import emit_decision
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.models.cumulative import exceedance_matrix
from huleedu_ml_training.models.decision import (
    TIE_TOLERANCE,
    CutPointRule,
    MedianRule,
    MostProbableRule,
)
from huleedu_ml_training.models.prediction_sets import SCORE_TOLERANCE, PredictionSets


@emit_decision.register
def _most_probable(
    _: MostProbableRule, graph: GraphBuilder, probabilities: str, n_grades: int
) -> str:
    del n_grades
    best = graph.node("ReduceMax", probabilities, graph.constant(LAST_AXIS), keepdims=1)
    least = graph.node("Sub", best, graph.constant(TIE_TOLERANCE))
    tied = graph.node("GreaterOrEqual", probabilities, least)
    as_numbers = graph.node("Cast", tied, to=onnx.TensorProto.INT64)
    return graph.node("ArgMax", as_numbers, axis=1, keepdims=0, select_last_index=0)


@emit_decision.register
def _median(_: MedianRule, graph: GraphBuilder, probabilities: str, n_grades: int) -> str:
    matrix = graph.constant(exceedance_matrix(n_grades))
    cumulative = graph.node("MatMul", probabilities, matrix)
    return count_above(graph, cumulative, np.asarray(0.5 + TIE_TOLERANCE))


@emit_decision.register
def _cut_points(rule: CutPointRule, graph: GraphBuilder, probabilities: str, n_grades: int) -> str:
    grades = graph.constant(np.arange(n_grades, dtype=np.float64)[:, None])
    expected = graph.node("MatMul", probabilities, grades)
    return count_above(graph, expected, rule.cutpoints + TIE_TOLERANCE)


def emit_ranges(
    sets: PredictionSets, graph: GraphBuilder, probabilities: str, grade: str, n_grades: int
) -> tuple[str, str]:
    """Add the ranges of grades; return the names of lowest and highest, int64 of shape (n,)."""
    # How much further from the median a grade might lie, on either side; below 0 it lies outside.
    # The greatest of min(0, room) is 0, where a grade is inside, and the median's always is.
    at_least = np.tril(np.ones((n_grades, n_grades)))
    at_least[:, 0] = 0.0
    bounds = sets.thresholds + SCORE_TOLERANCE
    room_below = graph.node(
        "Gemm",
        probabilities,
        graph.constant(at_least),
        graph.constant(bounds - 0.5 + np.eye(1, n_grades)[0]),
    )
    room_above = graph.node(
        "Gemm",
        probabilities,
        graph.constant(-np.tril(np.ones((n_grades, n_grades)), k=-1)),
        graph.constant(bounds + 0.5),
    )
    room = graph.node("Min", room_below, room_above, graph.constant(0.0))
    lowest, highest = (
        graph.node("ArgMax", room, axis=1, keepdims=0, select_last_index=last) for last in (0, 1)
    )
    return graph.node("Min", lowest, grade), graph.node("Max", highest, grade)
