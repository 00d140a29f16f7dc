"""An ensemble of decision trees as one ONNX node that takes the branches the library takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import onnx
from onnx import helper

from huleedu_ml_training.export.graph_builder import ML_DOMAIN, GraphBuilder

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
    """Trees in the column layout of ``TreeEnsembleRegressor``, for any number of targets."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
        self._n_trees = 0
        self._n_targets = 0

    def add_tree(self, target: int, root: _Node, read: Callable[[_Node], Branch | float]) -> None:
        """Add a tree whose leaves are summed up in ``target``.

        Args:
            target: Column of the node's output.
            root: The library's own root node.
            read: Turns a node of the library into a branch, or into the value of a leaf.
        """
        tree = self._n_trees
        self._n_trees += 1
        self._n_targets = max(self._n_targets, target + 1)
        waiting = [(root, 0)]
        next_id = 1
        while waiting:
            node, node_id = waiting.pop()
            branch = read(node)
            if isinstance(branch, Branch):
                left, right = next_id, next_id + 1
                next_id += 2
                self._append_node(tree, node_id, branch, left, right)
                waiting += [(branch.right, right), (branch.left, left)]
            else:
                self._append_leaf(tree, node_id, target, branch)

    def emit(self, graph: GraphBuilder, features: str) -> str:
        """Add the node to a graph.

        Thresholds, leaves and sums are double: with float32 leaves the sums of a few hundred trees
        drift by some 1e-6, while these are the library's own sums, rounded once to float32 in the
        output, which ``ai.onnx.ml`` 3 fixes as float32.

        Args:
            graph: Where to add it.
            features: Name of a float32 value of shape (n, n_features).

        Returns:
            Name of a float64 value of shape (n, n_targets).
        """
        columns = dict(self._columns)
        attributes: dict[str, Any] = {
            f"{name}_as_tensor": _doubles(name, columns.pop(name))
            for name in ("nodes_values", "target_weights")
        }
        sums = graph.node(
            "TreeEnsembleRegressor",
            graph.node("Cast", features, to=onnx.TensorProto.DOUBLE),
            domain=ML_DOMAIN,
            n_targets=self._n_targets,
            aggregate_function="SUM",
            post_transform="NONE",
            **columns,
            **attributes,
        )
        return graph.node("Cast", sums, to=onnx.TensorProto.DOUBLE)

    def _append_node(self, tree: int, node_id: int, branch: Branch, left: int, right: int) -> None:
        self._append(
            nodes_treeids=tree,
            nodes_nodeids=node_id,
            nodes_featureids=branch.feature,
            nodes_modes=_BRANCH,
            nodes_values=branch.threshold,
            nodes_truenodeids=left,
            nodes_falsenodeids=right,
            nodes_missing_value_tracks_true=int(branch.missing_left),
        )

    def _append_leaf(self, tree: int, node_id: int, target: int, value: float) -> None:
        self._append(
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
            target_ids=target,
            target_weights=value,
        )

    def _append(self, **values: float | str) -> None:
        for name, value in values.items():
            self._columns[name].append(value)


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
