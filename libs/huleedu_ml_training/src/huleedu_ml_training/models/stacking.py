"""Fitting classifiers on engineered features and one score of the embedding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.embedding_score import EmbeddingScore, fit_embedding_score
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.protocols import (
    OrdinalClassifierProtocol,
    OrdinalClassifierTrainerProtocol,
    RoundCallback,
)
from huleedu_ml_training.models.stacked_classifier import StackedClassifier, with_embedding_score
from huleedu_ml_training.models.weights import EssayWeights, class_weights


@dataclass(frozen=True, slots=True, eq=False)
class StackedEssays:
    """Essays as the base of a :class:`StackedClassifier` learns from them.

    Attributes:
        X: What the base sees of the training essays, shape (n_essays, n_seen), float32.
        y: Grade indices, shape (n_essays,).
        stopping: The same of the stopping essays.
        n_grades: K.
        weights: How much each essay counts; None for equal weights.
        score: The embedding's score; None where there is none, and the base sees all columns.
        plain: As in :class:`StackedClassifier`.
        embedding: As there.
    """

    X: NDArray[np.float32]
    y: NDArray[np.int64]
    stopping: tuple[NDArray[np.float32], NDArray[np.int64]]
    n_grades: int
    weights: EssayWeights | None
    score: EmbeddingScore | None = None
    plain: tuple[int, ...] = ()
    embedding: tuple[int, ...] = ()

    def fit_base(
        self,
        trainer: OrdinalClassifierTrainerProtocol,
        *,
        seed: int,
        callback: RoundCallback | None = None,
    ) -> OrdinalClassifierProtocol:
        """Return what a trainer fits to these essays."""
        return trainer.fit(
            self.X,
            self.y,
            n_grades=self.n_grades,
            stopping=self.stopping,
            seed=seed,
            weights=self.weights,
            callback=callback,
        )

    def stacked(self, base: OrdinalClassifierProtocol) -> OrdinalClassifierProtocol:
        """Return a classifier of all columns, from one of what the base sees."""
        if self.score is None:
            return base
        return StackedClassifier(base, self.score, plain=self.plain, embedding=self.embedding)


class StackedTrainer:
    """Fits the embedding's score, where there is an embedding, and then a classifier on it.

    Args:
        base: Fits the classifier.
        embedding: Columns of X that become one score; none for a plain classifier.
        weighting: How grades are weighted, one of
            :data:`~huleedu_ml_training.models.weights.CLASS_WEIGHTS`.
    """

    def __init__(
        self,
        base: OrdinalClassifierTrainerProtocol,
        embedding: Sequence[int] = (),
        *,
        weighting: str = "none",
    ) -> None:
        self._base = base
        self._weighting = weighting
        self._embedding = list(embedding)

    def fit(
        self,
        X: NDArray[np.float32],
        y: NDArray[np.int64],
        groups: NDArray[np.int64],
        *,
        n_grades: int,
        stopping: tuple[NDArray[np.float32], NDArray[np.int64]],
        seed: int,
        callback: RoundCallback | None = None,
    ) -> OrdinalClassifierProtocol:
        """Fit on (X, y); arguments are those of :class:`OrdinalClassifierTrainerProtocol`.

        Args:
            X: Features, shape (n_essays, n_features).
            y: Grade indices, shape (n_essays,).
            groups: Essays of equal number, such as those on one prompt, never stand on both sides
                of the folds that the score is fitted on; shape (n_essays,).
            n_grades: K.
            stopping: Features and grades that choose the number of rounds.
            seed: Seed of every random choice.
            callback: Called after each round.

        Raises:
            InvalidFeaturesError: X holds infinities or its shape does not fit y.
            TooFewGradesError: y holds fewer than two grades.
        """
        essays = self.prepare(X, y, groups, n_grades=n_grades, stopping=stopping, seed=seed)
        return essays.stacked(essays.fit_base(self._base, seed=seed, callback=callback))

    def prepare(
        self,
        X: NDArray[np.float32],
        y: NDArray[np.int64],
        groups: NDArray[np.int64],
        *,
        n_grades: int,
        stopping: tuple[NDArray[np.float32], NDArray[np.int64]],
        seed: int,
    ) -> StackedEssays:
        """Fit the embedding's score alone; arguments are those of :meth:`fit`.

        Several classifiers can then be fitted on the same score.

        Raises:
            InvalidFeaturesError: X holds infinities.
        """
        features, held = as_features(X), as_features(stopping[0])
        weights = class_weights(self._weighting, y, stopping[1], n_grades)
        plain = [i for i in range(features.shape[1]) if i not in set(self._embedding)]
        fitted = None
        if self._embedding:
            fitted = fit_embedding_score(features[:, self._embedding], y, groups, seed=seed)
        if fitted is None:
            return StackedEssays(features, y, (held, stopping[1]), n_grades, weights)
        held_scores = fitted.score.scores(held[:, self._embedding])
        return StackedEssays(
            np.column_stack([features[:, plain], fitted.out_of_fold]),
            y,
            (np.column_stack([held[:, plain], held_scores]), stopping[1]),
            n_grades,
            weights,
            fitted.score,
            tuple(plain),
            tuple(self._embedding),
        )

    def load(self, state: Mapping[str, bytes]) -> OrdinalClassifierProtocol:
        """Return the classifier that ``state`` describes, bit for bit.

        Raises:
            InvalidModelStateError: Files are missing or malformed.
        """
        return with_embedding_score(self._base.load(state), state)
