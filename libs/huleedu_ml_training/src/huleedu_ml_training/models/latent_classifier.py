"""One booster of the latent score, and K-1 ascending thresholds that turn it into probabilities."""

from collections.abc import Mapping

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
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.links import Link, link_named
from huleedu_ml_training.models.state import (
    STATE_FILE,
    finite_numbers,
    to_document,
    typed_field,
)

FloatArray = NDArray[np.float64]


class LatentClassifier:
    """P(grade > k) = G(slope * latent - theta(k)), with a sum of trees as latent score.

    Cumulative probabilities are monotone by construction.

    Args:
        booster: The sum of trees.
        slope: Above 0.
        thresholds: theta, ndarray of shape (K-1,), float64, strictly ascending.
        link: G.
        kind: Name of the kind of model.
        n_features: Number of feature columns.
        backend: Name of the library that fitted the booster.

    Attributes:
        booster: As given.
        slope: As given.
        thresholds: As given.
        link: As given.
        kind: As given.
    """

    def __init__(
        self,
        booster: TreeModel,
        slope: float,
        thresholds: FloatArray,
        link: Link,
        *,
        kind: str,
        n_features: int,
        backend: str,
    ) -> None:
        self.booster = booster
        self.slope = slope
        self.thresholds = thresholds
        self.link = link
        self.kind = kind
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
        margins = self.slope * self.latent(X)[:, None] - self.thresholds
        # Distribution functions ascend; their last digit does not always.
        return np.minimum.accumulate(self.link.cumulative(margins), axis=1)

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
            "slope": self.slope,
            "thresholds": self.thresholds.tolist(),
            "booster": save_booster(self.booster, "booster_latent", files),
        }
        return {STATE_FILE: to_document(document), **files}


def load_latent_classifier(
    state: Mapping[str, bytes], *, kind: str, backend: BoosterBackendProtocol
) -> LatentClassifier:
    """Return the classifier of :meth:`LatentClassifier.state`, bit for bit.

    Raises:
        InvalidModelStateError: Files are missing, damaged or of another kind.
        UnknownMethodError: This version lacks the link.
    """
    document = parse_model_document(state, kind=kind, backend=backend.name)
    n_features = typed_field(document, "n_features", int, file=STATE_FILE)
    (slope,) = finite_numbers([document.get("slope")], file=STATE_FILE)
    thresholds = finite_numbers(
        typed_field(document, "thresholds", list, file=STATE_FILE), file=STATE_FILE
    )
    if len(thresholds) == 0 or (np.diff(thresholds) <= 0).any():
        raise InvalidModelStateError(file=STATE_FILE, reason="has no ascending thresholds")
    if slope <= 0:
        raise InvalidModelStateError(file=STATE_FILE, reason="has a slope that is not above 0")
    return LatentClassifier(
        load_booster(document.get("booster"), state, backend=backend, n_features=n_features),
        float(slope),
        thresholds,
        link_named(typed_field(document, "link", str, file=STATE_FILE)),
        kind=kind,
        n_features=n_features,
        backend=backend.name,
    )
