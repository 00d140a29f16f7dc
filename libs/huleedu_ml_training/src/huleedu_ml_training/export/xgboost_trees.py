"""XGBoost's trees, read from its JSON model."""

from typing import Any

import numpy as np

from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.trees import Branch, TreeTable
from huleedu_ml_training.models.boosters.xgboost_booster import XGBoostBooster

_NO_CHILD = -1


def add_xgboost_trees(table: TreeTable, target: int, booster: XGBoostBooster) -> None:
    """Add all trees of a booster and its intercept, summed up in one target.

    Raises:
        UnsupportedExportError: A tree splits on categories or has several values in a leaf.
    """
    table.add_tree(target, booster.intercept, float)
    for tree in booster.trees:
        if any(tree["split_type"]):
            raise UnsupportedExportError(
                part="XGBoost enable_categorical", reason="a split on a set of categories"
            )
        if int(tree["tree_param"]["size_leaf_vector"]) > 1:
            raise UnsupportedExportError(
                part="XGBoost multi_strategy", reason="its leaves hold several values"
            )
        table.add_tree(target, 0, _Reader(tree))


class _Reader:
    """Reads the nodes of one tree, which XGBoost names by their numbers."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self._tree = tree

    def __call__(self, node: int) -> Branch | float:
        tree = self._tree
        value = float(np.float32(tree["split_conditions"][node]))
        if tree["left_children"][node] == _NO_CHILD:
            return value
        # x < value goes left, which for float32 is x <= the next float32 below.
        return Branch(
            feature=tree["split_indices"][node],
            threshold=float(np.nextafter(np.float32(value), np.float32(-np.inf))),
            missing_left=bool(tree["default_left"][node]),
            left=tree["left_children"][node],
            right=tree["right_children"][node],
        )
