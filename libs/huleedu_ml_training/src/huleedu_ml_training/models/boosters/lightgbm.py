"""LightGBM as a booster of binary targets and along gradients."""

from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import BoosterSettings
from huleedu_ml_training.models.boosters.protocols import BoostingCallback
from huleedu_ml_training.models.parts import GradedPart

_SEEDS = 2**31


class LightGBMBooster:
    """A fitted booster; its text is what counts, fresh from training or read from a file.

    Args:
        text: LightGBM's model text, trimmed to the best iteration.

    Attributes:
        native: LightGBM's own object, for the exporter.
    """

    file_suffix = ".txt"

    def __init__(self, text: str) -> None:
        self._text = text
        self.native = lgb.Booster(model_str=text)

    def margins(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the trees' sums rounded to float32, ndarray of shape (n_essays,)."""
        raw = self.native.predict(X, raw_score=True, num_threads=1)
        return np.asarray(raw, dtype=np.float32).astype(np.float64)

    def contributions(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what each feature adds to the margin by TreeSHAP, shape (n_essays, n_features)."""
        if len(X) == 0:
            return np.empty((0, self.native.num_feature()))
        found = self.native.predict(X, pred_contrib=True, num_threads=1)
        return np.asarray(found, dtype=np.float64)[:, :-1]

    def gain(self) -> NDArray[np.float64]:
        """Return the total gain of each feature's splits, ndarray of shape (n_features,)."""
        return np.asarray(self.native.feature_importance("gain"), dtype=np.float64)

    def to_bytes(self) -> bytes:
        """Return LightGBM's model text."""
        return self._text.encode()


class LightGBMBackend:
    """LightGBM with its hyperparameters.

    A fit and a prediction take one thread each. LightGBM's own threads wait for each other many
    times a round, and next to other work on the same cores that takes longer than the round
    itself; callers run several fits side by side instead.

    Args:
        settings: Hyperparameters, by their common names.
    """

    name = "lightgbm"

    def __init__(self, settings: BoosterSettings) -> None:
        self._settings = settings

    @property
    def max_rounds(self) -> int:
        """Most rounds of one fit."""
        return self._settings.max_rounds

    def fitter(self, train: GradedPart, stopping: GradedPart, *, seed: int) -> "LightGBMFitter":
        """Sort the features into bins, once for all thresholds."""
        return LightGBMFitter(
            train,
            stopping,
            parameters=self._parameters(seed, objective="binary", metric="binary_logloss"),
            settings=self._settings,
        )

    def grower(
        self, X: NDArray[np.float32], stopping_X: NDArray[np.float32], *, seed: int
    ) -> "LightGBMGrower":
        """Sort the features into bins for trees along gradients."""
        parameters = self._parameters(seed, objective="none", metric="none")
        return LightGBMGrower(X, stopping_X, parameters=parameters)

    def load(self, data: bytes, *, n_features: int) -> LightGBMBooster:
        """Return the booster of a model text.

        Raises:
            ValueError: The text is no model of that many features.
        """
        try:
            booster = LightGBMBooster(data.decode())
        except lgb.basic.LightGBMError as error:
            msg = f"LightGBM cannot read it: {error}"
            raise ValueError(msg) from error
        if booster.native.num_feature() != n_features:
            msg = f"it takes {booster.native.num_feature()} features, expected {n_features}"
            raise ValueError(msg)
        return booster

    def _parameters(self, seed: int, *, objective: str, metric: str) -> dict[str, Any]:
        settings = self._settings
        return {
            "objective": objective,
            "metric": metric,
            "learning_rate": settings.learning_rate,
            "num_leaves": settings.num_leaves,
            "max_depth": settings.max_depth,
            "min_data_in_leaf": settings.min_child_samples,
            "feature_fraction": settings.feature_fraction,
            "bagging_fraction": settings.bagging_fraction,
            "bagging_freq": 1 if settings.bagging_fraction < 1 else 0,
            "lambda_l1": settings.lambda_l1,
            "lambda_l2": settings.lambda_l2,
            "max_bin": settings.max_bin,
            "seed": seed % _SEEDS,
            "deterministic": True,
            # Hundreds of columns for a thousand rows: histograms by column are faster, and only
            # a fixed choice keeps the sums in one order.
            "force_col_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }


class LightGBMFitter:
    """Fits boosters on one feature matrix; the binned features are shared by all targets."""

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
        self._train = lgb.Dataset(
            train.X, weight=train.weights, params=dict(parameters), free_raw_data=False
        )
        self._stopping = self._train.create_valid(
            stopping.X, weight=stopping.weights, params=dict(parameters)
        )

    def fit(
        self,
        targets: NDArray[np.float64],
        stopping_targets: NDArray[np.float64],
        callback: BoostingCallback,
    ) -> LightGBMBooster:
        """Fit to 0/1 targets; log loss on the stopping rows chooses the rounds."""
        self._train.set_label(targets)
        self._stopping.set_label(stopping_targets)
        booster = lgb.train(
            dict(self._parameters),
            self._train,
            num_boost_round=self._settings.max_rounds,
            valid_sets=[self._stopping],
            callbacks=[
                _report_to(callback),
                lgb.early_stopping(self._settings.early_stopping_rounds, verbose=False),
            ],
        )
        text = booster.model_to_string(num_iteration=booster.best_iteration)
        return LightGBMBooster(text)


class LightGBMGrower:
    """Grows one booster along gradients."""

    def __init__(
        self,
        X: NDArray[np.float32],
        stopping_X: NDArray[np.float32],
        *,
        parameters: dict[str, Any],
    ) -> None:
        train = lgb.Dataset(X, label=np.zeros(len(X)), params=dict(parameters)).construct()
        # Given gradients but no feature with two bins, LightGBM fails where it should just end.
        self._can_split = any(train.feature_num_bin(column) for column in range(X.shape[1]))
        stopping = train.create_valid(
            stopping_X, label=np.zeros(len(stopping_X)), params=dict(parameters)
        )
        self._native = lgb.Booster(dict(parameters), train)
        self._native.add_valid(stopping, "stopping")

    def grow(
        self, gradient: NDArray[np.float64], curvature: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Add one tree; return the scores of training and stopping essays, or None."""
        if not self._can_split:
            return None
        derivatives = gradient.astype(np.float32), curvature.astype(np.float32)
        exhausted = self._native.update(fobj=lambda _scores, _data: derivatives)
        if exhausted:
            return None
        # LightGBM keeps the scores itself and hands them to metrics only.
        found: list[NDArray[np.float64]] = []

        def keep(scores: NDArray[np.float64], _data: lgb.Dataset) -> tuple[str, float, bool]:
            found.append(scores.copy())
            return "scores", 0.0, False

        self._native.eval_train(feval=keep)
        self._native.eval_valid(feval=keep)
        return found[0], found[1]

    def booster(self, rounds: int) -> LightGBMBooster:
        """Return the booster of the first rounds."""
        return LightGBMBooster(self._native.model_to_string(num_iteration=rounds))


def _report_to(callback: BoostingCallback) -> Callable[[lgb.callback.CallbackEnv], None]:
    def report(env: lgb.callback.CallbackEnv) -> None:
        callback(env.iteration + 1)

    return report
