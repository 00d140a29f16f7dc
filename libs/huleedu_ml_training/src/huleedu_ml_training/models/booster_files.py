"""Storing boosters as files beside a JSON file that holds their digests."""

import hashlib
from collections.abc import Mapping
from typing import Any

from huleedu_ml_training.models.boosters.constant import ConstantBooster
from huleedu_ml_training.models.boosters.protocols import (
    BoosterBackendProtocol,
    BoosterProtocol,
)
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.state import (
    STATE_FILE,
    finite_numbers,
    parse_document,
    typed_field,
)

FORMAT_VERSION = 1

TreeModel = BoosterProtocol | ConstantBooster
"""A fitted booster, or a constant where there was nothing to fit."""


def save_booster(model: TreeModel, stem: str, files: dict[str, bytes]) -> dict[str, Any]:
    """Add a booster's file, if it has one, and return its entry for ``booster.json``.

    Args:
        model: The booster.
        stem: Name of its file, without suffix.
        files: Where its file is added.
    """
    if isinstance(model, ConstantBooster):
        return {"constant": model.margin}
    data = model.to_bytes()
    name = f"{stem}{model.file_suffix}"
    files[name] = data
    return {"file": name, "sha256": hashlib.sha256(data).hexdigest()}


def load_booster(
    entry: object,
    state: Mapping[str, bytes],
    *,
    backend: BoosterBackendProtocol,
    n_features: int,
) -> TreeModel:
    """Return the booster of an entry of :func:`save_booster`, bit for bit.

    The digest is compared before a native parser sees the bytes: a parser meets a damaged file
    with an abort of the whole process.

    Raises:
        InvalidModelStateError: The entry is malformed, or its file missing or damaged.
    """
    if not isinstance(entry, dict):
        raise InvalidModelStateError(file=STATE_FILE, reason="has a malformed booster")
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


def parse_model_document(state: Mapping[str, bytes], *, kind: str, backend: str) -> dict[str, Any]:
    """Return ``booster.json`` of a model of this kind and library.

    Raises:
        InvalidModelStateError: It is missing, damaged, or of another kind, library or version.
    """
    document = parse_document(state, STATE_FILE)
    expected = {"format_version": FORMAT_VERSION, "kind": kind, "backend": backend}
    for key, wanted in expected.items():
        if document.get(key) != wanted:
            reason = f"has {key} {document.get(key)!r}, expected {wanted!r}"
            raise InvalidModelStateError(file=STATE_FILE, reason=reason)
    return document
