"""Several models as one: of unlike kinds, on unlike libraries, or with unlike seeds."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.booster_files import FORMAT_VERSION, parse_model_document
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.pooling import Pool
from huleedu_ml_training.models.protocols import OrdinalClassifierProtocol
from huleedu_ml_training.models.ridge_classifier import NO_LIBRARY
from huleedu_ml_training.models.stacked_classifier import StackedClassifier
from huleedu_ml_training.models.state import (
    STATE_FILE,
    finite_numbers,
    parse_document,
    to_document,
    typed_field,
)

ENSEMBLE = "ensemble"
_STEM = "booster"
_CONSTANTS = ("weight", "centre", "spread")

FloatArray = NDArray[np.float64]


class EnsembleClassifier:
    """The weighted average of models that were fitted apart. Immutable.

    Args:
        members: M models of the same grades and features.
        pool: How they are averaged.

    Attributes:
        members: As given.
        pool: As given.
    """

    kind = ENSEMBLE

    def __init__(self, members: Sequence[OrdinalClassifierProtocol], pool: Pool) -> None:
        shapes = {(member.n_grades, member.n_features) for member in members}
        if len(shapes) != 1 or len(members) != len(pool.weights):
            msg = f"{len(members)} members of {len(shapes)} shapes, {len(pool.weights)} weights"
            raise ValueError(msg)
        self.members = tuple(members)
        self.pool = pool

    @property
    def n_grades(self) -> int:
        """K."""
        return self.members[0].n_grades

    @property
    def n_features(self) -> int:
        """Number of feature columns."""
        return self.members[0].n_features

    def latent(self, X: NDArray[np.float32]) -> FloatArray:
        """Return averages of standardised latent scores, ndarray of shape (n_essays,).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        features = as_features(X, n_features=self.n_features)
        return self.pool.latent([member.latent(features) for member in self.members])

    def cumulative(self, X: NDArray[np.float32]) -> FloatArray:
        """Return averages of uncalibrated P(grade > k), ndarray of shape (n_essays, K-1).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        features = as_features(X, n_features=self.n_features)
        return self.pool.cumulative([member.cumulative(features) for member in self.members])

    def feature_importance(self) -> FloatArray:
        """Return averages of the members' shares, ndarray of shape (n_features,).

        They sum to 1, or to 0 where no member has use for any feature.
        """
        shares = np.zeros(self.n_features)
        for weight, member in zip(self.pool.weights, self.members, strict=True):
            shares += weight * member.feature_importance()
        total = shares.sum()
        return shares / total if total > 0 else shares

    def state(self) -> Mapping[str, bytes]:
        """Return ``booster.json``, and the members' files as ``booster_m0.json`` and so on."""
        files: dict[str, bytes] = {}
        entries = []
        for number, member in enumerate(self.members):
            own = {_prefixed(name, number): data for name, data in member.state().items()}
            files |= own
            constants = (self.pool.weights, self.pool.centres, self.pool.spreads)
            entry: dict[str, Any] = {
                name: float(values[number])
                for name, values in zip(_CONSTANTS, constants, strict=True)
            }
            digests = {name: hashlib.sha256(data).hexdigest() for name, data in own.items()}
            entries.append({**entry, "files": digests})
        document = {
            "format_version": FORMAT_VERSION,
            "kind": self.kind,
            "backend": NO_LIBRARY,
            "members": entries,
        }
        return {STATE_FILE: to_document(document), **files}


def ensemble_of(
    classifiers: Sequence[OrdinalClassifierProtocol], pool: Pool
) -> OrdinalClassifierProtocol:
    """Return the ensemble of fitted classifiers.

    Args:
        classifiers: All on the same columns; either all or none of them on the score of an
            embedding, which is then the same score, and stays one.
        pool: How they are averaged.
    """
    stacked = [each for each in classifiers if isinstance(each, StackedClassifier)]
    if not stacked:
        return EnsembleClassifier(classifiers, pool)
    first = stacked[0]
    parameters = first.score.parameters()
    if len(stacked) < len(classifiers) or any(
        each.score.parameters() != parameters for each in stacked
    ):
        msg = "the classifiers do not share one score of the embedding"
        raise ValueError(msg)
    base = EnsembleClassifier([each.base for each in stacked], pool)
    return StackedClassifier(base, first.score, plain=first.plain, embedding=first.embedding)


def load_ensemble(
    state: Mapping[str, bytes],
    *,
    load_member: Callable[[Mapping[str, bytes]], OrdinalClassifierProtocol],
) -> EnsembleClassifier:
    """Return the ensemble of :meth:`EnsembleClassifier.state`, bit for bit.

    Args:
        state: Its files; others are not looked at.
        load_member: Loads a member of whatever kind from files of their own names.

    Raises:
        InvalidModelStateError: Files are missing, damaged or of another kind.
        UnknownMethodError: This version lacks the kind or the library of a member.
    """
    document = parse_model_document(state, kind=ENSEMBLE, backend=NO_LIBRARY)
    entries = typed_field(document, "members", list, file=STATE_FILE)
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidModelStateError(file=STATE_FILE, reason="has no members")
    weights, centres, spreads = (
        finite_numbers([entry.get(name) for entry in entries], file=STATE_FILE)
        for name in _CONSTANTS
    )
    if (weights < 0).any() or abs(weights.sum() - 1) > 1e-9 or (spreads <= 0).any():
        reason = "has weights or spreads that are none"
        raise InvalidModelStateError(file=STATE_FILE, reason=reason)
    members = [
        _load_member(_files(entry, number, state), number, load_member)
        for number, entry in enumerate(entries)
    ]
    try:
        return EnsembleClassifier(members, Pool(weights, centres, spreads))
    except ValueError:
        reason = "has members of different grades or features"
        raise InvalidModelStateError(file=STATE_FILE, reason=reason) from None


def _files(entry: Mapping[str, Any], number: int, state: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a member's files under its own names, each with the digest that is listed."""
    found = {}
    for name, digest in typed_field(entry, "files", dict, file=STATE_FILE).items():
        if name not in state:
            raise InvalidModelStateError(file=name, reason="is missing")
        if hashlib.sha256(state[name]).hexdigest() != digest:
            reason = f"does not have the digest that {STATE_FILE} lists"
            raise InvalidModelStateError(file=name, reason=reason)
        found[_STEM + name.removeprefix(f"{_STEM}_m{number}")] = state[name]
    return found


def _load_member(
    files: Mapping[str, bytes],
    number: int,
    load_member: Callable[[Mapping[str, bytes]], OrdinalClassifierProtocol],
) -> OrdinalClassifierProtocol:
    try:
        _refuse_nesting(files)
        return load_member(files)
    except InvalidModelStateError as error:
        name = _prefixed(error.file, number)
        raise InvalidModelStateError(file=name, reason=error.reason) from error


def _refuse_nesting(files: Mapping[str, bytes]) -> None:
    """Ensembles within ensembles could be stored deeper than the interpreter's stack."""
    if parse_document(files, STATE_FILE).get("kind") == ENSEMBLE:
        raise InvalidModelStateError(file=STATE_FILE, reason="is an ensemble itself")


def _prefixed(name: str, number: int) -> str:
    """``booster_latent.txt`` of member 2 is ``booster_m2_latent.txt``."""
    return f"{_STEM}_m{number}{name.removeprefix(_STEM)}"
