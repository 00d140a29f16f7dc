"""Ordinal classification by cumulative binary models (Frank & Hall 2001).

A scale of K grades has K-1 thresholds. One binary booster per threshold k learns P(grade > k);
the thresholds share features and seed, but no parameter ("A Simple Approach to Ordinal
Classification", ECML 2001).
"""

from collections.abc import Mapping, Sequence
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.booster_files import TreeModel
from huleedu_ml_training.models.boosters.constant import ConstantBooster
from huleedu_ml_training.models.boosters.protocols import (
    BinaryFitterProtocol,
    BoosterBackendProtocol,
)
from huleedu_ml_training.models.cumulative import (
    compressed,
    information_weights,
    rearranged,
    sigmoid,
)
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.parts import checked_parts
from huleedu_ml_training.models.protocols import RoundCallback
from huleedu_ml_training.models.rounds import RoundCounter
from huleedu_ml_training.models.threshold_state import (
    ThresholdEnsemble,
    load_thresholds,
    save_thresholds,
)
from huleedu_ml_training.models.weights import EssayWeights

KIND = "cumulative_binary"


class CumulativeBinaryClassifier:
    """K-1 fitted boosters and the weights that make one latent score of them.

    The latent score is the weighted mean of asinh(m(k) / 2) over the thresholds, with m(k) the
    log-odds of P(grade > k). Two things make it robust:

    * The weights are proportional to p(k) (1 - p(k)), where p(k) is the share of training essays
      above k. The variance of fitted log-odds falls with this information, so a threshold that
      three essays cross adds hardly any noise, and one that none crosses adds nothing.
    * asinh(m / 2) follows m near zero and its logarithm far away. A booster's log-odds of 6
      instead of 4 are extrapolation rather than evidence, and a plain mean would follow them.

    The score is finite, has no upper or lower bound, rises strictly with the log-odds of every
    threshold that was fitted, and consists of operations that ONNX has.

    Args:
        ensemble: The K-1 boosters and their weights.
        backend: Name of the library that fitted the boosters.
    """

    kind = KIND

    def __init__(self, ensemble: ThresholdEnsemble, *, backend: str) -> None:
        self._ensemble = ensemble
        self._backend = backend

    @property
    def n_grades(self) -> int:
        """K."""
        return len(self._ensemble.models) + 1

    @property
    def n_features(self) -> int:
        """Number of feature columns."""
        return self._ensemble.n_features

    @property
    def thresholds(self) -> Sequence[TreeModel]:
        """The K-1 boosters, lowest threshold first."""
        return self._ensemble.models

    @property
    def latent_weights(self) -> NDArray[np.float64]:
        """Weights of the thresholds in the latent score, ndarray of shape (K-1,)."""
        return self._ensemble.weights

    def margins(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the log-odds of every threshold, ndarray of shape (n_essays, K-1).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        features = as_features(X, n_features=self.n_features)
        return np.column_stack([model.margins(features) for model in self.thresholds])

    def latent(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return latent scores, ndarray of shape (n_essays,).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        scores: NDArray[np.float64] = compressed(self.margins(X)) @ self.latent_weights
        return scores

    def cumulative(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return uncalibrated P(grade > k), ndarray of shape (n_essays, K-1), repaired.

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        return rearranged(sigmoid(self.margins(X)))

    def feature_importance(self) -> NDArray[np.float64]:
        """Return total gain per feature, ndarray of shape (n_features,), summing to 1 or 0."""
        gain = np.sum([model.gain() for model in self.thresholds], axis=0)
        total = gain.sum()
        share: NDArray[np.float64] = gain / total if total > 0 else gain
        return share

    def state(self) -> Mapping[str, bytes]:
        """Return ``booster.json`` and a file per booster that is not constant."""
        return save_thresholds(self._ensemble, kind=self.kind, backend=self._backend)


class CumulativeBinaryTrainer:
    """Fits :class:`CumulativeBinaryClassifier` with any boosting library.

    Args:
        backend: The library with its hyperparameters.
        threads: Thresholds that are fitted at the same time; the model does not depend on it.
    """

    kind = KIND

    def __init__(self, backend: BoosterBackendProtocol, *, threads: int = 1) -> None:
        self._backend = backend
        self._threads = threads

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
    ) -> CumulativeBinaryClassifier:
        """Fit one booster per threshold, each with its own number of rounds.

        A threshold that no training essay, or every one, lies above becomes a constant.

        Args:
            X: Features, shape (n_essays, n_features), float32, finite or NaN.
            y: Grade indices, shape (n_essays,).
            n_grades: K.
            stopping: Features and grades whose log loss chooses the number of rounds.
            seed: Seed of every random choice, the same for all thresholds.
            weights: How much each essay counts; None for equal weights. Scaled to mean 1.
            callback: Called after each round; its two numbers count the rounds of all thresholds,
                and those that a threshold saved by stopping early count as done.

        Raises:
            InvalidFeaturesError: X holds infinities or its shape does not fit y.
            TooFewGradesError: y holds fewer than two grades.
        """
        train, held = checked_parts(X, y, stopping, n_grades, weights)
        n_features = train.X.shape[1]
        n_fits = n_grades - 1
        progress = RoundCounter(callback, self._backend.max_rounds, n_fits=n_fits)
        fitters: SimpleQueue[BinaryFitterProtocol] = SimpleQueue()
        for _ in range(min(self._threads, n_fits)):
            fitters.put(self._backend.fitter(train, held, seed=seed))

        def fit_threshold(k: int) -> TreeModel:
            targets = (train.y > k).astype(np.float64)
            if targets.min() == targets.max():
                return ConstantBooster.of(targets, n_features=n_features)
            fitter = fitters.get()
            try:
                held_targets = (held.y > k).astype(np.float64)
                return fitter.fit(targets, held_targets, progress.of_fit(k))
            finally:
                fitters.put(fitter)

        models = progress.run(fit_threshold, threads=self._threads)
        of_thresholds = information_weights(train.y, n_grades)
        return CumulativeBinaryClassifier(
            ThresholdEnsemble(models, of_thresholds, n_features), backend=self._backend.name
        )

    def load(self, state: Mapping[str, bytes]) -> CumulativeBinaryClassifier:
        """Return the classifier that ``state`` describes, bit for bit.

        Raises:
            InvalidModelStateError: Files are missing, damaged or of another kind.
        """
        ensemble = load_thresholds(state, kind=self.kind, backend=self._backend)
        return CumulativeBinaryClassifier(ensemble, backend=self._backend.name)
