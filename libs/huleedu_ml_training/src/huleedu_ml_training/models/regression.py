"""Regression on grade indices, read as probabilities by a logistic curve.

The latent score is what gradient boosting with squared error predicts, less the mean grade. It
takes the steps between grades for equal, which the other kinds do not. A cumulative logistic curve
(:mod:`~huleedu_ml_training.models.platt`) turns it into P(grade > k); the curve is fitted on the
stopping essays, since on the training essays the scores lie too near to the grades.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.boosters.protocols import BoosterBackendProtocol
from huleedu_ml_training.models.growing import grow_latent
from huleedu_ml_training.models.latent_classifier import LatentClassifier, load_latent_classifier
from huleedu_ml_training.models.links import link_named
from huleedu_ml_training.models.parts import GradedPart, checked_parts
from huleedu_ml_training.models.platt import fit_cumulative_logit
from huleedu_ml_training.models.protocols import RoundCallback
from huleedu_ml_training.models.weights import EssayWeights

KIND = "regression"

FloatArray = NDArray[np.float64]


class RegressionTrainer:
    """Fits regression on grade indices with any boosting library.

    Args:
        backend: The library with its hyperparameters.
        patience: Rounds without a better stopping loss after which a fit ends.
    """

    kind = KIND

    def __init__(self, backend: BoosterBackendProtocol, *, patience: int = 30) -> None:
        self._backend = backend
        self._patience = patience

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
    ) -> LatentClassifier:
        """Fit the score, and the curve that reads it.

        Args:
            X: Features, shape (n_essays, n_features), float32, finite or NaN.
            y: Grade indices, shape (n_essays,).
            n_grades: K.
            stopping: Features and grades whose squared error chooses the number of rounds, and on
                which the curve is fitted.
            seed: Seed of every random choice.
            weights: How much each essay counts; None for equal weights. Scaled to mean 1.
            callback: Called after each round; rounds saved by stopping early count as done.

        Raises:
            InvalidFeaturesError: X holds infinities or its shape does not fit y.
            TooFewGradesError: y holds fewer than two grades.
        """
        train, held = checked_parts(X, y, stopping, n_grades, weights)
        booster = grow_latent(
            self._backend,
            train,
            held,
            _SquaredError(train, held),
            patience=self._patience,
            seed=seed,
            callback=callback,
        )
        slope, thresholds = fit_cumulative_logit(
            booster.margins(held.X), held.y, n_grades, held.weights
        )
        return LatentClassifier(
            booster,
            slope,
            thresholds,
            link_named("logit"),
            kind=self.kind,
            n_features=train.X.shape[1],
            backend=self._backend.name,
        )

    def load(self, state: Mapping[str, bytes]) -> LatentClassifier:
        """Return the classifier that ``state`` describes, bit for bit.

        Raises:
            InvalidModelStateError: Files are missing, damaged or of another kind.
        """
        return load_latent_classifier(state, kind=self.kind, backend=self._backend)


class _SquaredError:
    """Half the squared difference from the grade, both measured from the mean grade."""

    def __init__(self, train: GradedPart, held: GradedPart) -> None:
        centre = np.average(train.y, weights=train.weights)
        self._targets = train.y - centre
        self._held_targets = held.y - centre
        self._weights, self._held_weights = train.weights, held.weights

    def derivatives(self, latent: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self._weights * (latent - self._targets), self._weights

    def stopping_loss(self, latent: FloatArray, held_latent: FloatArray) -> float:
        del latent
        errors = np.square(held_latent - self._held_targets)
        return float(np.average(errors, weights=self._held_weights)) / 2

    def keep(self) -> None:
        """There is nothing beside the trees."""
