"""Ridge regression on grade indices: a linear kind of model, to stand beside boosters.

Hoerl & Kennard 1970, *Technometrics* 12, on standardised features; an undefined feature counts as
the median. The penalty is the one with the least leave-one-out error, which for ridge needs no
second fit: an essay's error without it is its residual over one less its leverage (Allen 1974,
*Technometrics* 16). Mean and scale of the features are those of all essays there.

The curve that reads the score as probabilities is fitted on the stopping essays, as in
:mod:`~huleedu_ml_training.models.regression`: with many features for few essays, scores of training
essays lie too near to their grades here too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.parts import GradedPart, checked_parts
from huleedu_ml_training.models.platt import fit_cumulative_logit
from huleedu_ml_training.models.protocols import RoundCallback
from huleedu_ml_training.models.ridge_classifier import (
    KIND,
    RidgeClassifier,
    load_ridge_classifier,
)
from huleedu_ml_training.models.weights import EssayWeights

PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Penalties that are tried, in units of the number of essays."""

FloatArray = NDArray[np.float64]


class RidgeTrainer:
    """Fits :class:`RidgeClassifier`; it has no hyperparameters and no random choices."""

    kind = KIND

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
    ) -> RidgeClassifier:
        """Fit the score, and the curve that reads it.

        Args:
            X: Features, shape (n_essays, n_features), float32, finite or NaN.
            y: Grade indices, shape (n_essays,).
            n_grades: K.
            stopping: Features and grades on which the curve is fitted.
            seed: Decides nothing.
            weights: How much each essay counts; None for equal weights. Scaled to mean 1.
            callback: Called after each penalty that was tried.

        Raises:
            InvalidFeaturesError: X holds infinities or its shape does not fit y.
            TooFewGradesError: y holds fewer than two grades.
        """
        del seed
        train, held = checked_parts(X, y, stopping, n_grades, weights)
        columns = _Standardised.of(train)
        fits = columns.ridges(train, callback)
        best = min(fits, key=lambda fit: fit.error)
        unread = columns.classifier(best, slope=1.0, thresholds=np.zeros(1))
        slope, thresholds = fit_cumulative_logit(
            unread.latent(held.X), held.y, n_grades, held.weights
        )
        return columns.classifier(best, slope=slope, thresholds=thresholds)

    def load(self, state: Mapping[str, bytes]) -> RidgeClassifier:
        """Return the classifier that ``state`` describes, bit for bit.

        Raises:
            InvalidModelStateError: The file is missing, damaged or of another kind.
        """
        return load_ridge_classifier(state)


@dataclass(frozen=True, slots=True, eq=False)
class _Ridge:
    """Weights of one penalty, and its weighted mean squared leave-one-out error."""

    penalty: float
    weights: FloatArray
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class _Standardised:
    """Columns of the training essays, and what standardises them.

    Attributes:
        median: ndarray of shape (n_features,); 0 for a column that is nowhere defined.
        mean: ndarray of shape (n_features,).
        scale: ndarray of shape (n_features,), above 0.
        standard: ndarray of shape (n_essays, n_features), of weighted mean 0.
    """

    median: FloatArray
    mean: FloatArray
    scale: FloatArray
    standard: FloatArray

    @classmethod
    def of(cls, train: GradedPart) -> "_Standardised":
        wide = train.X.astype(np.float64)
        undefined = np.isnan(wide)
        # nanmedian warns of columns without a value.
        median = np.nanmedian(np.where(undefined.all(axis=0), 0.0, wide), axis=0)
        filled = np.where(undefined, median, wide)
        mean = np.average(filled, axis=0, weights=train.weights)
        spread = np.sqrt(np.average(np.square(filled - mean), axis=0, weights=train.weights))
        # The spread of a constant is 0 but for rounding, and must not be divided by.
        varies = filled.max(axis=0) > filled.min(axis=0)
        mean = np.where(varies, mean, filled[0])
        scale = np.where(varies, spread, 1.0)
        return cls(median, mean, scale, (filled - mean) / scale)

    def ridges(self, train: GradedPart, callback: RoundCallback | None) -> list[_Ridge]:
        """Return one fit per penalty, from one eigendecomposition."""
        counts, n_essays = train.weights, len(train.y)
        grades = train.y - np.average(train.y, weights=counts)
        weighted = self.standard * counts[:, None]
        eigenvalues, vectors = np.linalg.eigh(self.standard.T @ weighted)
        eigenvalues = np.maximum(eigenvalues, 0.0)
        rotated = self.standard @ vectors
        projected = vectors.T @ (weighted.T @ grades)
        varies = self.standard.any(axis=0)
        fits = []
        for number, penalty in enumerate(PENALTIES, start=1):
            shrunken = eigenvalues + penalty * n_essays
            residuals = grades - rotated @ (projected / shrunken)
            # The intercept, which is not penalised, has a leverage of its own: one n-th.
            leverage = counts * (1 / n_essays + np.square(rotated) @ (1 / shrunken))
            # Only an essay that outweighs all others has a leverage of 1, for lack of digits.
            errors = residuals / np.maximum(1 - leverage, 1e-9)
            weights = np.where(varies, vectors @ (projected / shrunken), 0.0)
            error = float(np.average(np.square(errors), weights=counts))
            fits.append(_Ridge(penalty, weights, error))
            if callback is not None:
                callback(number, len(PENALTIES))
        return fits

    def classifier(self, fit: _Ridge, *, slope: float, thresholds: FloatArray) -> RidgeClassifier:
        return RidgeClassifier(
            median=self.median,
            mean=self.mean,
            scale=self.scale,
            weights=fit.weights,
            slope=slope,
            thresholds=thresholds,
            penalty=fit.penalty,
        )
