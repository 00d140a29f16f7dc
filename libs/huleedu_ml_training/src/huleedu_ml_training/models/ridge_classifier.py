"""A linear latent score, and K-1 ascending thresholds that turn it into probabilities."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.booster_files import FORMAT_VERSION, parse_model_document
from huleedu_ml_training.models.cumulative import sigmoid
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.state import (
    STATE_FILE,
    finite_numbers,
    to_document,
    typed_field,
)

KIND = "ridge"
NO_LIBRARY = "none"
"""What a model that needs no boosting library has for the library's name."""

FloatArray = NDArray[np.float64]

_ARRAYS = ("median", "mean", "scale", "weights")


class RidgeClassifier:
    """P(grade > k) = sigmoid(slope * latent - theta(k)), with a linear latent score.

    The latent score is the sum of weights times standardised features: the predicted grade index,
    less the mean of the training essays. Cumulative probabilities are monotone by construction.

    Args:
        median: What an undefined feature counts as, ndarray of shape (n_features,).
        mean: ndarray of shape (n_features,).
        scale: Above 0, ndarray of shape (n_features,).
        weights: Of the standardised features, ndarray of shape (n_features,).
        slope: Above 0.
        thresholds: theta, ndarray of shape (K-1,), strictly ascending.
        penalty: The penalty that was chosen, for the record.

    Attributes:
        median: As given.
        mean: As given.
        scale: As given.
        weights: As given.
        slope: As given.
        thresholds: As given.
        penalty: As given.
    """

    kind = KIND

    def __init__(
        self,
        *,
        median: FloatArray,
        mean: FloatArray,
        scale: FloatArray,
        weights: FloatArray,
        slope: float,
        thresholds: FloatArray,
        penalty: float,
    ) -> None:
        self.median = median
        self.mean = mean
        self.scale = scale
        self.weights = weights
        self.slope = slope
        self.thresholds = thresholds
        self.penalty = penalty

    @property
    def n_grades(self) -> int:
        """K."""
        return len(self.thresholds) + 1

    @property
    def n_features(self) -> int:
        """Number of feature columns."""
        return len(self.weights)

    def standardised(self, X: NDArray[np.float32]) -> FloatArray:
        """Return features less their mean, over their scale; shape (n_essays, n_features).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        features = as_features(X, n_features=self.n_features).astype(np.float64)
        standard: FloatArray = (
            np.where(np.isnan(features), self.median, features) - self.mean
        ) / self.scale
        return standard

    def latent(self, X: NDArray[np.float32]) -> FloatArray:
        """Return latent scores, ndarray of shape (n_essays,).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        scores: FloatArray = self.standardised(X) @ self.weights
        return scores

    def cumulative(self, X: NDArray[np.float32]) -> FloatArray:
        """Return uncalibrated P(grade > k), ndarray of shape (n_essays, K-1).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        margins = self.slope * self.latent(X)[:, None] - self.thresholds
        # The sigmoid ascends; its last digit does not always.
        return np.minimum.accumulate(sigmoid(margins), axis=1)

    def feature_importance(self) -> FloatArray:
        """Return shares of the squared weights, ndarray of shape (n_features,), or zeros.

        A squared weight is the variance of what the feature adds to the score, as the gain of a
        split is the squared error that it takes away.
        """
        squares = np.square(self.weights)
        total = squares.sum()
        share: FloatArray = squares / total if total > 0 else squares
        return share

    def state(self) -> Mapping[str, bytes]:
        """Return ``booster.json``, the one file."""
        document = {
            "format_version": FORMAT_VERSION,
            "kind": self.kind,
            "backend": NO_LIBRARY,
            "slope": self.slope,
            "thresholds": self.thresholds.tolist(),
            "penalty": self.penalty,
            **{name: getattr(self, name).tolist() for name in _ARRAYS},
        }
        return {STATE_FILE: to_document(document)}


def load_ridge_classifier(state: Mapping[str, bytes]) -> RidgeClassifier:
    """Return the classifier of :meth:`RidgeClassifier.state`, bit for bit.

    Raises:
        InvalidModelStateError: The file is missing, damaged or of another kind.
    """
    document = parse_model_document(state, kind=KIND, backend=NO_LIBRARY)
    arrays = {
        name: finite_numbers(typed_field(document, name, list, file=STATE_FILE), file=STATE_FILE)
        for name in (*_ARRAYS, "thresholds")
    }
    slope, penalty = finite_numbers(
        [document.get("slope"), document.get("penalty")], file=STATE_FILE
    )
    widths = {len(arrays[name]) for name in _ARRAYS}
    if len(widths) != 1 or widths == {0} or (arrays["scale"] <= 0).any():
        raise InvalidModelStateError(file=STATE_FILE, reason="has no weights for each feature")
    thresholds = arrays["thresholds"]
    if len(thresholds) == 0 or (np.diff(thresholds) <= 0).any():
        raise InvalidModelStateError(file=STATE_FILE, reason="has no ascending thresholds")
    if slope <= 0:
        raise InvalidModelStateError(file=STATE_FILE, reason="has a slope that is not above 0")
    return RidgeClassifier(slope=float(slope), penalty=float(penalty), **arrays)
