"""Ensembles of decision trees as ONNX nodes that take the branches the library takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import onnx
from onnx import helper

from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.export.graph_rules import ML_DOMAIN

_LEAF = "LEAF"
_BRANCH = "BRANCH_LEQ"

_COLUMNS = (
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_modes",
    "nodes_values",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
    "target_treeids",
    "target_nodeids",
    "target_ids",
    "target_weights",
)

_Node = TypeVar("_Node")


@dataclass(frozen=True, slots=True)
class Branch:
    """An inner node: ``x <= threshold`` goes left.

    Attributes:
        feature: Column of x.
        threshold: A value of float32, so that single and double precision compare alike.
        missing_left: Where NaN goes.
        left: The library's own node for ``x <= threshold``.
        right: The library's own node otherwise.
    """

    feature: int
    threshold: float
    missing_left: bool
    left: Any
    right: Any


def float32_floor(value: float) -> float:
    """Return the greatest float32 that is not above a double.

    For every float32 x, ``x <= value`` and ``x <= float32_floor(value)`` are the same; rounded to
    the nearest float32 instead, a threshold can rise onto the next feature value and turn a row
    round.
    """
    with np.errstate(over="ignore"):
        nearest = np.float32(value)
    if float(nearest) > value:
        nearest = np.nextafter(nearest, np.float32(-np.inf))
    return float(nearest)


class TreeTable:
    """Trees in the column layout of ``TreeEnsembleRegressor``, for any number of targets.

    Each target becomes a node of its own. With one target, onnxruntime keeps the values of leaves
    in the trees themselves; with several it looks them up elsewhere, and a row takes twice as long.
    """

    def __init__(self) -> None:
        self._targets: list[dict[str, list[Any]]] = []

    def add_tree(self, target: int, root: _Node, read: Callable[[_Node], Branch | float]) -> None:
        """Add a tree whose leaves are summed up in ``target``.

        Args:
            target: Column of the sums; every column up to the last has trees in the end.
            root: The library's own root node.
            read: Turns a node of the library into a branch, or into the value of a leaf.
        """
        while len(self._targets) <= target:
            self._targets.append({name: [] for name in _COLUMNS})
        columns = self._targets[target]
        # Numbers of trees ascend, so the last node's is the greatest.
        tree = columns["nodes_treeids"][-1] + 1 if columns["nodes_treeids"] else 0
        waiting = [(root, 0)]
        next_id = 1
        while waiting:
            node, node_id = waiting.pop()
            branch = read(node)
            if isinstance(branch, Branch):
                left, right = next_id, next_id + 1
                next_id += 2
                _append_node(columns, tree, node_id, branch, left, right)
                waiting += [(branch.right, right), (branch.left, left)]
            else:
                _append_leaf(columns, tree, node_id, branch)

    def emit(self, graph: GraphBuilder, features: str) -> str:
        """Add the nodes to a graph.

        Thresholds, leaves and sums are double: with float32 leaves the sums of a few hundred trees
        drift by some 1e-6, while these are the library's own sums, rounded once to float32 in the
        output, which ``ai.onnx.ml`` 3 fixes as float32.

        Args:
            graph: Where to add them.
            features: Name of a float32 value of shape (n, n_features).

        Returns:
            Name of a float64 value of shape (n, n_targets).
        """
        wide = graph.node("Cast", features, to=onnx.TensorProto.DOUBLE)
        sums = [_emit_target(graph, wide, columns) for columns in self._targets]
        together = graph.node("Concat", *sums, axis=1) if len(sums) > 1 else sums[0]
        return graph.node("Cast", together, to=onnx.TensorProto.DOUBLE)


def _emit_target(graph: GraphBuilder, wide: str, columns: dict[str, list[Any]]) -> str:
    integers = dict(columns)
    doubles: dict[str, Any] = {
        f"{name}_as_tensor": _doubles(name, integers.pop(name))
        for name in ("nodes_values", "target_weights")
    }
    return graph.node(
        "TreeEnsembleRegressor",
        wide,
        domain=ML_DOMAIN,
        n_targets=1,
        aggregate_function="SUM",
        post_transform="NONE",
        **integers,
        **doubles,
    )


def _append_node(
    columns: dict[str, list[Any]], tree: int, node_id: int, branch: Branch, left: int, right: int
) -> None:
    _append(
        columns,
        nodes_treeids=tree,
        nodes_nodeids=node_id,
        nodes_featureids=branch.feature,
        nodes_modes=_BRANCH,
        nodes_values=branch.threshold,
        nodes_truenodeids=left,
        nodes_falsenodeids=right,
        nodes_missing_value_tracks_true=int(branch.missing_left),
    )


def _append_leaf(columns: dict[str, list[Any]], tree: int, node_id: int, value: float) -> None:
    _append(
        columns,
        nodes_treeids=tree,
        nodes_nodeids=node_id,
        nodes_featureids=0,
        nodes_modes=_LEAF,
        nodes_values=0.0,
        nodes_truenodeids=0,
        nodes_falsenodeids=0,
        nodes_missing_value_tracks_true=0,
        target_treeids=tree,
        target_nodeids=node_id,
        target_ids=0,
        target_weights=value,
    )


def _append(columns: dict[str, list[Any]], **values: float | str) -> None:
    for name, value in values.items():
        columns[name].append(value)


def _doubles(name: str, values: list[float]) -> onnx.TensorProto:
    return helper.make_tensor(name, onnx.TensorProto.DOUBLE, [len(values)], values)


def split_points(graph: bytes) -> dict[int, list[float]]:
    """Return the thresholds of every tree node of a graph, by feature, each sorted and once."""
    points: dict[int, set[float]] = {}
    for node in onnx.load_from_string(graph).graph.node:
        if node.domain != ML_DOMAIN or not node.op_type.startswith("TreeEnsemble"):
            continue
        attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        thresholds = onnx.numpy_helper.to_array(attributes["nodes_values_as_tensor"])
        for feature, mode, threshold in zip(
            attributes["nodes_featureids"], attributes["nodes_modes"], thresholds, strict=True
        ):
            if mode.decode() != _LEAF:
                points.setdefault(int(feature), set()).add(float(threshold))
    return {feature: sorted(points[feature]) for feature in sorted(points)}
