"""Ordinal boosting with joint thresholds: one sum of trees, K-1 thresholds fitted beside it.

P(grade > k) = G(f(x) - theta(k)), the cumulative-link model of McCullagh (1980, "Regression models
for ordinal data", JRSS B 42), with f a sum of boosted trees. The penalised likelihood is minimised
by turns: every round adds one Newton tree (Friedman 2001; Chen & Guestrin 2016) at fixed
thresholds, with the exact gradient and curvature of each essay's loss, and then fits the
thresholds to their minimum at fixed f (:mod:`~huleedu_ml_training.models.joint_thresholds`).
Since thresholds absorb any shift, f begins at 0 and the thresholds at the class frequencies.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.booster_files import (
    FORMAT_VERSION,
    TreeModel,
    load_booster,
    parse_model_document,
    save_booster,
)
from huleedu_ml_training.models.boosters.constant import ConstantBooster
from huleedu_ml_training.models.boosters.protocols import BoosterBackendProtocol
from huleedu_ml_training.models.cumulative_link import (
    likelihood_terms,
    log_loss,
    ranked_probability_score,
)
from huleedu_ml_training.models.errors import InvalidModelStateError, UnknownMethodError
from huleedu_ml_training.models.inputs import as_features, as_grades, require_two_grades
from huleedu_ml_training.models.joint_thresholds import ThresholdFitter
from huleedu_ml_training.models.links import Link, link_named
from huleedu_ml_training.models.protocols import RoundCallback
from huleedu_ml_training.models.rounds import RoundCounter
from huleedu_ml_training.models.state import (
    STATE_FILE,
    finite_numbers,
    to_document,
    typed_field,
)

KIND = "joint_threshold"

FloatArray = NDArray[np.float64]

_LOSSES = {"log_loss": log_loss, "rps": ranked_probability_score}


class JointThresholdClassifier:
    """One booster of the latent score, K-1 ascending thresholds on it, and a link.

    Cumulative probabilities are monotone by construction.

    Args:
        booster: The sum of trees.
        thresholds: ndarray of shape (K-1,), float64, strictly ascending.
        link: G.
        n_features: Number of feature columns.
        backend: Name of the library that fitted the booster.

    Attributes:
        booster: As given.
        thresholds: As given.
        link: As given.
    """

    kind = KIND

    def __init__(
        self,
        booster: TreeModel,
        thresholds: FloatArray,
        link: Link,
        *,
        n_features: int,
        backend: str,
    ) -> None:
        self.booster = booster
        self.thresholds = thresholds
        self.link = link
        self._n_features = n_features
        self._backend = backend

    @property
    def n_grades(self) -> int:
        """K."""
        return len(self.thresholds) + 1

    @property
    def n_features(self) -> int:
        """Number of feature columns."""
        return self._n_features

    def latent(self, X: NDArray[np.float32]) -> FloatArray:
        """Return latent scores, ndarray of shape (n_essays,): sums of trees, float32 values.

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        return self.booster.margins(as_features(X, n_features=self.n_features))

    def cumulative(self, X: NDArray[np.float32]) -> FloatArray:
        """Return uncalibrated P(grade > k), ndarray of shape (n_essays, K-1).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        probabilities = self.link.cumulative(self.latent(X)[:, None] - self.thresholds)
        # Distribution functions ascend; their last digit does not always.
        return np.minimum.accumulate(probabilities, axis=1)

    def feature_importance(self) -> FloatArray:
        """Return total gain per feature, ndarray of shape (n_features,), summing to 1 or 0."""
        gain = self.booster.gain()
        total = gain.sum()
        share: FloatArray = gain / total if total > 0 else gain
        return share

    def state(self) -> Mapping[str, bytes]:
        """Return ``booster.json``, and the booster's file where it has trees."""
        files: dict[str, bytes] = {}
        document = {
            "format_version": FORMAT_VERSION,
            "kind": self.kind,
            "backend": self._backend,
            "n_features": self.n_features,
            "link": self.link.name,
            "thresholds": self.thresholds.tolist(),
            "booster": save_booster(self.booster, "booster_latent", files),
        }
        return {STATE_FILE: to_document(document), **files}


