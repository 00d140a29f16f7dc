"""A booster that XGBoost fitted.

XGBoost is an extra of this package, and is imported when it is first needed.
"""

import importlib
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.errors import BoosterNotInstalledError

_SUMMED_TREES = "gbtree"
"""Of XGBoost's boosters, dart weighs its trees when it predicts, and gblinear has none."""


def load_library() -> Any:
    """Return the module ``xgboost``.

    Raises:
        BoosterNotInstalledError: It is not installed.
    """
    try:
        return importlib.import_module("xgboost")
    except ImportError as error:
        raise BoosterNotInstalledError(library="xgboost", extra="xgboost") from error


class XGBoostBooster:
    """A fitted booster; its JSON is what counts, fresh from training or read from a file.

    Args:
        data: XGBoost's JSON model, trimmed to the best iteration.

    Attributes:
        native: XGBoost's own object.
        intercept: What is added to the leaves' values.
        trees: XGBoost's trees as its JSON describes them.

    Raises:
        ValueError: It is no JSON model of summed trees.
        BoosterNotInstalledError: XGBoost is not installed.
    """

    file_suffix = ".json"

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            learner = json.loads(data)["learner"]
            name = learner["gradient_booster"]["name"]
            if name != _SUMMED_TREES:
                msg = f"its booster is {name}, which is no plain sum of trees"
                raise ValueError(msg)
            model = learner["gradient_booster"]["model"]
            self.trees: list[dict[str, Any]] = model["trees"]
            self.n_features = int(learner["learner_model_param"]["num_feature"])
            self.intercept = _intercept(learner)
            self._leaves = [
                np.asarray(tree["split_conditions"], np.float32).astype(float)
                for tree in self.trees
            ]
        except (KeyError, TypeError) as error:
            msg = f"it is no XGBoost model of trees: {error!r} is missing"
            raise ValueError(msg) from error
        self.native = load_library().Booster({"nthread": 1})
        self.native.load_model(bytearray(data))

    def margins(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the trees' sums rounded to float32, ndarray of shape (n_essays,).

        XGBoost itself adds up in single precision; the leaves it finds are summed here.
        """
        if len(X) == 0:
            return np.empty(0)
        matrix = load_library().DMatrix(X, nthread=1)
        found = self.native.predict(matrix, pred_leaf=True).reshape(len(X), -1).astype(np.int64)
        values = np.column_stack([leaves[found[:, t]] for t, leaves in enumerate(self._leaves)])
        total = values.sum(axis=1) + self.intercept
        return np.asarray(total, dtype=np.float32).astype(np.float64)

    def contributions(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what each feature adds to the margin by TreeSHAP, shape (n_essays, n_features)."""
        if len(X) == 0:
            return np.empty((0, self.n_features))
        found = self.native.predict(load_library().DMatrix(X, nthread=1), pred_contribs=True)
        return np.asarray(found, dtype=np.float64)[:, :-1]

    def gain(self) -> NDArray[np.float64]:
        """Return the total gain of each feature's splits, ndarray of shape (n_features,)."""
        gain = np.zeros(self.n_features)
        for name, value in self.native.get_score(importance_type="total_gain").items():
            gain[int(name.removeprefix("f"))] = value
        return gain

    def to_bytes(self) -> bytes:
        """Return XGBoost's JSON model."""
        return self._data


def _intercept(learner: dict[str, Any]) -> float:
    """Return what XGBoost adds to the leaves: its base score, on the scale of margins."""
    (score,) = np.atleast_1d(json.loads(learner["learner_model_param"]["base_score"]))
    if learner["objective"]["name"] == "binary:logistic":
        return math.log(score / (1.0 - score))
    return float(score)
