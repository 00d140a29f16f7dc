"""LightGBM's trees, read from its own dump of the model."""

import math
from typing import Any

import numpy as np

from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.trees import Branch, TreeTable, float32_floor
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBooster

_ZERO_BAND = float(np.float32(1e-35))
_BELOW_BAND = float(np.nextafter(np.float32(-1e-35), np.float32(-np.inf)))
_DUMPED_INFINITY = 1e300
"""What the dump writes for an infinite threshold, which parts undefined from all other values."""


def add_lightgbm_trees(table: TreeTable, target: int, booster: LightGBMBooster) -> None:
    """Add all trees of a booster, summed up in one target.

    Raises:
        UnsupportedExportError: The booster was made with a setting whose trees ONNX cannot
            express, or that common converters turn into wrong ones without saying so.
    """
    dump = booster.native.dump_model()
    if dump["average_output"]:
        raise UnsupportedExportError(
            part="LightGBM boosting=rf", reason="its trees are averaged, not summed"
        )
    if dump["num_tree_per_iteration"] != 1:
        raise UnsupportedExportError(
            part="LightGBM num_class", reason="it has several trees a round, one per class"
        )
    for tree in dump["tree_info"]:
        table.add_tree(target, tree["tree_structure"], _read)


def effective_threshold(threshold: float) -> float:
    """Return the float32 threshold that routes every float32 value as LightGBM does.

    LightGBM takes a value for zero when its magnitude is at most 1e-35 (``kZeroThreshold``). A
    threshold within that band therefore separates from zero all that lies below it, or nothing.
    """
    if threshold >= _DUMPED_INFINITY:
        return math.inf
    floor = float32_floor(threshold)
    if -_ZERO_BAND <= floor < 0:
        return _BELOW_BAND
    if 0 <= floor < _ZERO_BAND:
        return _ZERO_BAND
    return floor


def _read(node: dict[str, Any]) -> Branch | float:
    if "leaf_value" in node:
        if "leaf_coeff" in node:
            raise UnsupportedExportError(
                part="LightGBM linear_tree", reason="its leaves are linear functions, not numbers"
            )
        return float(node["leaf_value"])
    if node["decision_type"] != "<=":
        raise UnsupportedExportError(
            part="LightGBM categorical_feature", reason="a split on a set of categories"
        )
    if node["missing_type"] == "Zero":
        raise UnsupportedExportError(
            part="LightGBM zero_as_missing",
            reason="zeros take the default branch, which an ONNX tree has for NaN only",
        )
    threshold = effective_threshold(float(node["threshold"]))
    # A feature without NaN in training has missing type None: LightGBM then reads NaN as zero.
    missing_left = node["default_left"] if node["missing_type"] == "NaN" else threshold >= 0
    return Branch(
        feature=node["split_feature"],
        threshold=threshold,
        missing_left=bool(missing_left),
        left=node["left_child"],
        right=node["right_child"],
    )
