"""A linear model in place of boosters: it fits in milliseconds and keeps the whole contract."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from huleedu_ml_training.export.emitters import ClassifierValues, emit_classifier
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.models.cumulative import sigmoid
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.parts import checked_parts
from huleedu_ml_training.models.platt import fit_cumulative_logit
from huleedu_ml_training.models.protocols import RoundCallback
from huleedu_ml_training.models.state import (
    STATE_FILE,
    finite_numbers,
    parse_document,
    to_document,
    typed_field,
)
from huleedu_ml_training.models.weights import EssayWeights

_KIND = "linear"
_ARRAYS = ("means", "weights", "thresholds")
_RIDGE = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class LinearClassifier:
    """P(grade > k) = sigmoid(latent - threshold(k)), with a latent score linear in the features.

    Attributes:
        means: ndarray of shape (n_features,): what an undefined feature counts as.
        weights: ndarray of shape (n_features,).
        thresholds: ndarray of shape (K-1,), ascending.
    """

    means: NDArray[np.float64]
    weights: NDArray[np.float64]
    thresholds: NDArray[np.float64]

    @property
    def kind(self) -> str:
        """Name of the kind."""
        return _KIND

    @property
    def n_grades(self) -> int:
        """K."""
        return len(self.thresholds) + 1

    @property
    def n_features(self) -> int:
        """Number of feature columns."""
        return len(self.weights)

    def latent(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return latent scores, ndarray of shape (n_essays,)."""
        scores: NDArray[np.float64] = _centred(X, self.means) @ self.weights
        return scores

    def cumulative(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return P(grade > k), ndarray of shape (n_essays, K-1)."""
        return sigmoid(self.latent(X)[:, None] - self.thresholds)

    def feature_importance(self) -> NDArray[np.float64]:
        """Return shares of the absolute weights, ndarray of shape (n_features,)."""
        size = np.abs(self.weights)
        share: NDArray[np.float64] = size / (size.sum() or 1.0)
        return share

    def state(self) -> Mapping[str, bytes]:
        """Return ``booster.json``."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        return {STATE_FILE: to_document({"kind": _KIND, **arrays})}


class LinearTrainer:
    """Fits :class:`LinearClassifier` by ridge regression on grade indices.

    Args:
        rounds: Rounds that it pretends to take, for what listens to progress.
    """

    kind = _KIND

    def __init__(self, rounds: int = 3) -> None:
        self._rounds = rounds

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
    ) -> LinearClassifier:
        """Fit; the stopping set is checked and the seed has nothing to decide."""
        del seed
        train, _ = checked_parts(X, y, stopping, n_grades, weights)
        features, grades, counts = train.X, train.y, train.weights
        for number in range(1, self._rounds + 1):
            if callback is not None:
                callback(number, self._rounds)
        known = np.isfinite(features)
        means = np.where(known, features, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        centred = _centred(features, means)
        gram = (centred.T * counts) @ centred + _RIDGE * np.eye(centred.shape[1])
        slopes = np.linalg.solve(gram, centred.T @ (counts * (grades - grades.mean())))
        slope, thresholds = fit_cumulative_logit(centred @ slopes, grades, n_grades, counts)
        return LinearClassifier(means, slope * slopes, thresholds)

    def load(self, state: Mapping[str, bytes]) -> LinearClassifier:
        """Return the classifier that ``state`` describes."""
        document = parse_document(state, STATE_FILE)
        if document.get("kind") != _KIND:
            raise InvalidModelStateError(file=STATE_FILE, reason="is of another kind")
        arrays = {
            name: finite_numbers(
                typed_field(document, name, list, file=STATE_FILE), file=STATE_FILE
            )
            for name in _ARRAYS
        }
        return LinearClassifier(**arrays)


@emit_classifier.register
def _emit_linear(
    classifier: LinearClassifier, graph: GraphBuilder, features: str
) -> ClassifierValues:
    wide = graph.node("Cast", features, to=onnx.TensorProto.DOUBLE)
    means = graph.constant(classifier.means)
    defined = graph.node("Where", graph.node("IsNaN", wide), means, wide)
    centred = graph.node("Sub", defined, means)
    latent = graph.node("MatMul", centred, graph.constant(classifier.weights))

    def cumulative() -> str:
        column = graph.node("Unsqueeze", latent, graph.constant([1]))
        return graph.node(
            "Sigmoid", graph.node("Sub", column, graph.constant(classifier.thresholds))
        )

    return ClassifierValues(latent, cumulative, len(classifier.thresholds))


def _centred(X: NDArray[np.float32], means: NDArray[np.float64]) -> NDArray[np.float64]:
    features = as_features(X, n_features=len(means)).astype(np.float64)
    defined: NDArray[np.float64] = np.where(np.isnan(features), means, features) - means
    return defined
