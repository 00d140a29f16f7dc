"""Groups of nodes that several parts of a grader share."""

import numpy as np
import onnx
from numpy.typing import NDArray

from huleedu_ml_training.export.graph_builder import GraphBuilder

LAST_AXIS = [1]


def descending(graph: GraphBuilder, values: str, width: int) -> str:
    """Sort each row from the greatest on."""
    count = graph.constant([width])
    return graph.nodes("TopK", values, count, n_outputs=2, axis=1, largest=1, sorted=1)[0]


def margins_of(
    graph: GraphBuilder, column: str, slope: float, thresholds: NDArray[np.float64]
) -> str:
    """Turn latent scores, shape (n, 1), into slope * latent - thresholds, shape (n, K-1)."""
    scaled = graph.node("Mul", column, graph.constant(slope))
    return graph.node("Sub", scaled, graph.constant(thresholds))


def differences(graph: GraphBuilder, cumulative: str, n_thresholds: int) -> str:
    """Turn P(grade > k), shape (n, K-1), into P(grade), shape (n, K).

    As one product: of each difference all other terms are zero, so that it is rounded once, as a
    subtraction is.
    """
    leaves = np.eye(n_thresholds, n_thresholds + 1, k=1)
    stays = np.eye(n_thresholds, n_thresholds + 1)
    whole = np.eye(1, n_thresholds + 1)[0]
    return graph.node("Gemm", cumulative, graph.constant(leaves - stays), graph.constant(whole))


def count_above(graph: GraphBuilder, values: str, bounds: NDArray[np.float64]) -> str:
    """Count, per row, the columns that are above their bounds; shape (n,)."""
    passed = graph.node("Greater", values, graph.constant(bounds))
    as_numbers = graph.node("Cast", passed, to=onnx.TensorProto.INT64)
    return graph.node("ReduceSum", as_numbers, graph.constant(LAST_AXIS), keepdims=0)
