"""Softmax over grades: the kind that ignores their order, for comparison.

One sum of trees per grade, P(grade) = softmax of the sums (Friedman 2001, "Greedy function
approximation", algorithm 6). Its many degrees of freedom need many essays; what a cumulative-link
model says with K-1 thresholds it has to learn for every grade anew.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from huleedu_ml_training.models.booster_files import TreeModel
from huleedu_ml_training.models.boosters.constant import ConstantBooster
from huleedu_ml_training.models.boosters.protocols import (
    BoosterBackendProtocol,
    TreeGrowerProtocol,
)
from huleedu_ml_training.models.cumulative import information_weights
from huleedu_ml_training.models.errors import UnknownMethodError
from huleedu_ml_training.models.multiclass_classifier import (
    KIND,
    MulticlassClassifier,
    MulticlassEnsemble,
    load_multiclass,
)
from huleedu_ml_training.models.parts import GradedPart, checked_parts
from huleedu_ml_training.models.protocols import RoundCallback
from huleedu_ml_training.models.rounds import RoundCounter
from huleedu_ml_training.models.weights import EssayWeights

FloatArray = NDArray[np.float64]

PSEUDO_ESSAYS = 0.5
"""Essays of each grade that are added to the class frequencies in which the fit begins."""

_LEAST_CURVATURE = 1e-12


def _log_loss(probabilities: FloatArray, held: GradedPart) -> float:
    logs = np.log(probabilities[np.arange(len(held.y)), held.y])
    return -float(np.average(logs, weights=held.weights))


def _rps(probabilities: FloatArray, held: GradedPart) -> float:
    above = held.y[:, None] > np.arange(probabilities.shape[1] - 1)
    errors = 1.0 - np.cumsum(probabilities, axis=1)[:, :-1] - above
    return float(np.average(np.square(errors).sum(axis=1), weights=held.weights))


_LOSSES = {"log_loss": _log_loss, "rps": _rps}


class MulticlassTrainer:
    """Fits :class:`MulticlassClassifier` with any boosting library.

    Args:
        backend: The library with its hyperparameters.
        stopping_loss: What chooses the number of rounds: ``log_loss`` or ``rps``.
        patience: Rounds without a better stopping loss after which a fit ends.

    Raises:
        UnknownMethodError: There is no such loss.
    """

    kind = KIND

    def __init__(
        self,
        backend: BoosterBackendProtocol,
        *,
        stopping_loss: str = "rps",
        patience: int = 30,
    ) -> None:
        if stopping_loss not in _LOSSES:
            raise UnknownMethodError(part="stopping loss", name=stopping_loss, known=tuple(_LOSSES))
        self._backend = backend
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
        weights: EssayWeights | None = None,
        callback: RoundCallback | None = None,
    ) -> MulticlassClassifier:
        """Fit one sum of trees per grade, all with one number of rounds.

        Args:
            X: Features, shape (n_essays, n_features), float32, finite or NaN.
            y: Grade indices, shape (n_essays,).
            n_grades: K.
            stopping: Features and grades whose loss chooses the number of rounds.
            seed: Seed of every random choice, the same for all grades.
            weights: How much each essay counts; None for equal weights. Scaled to mean 1.
            callback: Called after each round; rounds saved by stopping early count as done.

        Raises:
            InvalidFeaturesError: X holds infinities or its shape does not fit y.
            TooFewGradesError: y holds fewer than two grades.
        """
        train, held = checked_parts(X, y, stopping, n_grades, weights)
        counts = np.bincount(train.y, weights=train.weights, minlength=n_grades) + PSEUDO_ESSAYS
        base = np.log(counts / counts.sum())
        progress = RoundCounter(callback, self._backend.max_rounds, n_fits=1)

        def grow(number: int) -> tuple[TreeModel, ...]:
            return self._grow(train, held, base, seed=seed, report=progress.of_fit(number))

        ensemble = MulticlassEnsemble(
            progress.run(grow, threads=1)[0],
            base,
            information_weights(train.y, n_grades),
            train.X.shape[1],
        )
        return MulticlassClassifier(ensemble, backend=self._backend.name)

    def load(self, state: Mapping[str, bytes]) -> MulticlassClassifier:
        """Return the classifier that ``state`` describes, bit for bit.

        Raises:
            InvalidModelStateError: Files are missing, damaged or of another kind.
        """
        return MulticlassClassifier(
            load_multiclass(state, backend=self._backend), backend=self._backend.name
        )

    def _grow(
        self,
        train: GradedPart,
        held: GradedPart,
        base: FloatArray,
        *,
        seed: int,
        report: Callable[[int], None],
    ) -> tuple[TreeModel, ...]:
        classes = [
            _GradeScores(self._backend.grower(train.X, held.X, seed=seed), train, held, grade)
            for grade in range(len(base))
        ]
        best_round, best_trees = 0, [0] * len(classes)
        best_loss = self._loss(_probabilities(base, [one.held for one in classes]), held)
        for done in range(1, self._backend.max_rounds + 1):
            probabilities = _probabilities(base, [one.train for one in classes])
            if not sum(one.grow(probabilities) for one in classes):
                break
            loss = self._loss(_probabilities(base, [one.held for one in classes]), held)
            if loss < best_loss:
                best_round, best_loss = done, loss
                best_trees = [one.n_trees for one in classes]
            report(done)
            if done - best_round >= self._patience:
                break
        n_features = train.X.shape[1]
        return tuple(
            one.grower.booster(trees) if trees else ConstantBooster(0.0, n_features=n_features)
            for one, trees in zip(classes, best_trees, strict=True)
        )


class _GradeScores:
    """The trees of one grade and the scores they give to all essays."""

    def __init__(
        self, grower: TreeGrowerProtocol, train: GradedPart, held: GradedPart, grade: int
    ) -> None:
        self.grower = grower
        self.n_trees = 0
        self.train, self.held = np.zeros(len(train.X)), np.zeros(len(held.X))
        self._grade = grade
        self._is_grade = (train.y == grade).astype(np.float64)
        self._weights = train.weights
        self._exhausted = False

    def grow(self, probabilities: FloatArray) -> bool:
        """Add a tree; return whether there was a split left."""
        if self._exhausted:
            return False
        own, n_grades = probabilities[:, self._grade], probabilities.shape[1]
        # Raising one score of a softmax lowers all others: Friedman's factor for that.
        curvature = np.maximum(own * (1 - own), _LEAST_CURVATURE) * n_grades / (n_grades - 1)
        scores = self.grower.grow(self._weights * (own - self._is_grade), self._weights * curvature)
        if scores is None:
            self._exhausted = True
            return False
        self.train, self.held = scores
        self.n_trees += 1
        return True


def _probabilities(base: FloatArray, scores: Sequence[FloatArray]) -> FloatArray:
    probabilities: FloatArray = softmax(base + np.column_stack(scores), axis=1)
    return probabilities
