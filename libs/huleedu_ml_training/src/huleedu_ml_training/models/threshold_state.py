"""Storing K-1 boosters as files, and reading them without trusting the files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.boosters.constant import ConstantBooster
from huleedu_ml_training.models.boosters.protocols import (
    BinaryBoosterProtocol,
    BoosterBackendProtocol,
)
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.state import (
    STATE_FILE,
    finite_numbers,
    parse_document,
    to_document,
    typed_field,
)

FORMAT_VERSION = 1

ThresholdModel = BinaryBoosterProtocol | ConstantBooster
"""What answers for one threshold: a fitted booster, or a constant where there was no choice."""


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdEnsemble:
    """K-1 models of log-odds and how they are averaged.

    Attributes:
        models: K-1 models, lowest threshold first.
        weights: ndarray of shape (K-1,), float64; none below 0, summing to 1.
        n_features: Number of feature columns.
    """

    models: tuple[ThresholdModel, ...]
    weights: NDArray[np.float64]
    n_features: int


def save_thresholds(ensemble: ThresholdEnsemble, *, kind: str, backend: str) -> dict[str, bytes]:
    """Return the files of an ensemble, equal for equal ensembles."""
    files: dict[str, bytes] = {}
    entries: list[dict[str, Any]] = []
    for k, model in enumerate(ensemble.models):
        if isinstance(model, ConstantBooster):
            entries.append({"constant": model.margin})
            continue
        data = model.to_bytes()
        name = f"booster_{k}{model.file_suffix}"
        files[name] = data
        entries.append({"file": name, "sha256": hashlib.sha256(data).hexdigest()})
    document = {
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "backend": backend,
        "n_features": ensemble.n_features,
        "latent_weights": ensemble.weights.tolist(),
        "thresholds": entries,
    }
    return {STATE_FILE: to_document(document), **files}


def load_thresholds(
    state: Mapping[str, bytes], *, kind: str, backend: BoosterBackendProtocol
) -> ThresholdEnsemble:
    """Return the ensemble of :func:`save_thresholds`, bit for bit.

    The digest of each booster is compared before a native parser sees its bytes: a parser meets
    a damaged file with an abort of the whole process.

    Raises:
        InvalidModelStateError: Files are missing, damaged, or of another kind or version.
    """
    document = parse_document(state, STATE_FILE)
    expected = {"format_version": FORMAT_VERSION, "kind": kind, "backend": backend.name}
    for key, wanted in expected.items():
        if document.get(key) != wanted:
            reason = f"has {key} {document.get(key)!r}, expected {wanted!r}"
            raise InvalidModelStateError(file=STATE_FILE, reason=reason)
    n_features = typed_field(document, "n_features", int, file=STATE_FILE)
    entries = typed_field(document, "thresholds", list, file=STATE_FILE)
    weights = finite_numbers(
        typed_field(document, "latent_weights", list, file=STATE_FILE), file=STATE_FILE
    )
    if not entries or len(weights) != len(entries):
        reason = f"has {len(weights)} weights for {len(entries)} thresholds"
        raise InvalidModelStateError(file=STATE_FILE, reason=reason)
    models = tuple(_load_threshold(entry, state, backend, n_features) for entry in entries)
    return ThresholdEnsemble(models, weights, n_features)


def _load_threshold(
    entry: object, state: Mapping[str, bytes], backend: BoosterBackendProtocol, n_features: int
) -> ThresholdModel:
    if not isinstance(entry, dict):
        raise InvalidModelStateError(file=STATE_FILE, reason="has a malformed threshold")
    if "constant" in entry:
        (margin,) = finite_numbers([entry["constant"]], file=STATE_FILE)
        return ConstantBooster(float(margin), n_features=n_features)
    name = typed_field(entry, "file", str, file=STATE_FILE)
    if name not in state:
        raise InvalidModelStateError(file=name, reason="is missing")
    data = state[name]
    if hashlib.sha256(data).hexdigest() != entry.get("sha256"):
        reason = f"does not have the digest that {STATE_FILE} lists"
        raise InvalidModelStateError(file=name, reason=reason)
    try:
        return backend.load(data, n_features=n_features)
    except ValueError as error:
        raise InvalidModelStateError(file=name, reason=f"is unusable: {error}") from error
