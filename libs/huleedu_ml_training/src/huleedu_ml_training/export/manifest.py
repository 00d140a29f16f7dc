"""``manifest.json``: what a bundle is, and the digests that hold it together."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from huleedu_ml_training.domain.errors import HuleEduMLError
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.bundle_errors import (
    InvalidManifestError,
    UnsupportedBundleVersionError,
)
from huleedu_ml_training.export.strict_json import parse_object

FORMAT_VERSION = 1
"""Raised when a bundle appears that a reader of the present version must not or cannot read: a new
file name, a new or changed key of the manifest, another meaning of an old one."""

MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
VERSION = re.compile(r"[0-9]{8}_[0-9]{6}")
SHA256 = re.compile(r"[0-9a-f]{64}")
_KEYS = frozenset(
    {"format_version", "files", "model_name", "version", "scale", "feature_schema_digest"}
    | {"feature_count", "dataset_digest", "created_at", "library_versions", "seed", "parity"}
    | {"labels"}
)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What the manifest says of one file.

    Attributes:
        size: Length in bytes.
        sha256: Digest, 64 hexadecimal digits.
    """

    size: int
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> "FileEntry":
        """Return the entry of a file's bytes."""
        return cls(len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Manifest:
    """The identity of a bundle.

    Attributes:
        model_name: Name under which versions are counted.
        version: UTC time as ``YYYYMMDD_HHMMSS``.
        scale: The grade scale that the grader answers on.
        feature_schema_digest: Digest of ``feature_schema.json`` as a schema, not as a file.
        feature_count: Columns of the grader's input, at least 1.
        dataset_digest: Digest of the essays it was trained on.
        created_at: When the bundle was made, UTC.
        library_versions: Package → version at training time.
        seed: Seed of every random choice.
        parity: Certificate that the exported graph answers as the model does; ``passed`` is there.
        labels: What a reader must know at once, e.g. ``synthetic``.
        files: Every other file of the bundle.
    """

    model_name: str
    version: str
    scale: GradeScale
    feature_schema_digest: str
    feature_count: int
    dataset_digest: str
    created_at: datetime
    library_versions: Mapping[str, str]
    seed: int
    parity: Mapping[str, Any]
    labels: tuple[str, ...] = ()
    files: Mapping[str, FileEntry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require(MODEL_NAME.fullmatch(self.model_name), "model_name", self.model_name)
        _require(VERSION.fullmatch(self.version), "version", self.version)
        for key in ("feature_schema_digest", "dataset_digest"):
            _require(SHA256.fullmatch(getattr(self, key)), key, getattr(self, key))
        _require(self.feature_count >= 1, "feature_count", self.feature_count)
        _require(self.created_at.tzinfo is not None, "created_at", self.created_at)
        _require(isinstance(self.parity.get("passed"), bool), "parity", dict(self.parity))
        for name, entry in self.files.items():
            _require(SHA256.fullmatch(entry.sha256), f"sha256 of {name}", entry.sha256)
            _require(entry.size >= 0, f"size of {name}", entry.size)

    def to_bytes(self) -> bytes:
        """Return ``manifest.json``; equal manifests give equal bytes.

        Raises:
            InvalidManifestError: A value cannot be written as JSON.
        """
        document = {
            "format_version": FORMAT_VERSION,
            "model_name": self.model_name,
            "version": self.version,
            "scale": {"name": self.scale.name, "labels": list(self.scale.labels)},
            "feature_schema_digest": self.feature_schema_digest,
            "feature_count": self.feature_count,
            "dataset_digest": self.dataset_digest,
            "created_at": self.created_at.astimezone(UTC).isoformat(),
            "library_versions": dict(self.library_versions),
            "seed": self.seed,
            "parity": dict(self.parity),
            "labels": list(self.labels),
            "files": {
                name: {"size": entry.size, "sha256": entry.sha256}
                for name, entry in self.files.items()
            },
        }
        try:
            text = json.dumps(
                document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False
            )
            return f"{text}\n".encode()
        except (TypeError, ValueError) as error:
            raise InvalidManifestError(problem=f"it is not JSON: {error}") from None

    @classmethod
    def from_bytes(cls, data: bytes) -> "Manifest":
        """Read a manifest.

        Raises:
            UnsupportedBundleVersionError: It is of another format version.
            InvalidManifestError: It is truncated, malformed, or has missing or further keys.
        """
        try:
            document = parse_object(data)
        except ValueError as error:
            raise InvalidManifestError(problem=str(error)) from None
        found = document.get("format_version")
        if type(found) is not int or found != FORMAT_VERSION:
            raise UnsupportedBundleVersionError(found=found, supported=FORMAT_VERSION)
        wrong = sorted(_KEYS.symmetric_difference(document))
        if wrong:
            raise InvalidManifestError(problem=f"missing or unknown: {', '.join(wrong)}")
        return cls(
            model_name=_typed(document, "model_name", str),
            version=_typed(document, "version", str),
            scale=_scale(_typed(document, "scale", dict)),
            feature_schema_digest=_typed(document, "feature_schema_digest", str),
            feature_count=_typed(document, "feature_count", int),
            dataset_digest=_typed(document, "dataset_digest", str),
            created_at=_moment(_typed(document, "created_at", str)),
            library_versions={
                str(package): _typed(document["library_versions"], package, str)
                for package in _typed(document, "library_versions", dict)
            },
            seed=_typed(document, "seed", int),
            parity=_typed(document, "parity", dict),
            labels=_texts(document, "labels"),
            files={
                name: _entry(_typed(document["files"], name, dict))
                for name in _typed(document, "files", dict)
            },
        )


def _require(held: object, key: str, value: object) -> None:
    if not held:
        raise InvalidManifestError(problem=f"{key} is {str(value)[:120]!r}")


def _typed(document: Mapping[str, Any], key: str, wanted: type[_T]) -> _T:
    value = document.get(key)
    if type(value) is not wanted:
        raise InvalidManifestError(problem=f"{key} is not a {wanted.__name__}")
    return value


def _texts(document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = _typed(document, key, list)
    _require(all(isinstance(value, str) for value in values), key, values)
    return tuple(values)


def _scale(document: Mapping[str, Any]) -> GradeScale:
    name, labels = _typed(document, "name", str), _texts(document, "labels")
    try:
        return GradeScale(name, labels)
    except HuleEduMLError as error:
        raise InvalidManifestError(problem=error.what) from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidManifestError(problem=f"created_at is {text[:120]!r}") from None


def _entry(document: Mapping[str, Any]) -> FileEntry:
    return FileEntry(_typed(document, "size", int), _typed(document, "sha256", str))