class JointThresholdTrainer:
    """Fits :class:`JointThresholdClassifier` with any boosting library.

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
        self._loss = _LOSSES[stopping_loss]
        self._patience = patience

    def fit(
        self,
        X: NDArray[np.float32],
        y: NDArray[np.int64],
        *,
        n_grades: int,
        stopping: tuple[NDArray[np.float32], NDArray[np.int64]],
        seed: int,
        callback: RoundCallback | None = None,
    ) -> JointThresholdClassifier:
        """Fit trees and thresholds by turns.

        Where no tree improves on the class frequencies, the latent score is a constant.

        Args:
            X: Features, shape (n_essays, n_features), float32, finite or NaN.
            y: Grade indices, shape (n_essays,).
            n_grades: K.
            stopping: Features and grades whose loss chooses the number of rounds.
            seed: Seed of every random choice.
            callback: Called after each round; rounds saved by stopping early count as done.

        Raises:
            InvalidFeaturesError: X holds infinities or its shape does not fit y.
            TooFewGradesError: y holds fewer than two grades.
        """
        features = as_features(X)
        grades = as_grades(y, n_essays=len(features), n_grades=n_grades, part="training part")
        require_two_grades(grades)
        held = as_features(stopping[0], n_features=features.shape[1])
        held_grades = as_grades(
            stopping[1], n_essays=len(held), n_grades=n_grades, part="stopping part"
        )
        progress = RoundCounter(callback, self._backend.max_rounds, n_fits=1)

        def fit_all(number: int) -> JointThresholdClassifier:
            return self._fit(
                (features, grades),
                (held, held_grades),
                ThresholdFitter(self._link, grades, n_grades),
                seed=seed,
                report=progress.of_fit(number),
            )

        return progress.run(fit_all, threads=1)[0]

    def load(self, state: Mapping[str, bytes]) -> JointThresholdClassifier:
        """Return the classifier that ``state`` describes, bit for bit.

        Raises:
            InvalidModelStateError: Files are missing, damaged or of another kind.
            UnknownMethodError: This version lacks the link.
        """
        document = parse_model_document(state, kind=self.kind, backend=self._backend.name)
        n_features = typed_field(document, "n_features", int, file=STATE_FILE)
        thresholds = finite_numbers(
            typed_field(document, "thresholds", list, file=STATE_FILE), file=STATE_FILE
        )
        if len(thresholds) == 0 or (np.diff(thresholds) <= 0).any():
            raise InvalidModelStateError(file=STATE_FILE, reason="has no ascending thresholds")
        return JointThresholdClassifier(
            load_booster(
                document.get("booster"), state, backend=self._backend, n_features=n_features
            ),
            thresholds,
            link_named(typed_field(document, "link", str, file=STATE_FILE)),
            n_features=n_features,
            backend=self._backend.name,
        )

    def _fit(
        self,
        train: tuple[NDArray[np.float32], NDArray[np.int64]],
        stopping: tuple[NDArray[np.float32], NDArray[np.int64]],
        fitter: ThresholdFitter,
        *,
        seed: int,
        report: Callable[[int], None],
    ) -> JointThresholdClassifier:
        (X, y), (held, held_y) = train, stopping
        grower = self._backend.grower(X, held, seed=seed)
        latent, thresholds = np.zeros(len(X)), fitter.start()
        best_round, best_thresholds = 0, thresholds
        best_loss = self._loss(self._link, np.zeros(len(held)), thresholds, held_y)
        for number in range(1, self._backend.max_rounds + 1):
            terms = likelihood_terms(self._link, latent, thresholds, y)
            scores = grower.grow(terms.gradient(), terms.curvature())
            if scores is None:
                break
            latent, held_latent = scores
            thresholds = fitter.fit(latent, thresholds)
            loss = self._loss(self._link, held_latent, thresholds, held_y)
            if loss < best_loss:
                best_round, best_loss, best_thresholds = number, loss, thresholds
            report(number)
            if number - best_round >= self._patience:
                break
        n_features = X.shape[1]
        booster = (
            grower.booster(best_round)
            if best_round
            else ConstantBooster(0.0, n_features=n_features)
        )
        return JointThresholdClassifier(
            booster,
            best_thresholds,
            self._link,
            n_features=n_features,
            backend=self._backend.name,
        )
