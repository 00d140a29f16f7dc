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


def differences(graph: GraphBuilder, cumulative: str) -> str:
    """Turn P(grade > k), shape (n, K-1), into P(grade), shape (n, K)."""
    above = padded(graph, cumulative, before=1, after=0, value=1.0)
    not_above = padded(graph, cumulative, before=0, after=1, value=0.0)
    return graph.node("Sub", above, not_above)


def padded(graph: GraphBuilder, value_name: str, *, before: int, after: int, value: float) -> str:
    """Add columns of one value before and after those of a matrix."""
    pads = graph.constant([0, before, 0, after])
    return graph.node("Pad", value_name, pads, graph.constant(value))


def count_above(graph: GraphBuilder, values: str, bounds: NDArray[np.float64]) -> str:
    """Count, per row, the columns that are above their bounds; shape (n,)."""
    passed = graph.node("Greater", values, graph.constant(bounds))
    as_numbers = graph.node("Cast", passed, to=onnx.TensorProto.INT64)
    return graph.node("ReduceSum", as_numbers, graph.constant(LAST_AXIS), keepdims=0)
