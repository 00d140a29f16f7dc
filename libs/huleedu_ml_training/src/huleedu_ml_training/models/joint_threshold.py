"""Ordinal boosting with joint thresholds: one sum of trees, K-1 thresholds fitted beside it.

P(grade > k) = G(f(x) - theta(k)), the cumulative-link model of McCullagh (1980, "Regression models
for ordinal data", JRSS B 42), with f a sum of boosted trees. The penalised likelihood is minimised
by turns: every round adds one Newton tree (Friedman 2001; Chen & Guestrin 2016) at fixed
thresholds, with the exact gradient and curvature of each essay's loss, and then fits the
thresholds to their minimum at fixed f (:mod:`~huleedu_ml_training.models.joint_thresholds`).
Since thresholds absorb any shift, f begins at 0 and the thresholds at the class frequencies.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.boosters.protocols import BoosterBackendProtocol
from huleedu_ml_training.models.cumulative_link import (
    likelihood_terms,
    log_loss,
    ranked_probability_score,
)
from huleedu_ml_training.models.errors import UnknownMethodError
from huleedu_ml_training.models.growing import grow_latent
from huleedu_ml_training.models.joint_thresholds import ThresholdFitter
from huleedu_ml_training.models.latent_classifier import LatentClassifier, load_latent_classifier
from huleedu_ml_training.models.links import Link, link_named
from huleedu_ml_training.models.parts import GradedPart, checked_parts
from huleedu_ml_training.models.protocols import RoundCallback
from huleedu_ml_training.models.weights import EssayWeights

KIND = "joint_threshold"

FloatArray = NDArray[np.float64]

_LOSSES = {"log_loss": log_loss, "rps": ranked_probability_score}


class JointThresholdTrainer:
    """Fits cumulative-link models with any boosting library.

    Args:
        backend: The library with its hyperparameters.
        link: Name of the link: ``logit``, ``probit`` or ``cloglog``.
        stopping_loss: What chooses the number of rounds: ``log_loss`` or ``rps``.
        patience: Rounds without a better stopping loss after which a fit ends.

    Raises:
        UnknownMethodError: There is no such link or loss.
    """

    kind = KIND

    def __init__(
        self,
        backend: BoosterBackendProtocol,
        *,
        link: str = "logit",
        stopping_loss: str = "rps",
        patience: int = 30,
    ) -> None:
        if stopping_loss not in _LOSSES:
            raise UnknownMethodError(part="stopping loss", name=stopping_loss, known=tuple(_LOSSES))
        self._backend = backend
        self._link = link_named(link)
        self._stopping_loss = stopping_loss
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
        """Fit trees and thresholds by turns.

        Where no tree improves on the class frequencies, the latent score is a constant.

        Args:
            X: Features, shape (n_essays, n_features), float32, finite or NaN.
            y: Grade indices, shape (n_essays,).
            n_grades: K.
            stopping: Features and grades whose loss chooses the number of rounds.
            seed: Seed of every random choice.
            weights: How much each essay counts; None for equal weights. Scaled to mean 1.
            callback: Called after each round; rounds saved by stopping early count as done.

        Raises:
            InvalidFeaturesError: X holds infinities or its shape does not fit y.
            TooFewGradesError: y holds fewer than two grades.
        """
        train, held = checked_parts(X, y, stopping, n_grades, weights)
        objective = _JointLikelihood(self._link, self._stopping_loss, train, held, n_grades)
        booster = grow_latent(
            self._backend,
            train,
            held,
            objective,
            patience=self._patience,
            seed=seed,
            callback=callback,
        )
        return LatentClassifier(
            booster,
            1.0,
            objective.kept,
            self._link,
            kind=self.kind,
            n_features=train.X.shape[1],
            backend=self._backend.name,
        )

    def load(self, state: Mapping[str, bytes]) -> LatentClassifier:
        """Return the classifier that ``state`` describes, bit for bit.

        Raises:
            InvalidModelStateError: Files are missing, damaged or of another kind.
            UnknownMethodError: This version lacks the link.
        """
        return load_latent_classifier(state, kind=self.kind, backend=self._backend)


class _JointLikelihood:
    """The likelihood of trees and thresholds; ``kept`` are the thresholds of the best round."""

    def __init__(
        self, link: Link, stopping_loss: str, train: GradedPart, held: GradedPart, n_grades: int
    ) -> None:
        self._link = link
        self._loss = _LOSSES[stopping_loss]
        self._train, self._held = train, held
        self._fitter = ThresholdFitter(link, train.y, n_grades, train.weights)
        self._thresholds = self.kept = self._fitter.start()

    def derivatives(self, latent: FloatArray) -> tuple[FloatArray, FloatArray]:
        terms = likelihood_terms(self._link, latent, self._thresholds, self._train.y)
        weights = self._train.weights
        return weights * terms.gradient(), weights * terms.curvature()

    def stopping_loss(self, latent: FloatArray, held_latent: FloatArray) -> float:
        self._thresholds = self._fitter.fit(latent, self._thresholds)
        held = self._held
        return self._loss(self._link, held_latent, self._thresholds, held.y, held.weights)

    def keep(self) -> None:
        self.kept = self._thresholds
