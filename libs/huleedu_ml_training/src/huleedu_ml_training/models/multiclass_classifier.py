"""A fitted softmax over grades, its latent score, and its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.booster_files import (
    FORMAT_VERSION,
    TreeModel,
    load_booster,
    parse_model_document,
    save_booster,
)
from huleedu_ml_training.models.boosters.protocols import BoosterBackendProtocol
from huleedu_ml_training.models.cumulative import compressed, exceedance_matrix
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.state import (
    STATE_FILE,
    finite_numbers,
    to_document,
    typed_field,
)

KIND = "multiclass"
LEAST_MASS = 1e-300
"""Below this a probability counts as this much, so that log-odds stay finite."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MulticlassEnsemble:
    """K sums of trees.

    Attributes:
        models: K models of scores, lowest grade first.
        base: ndarray of shape (K,), float64; what is added to the scores.
        weights: ndarray of shape (K-1,), float64; weights of the thresholds in the latent score,
            none below 0, summing to 1.
        n_features: Number of feature columns.
    """

    models: tuple[TreeModel, ...]
    base: FloatArray
    weights: FloatArray
    n_features: int


class MulticlassClassifier:
    """P(grade) = softmax of K scores.

    The latent score is that of :class:`~huleedu_ml_training.models.ordinal_classifier.
    CumulativeBinaryClassifier`: the weighted mean of asinh(m(k) / 2), with m(k) the log-odds of
    P(grade > k) that follow from the softmax.

    Args:
        ensemble: The K sums of trees.
        backend: Name of the library that fitted them.
    """

    kind = KIND

    def __init__(self, ensemble: MulticlassEnsemble, *, backend: str) -> None:
        self._ensemble = ensemble
        self._backend = backend

    @property
    def n_grades(self) -> int:
        """K."""
        return len(self._ensemble.models)

    @property
    def n_features(self) -> int:
        """Number of feature columns."""
        return self._ensemble.n_features

    @property
    def boosters(self) -> Sequence[TreeModel]:
        """The K boosters, lowest grade first."""
        return self._ensemble.models

    @property
    def base(self) -> FloatArray:
        """What is added to the scores, ndarray of shape (K,)."""
        return self._ensemble.base

    @property
    def latent_weights(self) -> FloatArray:
        """Weights of the thresholds in the latent score, ndarray of shape (K-1,)."""
        return self._ensemble.weights

    def latent(self, X: NDArray[np.float32]) -> FloatArray:
        """Return latent scores, ndarray of shape (n_essays,).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        above, below = self._masses(X)
        log_odds = np.log(np.maximum(above, LEAST_MASS)) - np.log(np.maximum(below, LEAST_MASS))
        scores: FloatArray = compressed(log_odds) @ self.latent_weights
        return scores

    def cumulative(self, X: NDArray[np.float32]) -> FloatArray:
        """Return uncalibrated P(grade > k), ndarray of shape (n_essays, K-1).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        above, below = self._masses(X)
        # Each is a quotient of rounded sums: the last digit need not descend.
        return np.minimum.accumulate(above / (above + below), axis=1)

    def feature_importance(self) -> FloatArray:
        """Return total gain per feature, ndarray of shape (n_features,), summing to 1 or 0."""
        gain = np.sum([model.gain() for model in self.boosters], axis=0)
        total = gain.sum()
        share: FloatArray = gain / total if total > 0 else gain
        return share

    def state(self) -> Mapping[str, bytes]:
        """Return ``booster.json`` and a file per booster that has trees."""
        files: dict[str, bytes] = {}
        document = {
            "format_version": FORMAT_VERSION,
            "kind": self.kind,
            "backend": self._backend,
            "n_features": self.n_features,
            "base": self.base.tolist(),
            "latent_weights": self.latent_weights.tolist(),
            "grades": [
                save_booster(model, f"booster_{grade}", files)
                for grade, model in enumerate(self.boosters)
            ],
        }
        return {STATE_FILE: to_document(document), **files}

    def _masses(self, X: NDArray[np.float32]) -> tuple[FloatArray, FloatArray]:
        """Return what lies above and not above each threshold, up to a factor per row."""
        features = as_features(X, n_features=self.n_features)
        scores = self.base + np.column_stack([model.margins(features) for model in self.boosters])
        masses = np.exp(scores - scores.max(axis=1, keepdims=True))
        is_above = exceedance_matrix(self.n_grades)
        return masses @ is_above, masses @ (1.0 - is_above)


def load_multiclass(
    state: Mapping[str, bytes], *, backend: BoosterBackendProtocol
) -> MulticlassEnsemble:
    """Return the ensemble of :meth:`MulticlassClassifier.state`, bit for bit.

    Raises:
        InvalidModelStateError: Files are missing, damaged, or of another kind or version.
    """
    document = parse_model_document(state, kind=KIND, backend=backend.name)
    n_features = typed_field(document, "n_features", int, file=STATE_FILE)
    entries = typed_field(document, "grades", list, file=STATE_FILE)
    base, weights = (
        finite_numbers(typed_field(document, key, list, file=STATE_FILE), file=STATE_FILE)
        for key in ("base", "latent_weights")
    )
    if len(entries) < 2 or (len(base), len(weights)) != (len(entries), len(entries) - 1):
        reason = f"has {len(base)} numbers and {len(weights)} weights for {len(entries)} grades"
        raise InvalidModelStateError(file=STATE_FILE, reason=reason)
    models = tuple(
        load_booster(entry, state, backend=backend, n_features=n_features) for entry in entries
    )
    return MulticlassEnsemble(models, base, weights, n_features)
