"""The booster of a threshold that the training essays say nothing about."""

import math

import numpy as np
from numpy.typing import NDArray


class ConstantBooster:
    """Answers every essay alike.

    Args:
        margin: The log-odds it answers; rounded to float32 like those of every booster.
        n_features: Number of feature columns.

    Attributes:
        margin: The log-odds, a float32 value.
    """

    def __init__(self, margin: float, *, n_features: int) -> None:
        self.margin = float(np.float32(margin))
        self._n_features = n_features

    @classmethod
    def of(cls, targets: NDArray[np.float64], *, n_features: int) -> "ConstantBooster":
        """Return the constant for 0/1 targets, shape (n_essays,), that are all equal.

        Half an essay is added on either side (Jeffreys' prior of a proportion): of n essays
        without an exception one cannot conclude that exceptions are impossible.
        """
        positive = float(targets.sum())
        negative = len(targets) - positive
        margin = math.log((positive + 0.5) / (negative + 0.5))
        return cls(margin, n_features=n_features)

    def margins(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the one log-odds for each row, ndarray of shape (n_essays,)."""
        return np.full(len(X), self.margin)

    def gain(self) -> NDArray[np.float64]:
        """Return zeros, ndarray of shape (n_features,): no feature was used."""
        return np.zeros(self._n_features)

    def contributions(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what each feature adds to the margin by TreeSHAP, shape (n_essays, n_features)."""
        return np.zeros((len(X), self._n_features))
