"""A classifier on engineered features and one score of the embedding."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.embedding_score import (
    EMBEDDING_SCORE_FILE,
    EmbeddingScore,
    embedding_score_from_parameters,
)
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.protocols import OrdinalClassifierProtocol
from huleedu_ml_training.models.state import parse_document, to_document, typed_field


class StackedClassifier:
    """Any classifier whose last feature is the score of an embedding. Immutable.

    Args:
        base: Takes the columns of ``plain`` and then the score.
        score: Reads the columns of ``embedding``.
        plain: Columns of X that the base sees as they are.
        embedding: Columns of X that become the score.

    Attributes:
        base: As given.
        score: As given.
        plain: As given.
        embedding: As given.
    """

    def __init__(
        self,
        base: OrdinalClassifierProtocol,
        score: EmbeddingScore,
        *,
        plain: Sequence[int],
        embedding: Sequence[int],
    ) -> None:
        self.base = base
        self.score = score
        self.plain = tuple(plain)
        self.embedding = tuple(embedding)

    @property
    def kind(self) -> str:
        """Name of the base's kind of model."""
        return self.base.kind

    @property
    def n_grades(self) -> int:
        """K."""
        return self.base.n_grades

    @property
    def n_features(self) -> int:
        """Number of columns of X."""
        return len(self.plain) + len(self.embedding)

    def latent(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return latent scores, ndarray of shape (n_essays,).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        return self.base.latent(self.seen_by_base(X))

    def cumulative(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return uncalibrated P(grade > k), ndarray of shape (n_essays, K-1).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        return self.base.cumulative(self.seen_by_base(X))

    def feature_importance(self) -> NDArray[np.float64]:
        """Return total gain per feature, ndarray of shape (n_features,), summing to 1 or 0.

        The score's gain is shared out evenly among the embedding's columns.
        """
        gain = self.base.feature_importance()
        share = np.empty(self.n_features)
        share[list(self.plain)] = gain[:-1]
        share[list(self.embedding)] = gain[-1] / len(self.embedding)
        return share

    def state(self) -> Mapping[str, bytes]:
        """Return the base's files and ``embedding_score.json``."""
        document = {
            "plain": list(self.plain),
            "embedding": list(self.embedding),
            **self.score.parameters(),
        }
        return {**self.base.state(), EMBEDDING_SCORE_FILE: to_document(document)}

    def seen_by_base(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the plain columns and then the score, shape (n_essays, n_plain + 1)."""
        features = as_features(X, n_features=self.n_features)
        scores = self.score.scores(features[:, self.embedding])
        return np.column_stack([features[:, self.plain], scores])


def with_embedding_score(
    base: OrdinalClassifierProtocol, state: Mapping[str, bytes]
) -> OrdinalClassifierProtocol:
    """Return the classifier of a state: the base alone where it has no embedding score.

    Raises:
        InvalidModelStateError: The score's file is damaged, or does not fit the base.
    """
    if EMBEDDING_SCORE_FILE not in state:
        return base
    document = parse_document(state, EMBEDDING_SCORE_FILE)
    plain, embedding = (
        typed_field(document, name, list, file=EMBEDDING_SCORE_FILE)
        for name in ("plain", "embedding")
    )
    score = embedding_score_from_parameters(document)
    columns = [*plain, *embedding]
    if sorted(columns, key=str) != sorted(range(len(columns)), key=str):
        reason = "does not say what each column is for"
        raise InvalidModelStateError(file=EMBEDDING_SCORE_FILE, reason=reason)
    if (len(score.weights), base.n_features) != (len(embedding), len(plain) + 1):
        reason = "does not fit the booster"
        raise InvalidModelStateError(file=EMBEDDING_SCORE_FILE, reason=reason)
    return StackedClassifier(base, score, plain=plain, embedding=embedding)
