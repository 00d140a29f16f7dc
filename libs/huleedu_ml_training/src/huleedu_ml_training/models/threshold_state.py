"""Storing K-1 boosters as files, and reading them without trusting the files."""

from collections.abc import Mapping
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
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.state import (
    STATE_FILE,
    finite_numbers,
    to_document,
    typed_field,
)


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdEnsemble:
    """K-1 models of log-odds and how they are averaged.

    Attributes:
        models: K-1 models, lowest threshold first.
        weights: ndarray of shape (K-1,), float64; none below 0, summing to 1.
        n_features: Number of feature columns.
    """

    models: tuple[TreeModel, ...]
    weights: NDArray[np.float64]
    n_features: int


def save_thresholds(ensemble: ThresholdEnsemble, *, kind: str, backend: str) -> dict[str, bytes]:
    """Return the files of an ensemble, equal for equal ensembles."""
    files: dict[str, bytes] = {}
    document = {
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "backend": backend,
        "n_features": ensemble.n_features,
        "latent_weights": ensemble.weights.tolist(),
        "thresholds": [
            save_booster(model, f"booster_{k}", files) for k, model in enumerate(ensemble.models)
        ],
    }
    return {STATE_FILE: to_document(document), **files}


def load_thresholds(
    state: Mapping[str, bytes], *, kind: str, backend: BoosterBackendProtocol
) -> ThresholdEnsemble:
    """Return the ensemble of :func:`save_thresholds`, bit for bit.

    Raises:
        InvalidModelStateError: Files are missing, damaged, or of another kind or version.
    """
    document = parse_model_document(state, kind=kind, backend=backend.name)
    n_features = typed_field(document, "n_features", int, file=STATE_FILE)
    entries = typed_field(document, "thresholds", list, file=STATE_FILE)
    weights = finite_numbers(
        typed_field(document, "latent_weights", list, file=STATE_FILE), file=STATE_FILE
    )
    if not entries or len(weights) != len(entries):
        reason = f"has {len(weights)} weights for {len(entries)} thresholds"
        raise InvalidModelStateError(file=STATE_FILE, reason=reason)
    models = tuple(
        load_booster(entry, state, backend=backend, n_features=n_features) for entry in entries
    )
    return ThresholdEnsemble(models, weights, n_features)
