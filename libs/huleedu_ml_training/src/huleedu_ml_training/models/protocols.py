"""Contracts of the grader's three parts: latent score, calibration, decision.

Throughout, K is the number of grades, grades are indices 0…K-1, and a *cumulative* matrix has
shape (n_essays, K-1) with column k holding P(grade > k); it never increases along a row.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.weights import EssayWeights

RoundCallback = Callable[[int, int], None]
"""Called as ``callback(round, max_rounds)``; may raise to stop training.

It may be called from other threads than the one that called ``fit``, but never by two at once.
"""


class OrdinalClassifierProtocol(Protocol):
    """A fitted latent-score model. Immutable, safe for concurrent prediction.

    Attributes:
        kind: The name under which settings choose it.
        n_grades: K.
        n_features: Number of columns of X.
    """

    @property
    def kind(self) -> str:
        """Name of the kind of model, as in the settings."""
        ...

    @property
    def n_grades(self) -> int:
        """K, at least 2."""
        ...

    @property
    def n_features(self) -> int:
        """Number of feature columns."""
        ...

    def latent(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return latent scores, ndarray of shape (n_essays,); higher is better, all finite."""
        ...

    def cumulative(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return uncalibrated P(grade > k), ndarray of shape (n_essays, K-1) in [0, 1]."""
        ...

    def feature_importance(self) -> NDArray[np.float64]:
        """Return total gain per feature, ndarray of shape (n_features,), summing to 1 or 0."""
        ...

    def state(self) -> Mapping[str, bytes]:
        """Return the model as named files (text or JSON; never pickle), equal for equal models."""
        ...


class OrdinalClassifierTrainerProtocol(Protocol):
    """Fits latent-score models of one kind. Holds settings only; safe for concurrent use."""

    @property
    def kind(self) -> str:
        """Name of the kind of model, as in the settings."""
        ...

    def fit(
        self,
        X: NDArray[np.float32],
        y: NDArray[np.int64],
        *,
        n_grades: int,
        stopping: tuple[NDArray[np.float32], NDArray[np.int64]],
        seed: int,
        weights: EssayWeights | None = None,
        callback: RoundCallback | None = None,
    ) -> OrdinalClassifierProtocol:
        """Fit on (X, y), choosing the number of rounds on ``stopping``.

        Args:
            X: Features, shape (n_essays, n_features), float32, finite or NaN (undefined).
            y: Grade indices, shape (n_essays,); grades may be absent, at least two are present.
            n_grades: K.
            stopping: Features and grades that choose the number of rounds; never scored.
            seed: Seed of every random choice; equal inputs and seed give equal bytes.
            weights: How much each essay counts; None for equal weights. Scaled to mean 1.
            callback: Called after each round; an exception it raises ends the fit.

        Raises:
            InvalidFeaturesError: X holds infinities, its shape does not fit y, or a weight is not
                above 0.
            TooFewGradesError: y holds fewer than two grades.
        """
        ...

    def load(self, state: Mapping[str, bytes]) -> OrdinalClassifierProtocol:
        """Return the model that :meth:`OrdinalClassifierProtocol.state` described, bit for bit.

        Raises:
            InvalidModelStateError: Files are missing or malformed.
        """
        ...


class CalibratorProtocol(Protocol):
    """A fitted map from latent score and raw cumulative matrix to P(grade). Immutable."""

    @property
    def method(self) -> str:
        """Name of the method, as in the settings."""
        ...

    def probabilities(
        self, latent: NDArray[np.float64], cumulative: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return P(grade), ndarray of shape (n_essays, K); rows sum to 1, none below 0."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Return JSON-ready parameters from which the calibrator can be made again."""
        ...


class DecisionRuleProtocol(Protocol):
    """A fitted map from P(grade) to a grade. Immutable."""

    @property
    def rule(self) -> str:
        """Name of the rule, as in the settings."""
        ...

    def decide(self, probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return grade indices, ndarray of shape (n_essays,), from P(grade) of shape (n, K)."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Return JSON-ready parameters from which the rule can be made again."""
        ...
