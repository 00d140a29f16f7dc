"""XGBoost as a booster of binary targets and along gradients."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from huleedu_ml_training.config import BoosterSettings
from huleedu_ml_training.models.boosters.protocols import BoostingCallback
from huleedu_ml_training.models.boosters.xgboost_booster import XGBoostBooster, load_library
from huleedu_ml_training.models.parts import GradedPart

_SEEDS = 2**31


class XGBoostBackend:
    """XGBoost with its hyperparameters; a fit and a prediction take one thread each.

    Args:
        settings: Hyperparameters, by their common names.

    Raises:
        BoosterNotInstalledError: XGBoost is not installed.
    """

    name = "xgboost"

    def __init__(self, settings: BoosterSettings) -> None:
        load_library()
        self._settings = settings

    @property
    def max_rounds(self) -> int:
        """Most rounds of one fit."""
        return self._settings.max_rounds

    def fitter(self, train: GradedPart, stopping: GradedPart, *, seed: int) -> "XGBoostFitter":
        """Prepare features once for all thresholds."""
        return XGBoostFitter(
            train, stopping, parameters=self._parameters(seed), settings=self._settings
        )

    def grower(
        self, X: NDArray[np.float32], stopping_X: NDArray[np.float32], *, seed: int
    ) -> "XGBoostGrower":
        """Prepare features for trees along gradients."""
        return XGBoostGrower(
            X, stopping_X, parameters=self._parameters(seed), settings=self._settings
        )

    def load(self, data: bytes, *, n_features: int) -> XGBoostBooster:
        """Return the booster of a JSON model.

        Raises:
            ValueError: The bytes are no model of that many features.
        """
        booster = XGBoostBooster(data)
        if booster.n_features != n_features:
            msg = f"it takes {booster.n_features} features, expected {n_features}"
            raise ValueError(msg)
        return booster

    def _parameters(self, seed: int) -> dict[str, Any]:
        settings = self._settings
        return {
            "learning_rate": settings.learning_rate,
            "grow_policy": "lossguide",
            "max_leaves": settings.num_leaves,
            "max_depth": max(settings.max_depth, 0),
            "colsample_bytree": settings.feature_fraction,
            "subsample": settings.bagging_fraction,
            "reg_alpha": settings.lambda_l1,
            "reg_lambda": settings.lambda_l2,
            "max_bin": settings.max_bin,
            "tree_method": "hist",
            "seed": seed % _SEEDS,
            "nthread": 1,
            "verbosity": 0,
        }


class XGBoostFitter:
    """Fits boosters of binary targets on one feature matrix."""

    def __init__(
        self,
        train: GradedPart,
        stopping: GradedPart,
        *,
        parameters: dict[str, Any],
        settings: BoosterSettings,
    ) -> None:
        self._parameters = parameters
        self._settings = settings
        self._weights, self._stopping_weights = train.weights, stopping.weights
        self._train = load_library().DMatrix(train.X, weight=train.weights, nthread=1)
        self._stopping = load_library().DMatrix(stopping.X, nthread=1)

    def fit(
        self,
        targets: NDArray[np.float64],
        stopping_targets: NDArray[np.float64],
        callback: BoostingCallback,
    ) -> XGBoostBooster:
        """Fit to 0/1 targets; log loss on the stopping rows chooses the rounds."""
        self._train.set_label(targets)
        share = float(np.average(targets, weights=self._weights))
        native = load_library().Booster(
            {
                **self._parameters,
                "objective": "binary:logistic",
                "base_score": share,
                "min_child_weight": self._settings.min_child_samples * share * (1 - share),
            },
            [self._train, self._stopping],
        )
        signs = np.where(stopping_targets > 0, 1.0, -1.0)
        best_round, best_loss = 0, math.inf
        for number in range(1, self._settings.max_rounds + 1):
            native.update(self._train, number - 1)
            margins = native.predict(self._stopping, output_margin=True).astype(np.float64)
            losses = -log_expit(signs * margins)
            loss = float(np.average(losses, weights=self._stopping_weights))
            if loss < best_loss:
                best_round, best_loss = number, loss
            callback(number)
            if number - best_round >= self._settings.early_stopping_rounds:
                break
        return _trimmed(native, best_round)


class XGBoostGrower:
    """Grows one booster along gradients.

    XGBoost limits leaves by summed curvature where others count essays; an essay counts with the
    mean curvature of its round. Where no split is left, XGBoost adds a tree of one leaf, so growth
    never ends by itself.
    """

    def __init__(
        self,
        X: NDArray[np.float32],
        stopping_X: NDArray[np.float32],
        *,
        parameters: dict[str, Any],
        settings: BoosterSettings,
    ) -> None:
        self._essays_per_leaf = settings.min_child_samples
        self._train = load_library().DMatrix(X, label=np.zeros(len(X)), nthread=1)
        self._stopping = load_library().DMatrix(stopping_X, nthread=1)
        self._native = load_library().Booster(
            {**parameters, "objective": "reg:squarederror", "base_score": 0.0},
            [self._train, self._stopping],
        )

    def grow(
        self, gradient: NDArray[np.float64], curvature: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Add one tree; return the scores of training and stopping essays."""
        rounds = self._native.num_boosted_rounds()
        least = self._essays_per_leaf * float(curvature.mean())
        self._native.set_param({"min_child_weight": least})
        self._native.boost(self._train, iteration=rounds, grad=gradient, hess=curvature)
        train, stopping = (
            self._native.predict(part, output_margin=True).astype(np.float64)
            for part in (self._train, self._stopping)
        )
        return train, stopping

    def booster(self, rounds: int) -> XGBoostBooster:
        """Return the booster of the first rounds."""
        return _trimmed(self._native, rounds)


def _trimmed(native: Any, rounds: int) -> XGBoostBooster:
    return XGBoostBooster(bytes(native[:rounds].save_raw("json")))
