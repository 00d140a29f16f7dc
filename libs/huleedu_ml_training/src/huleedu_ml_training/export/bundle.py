"""A bundle as a value: everything that one grader consists of, checked.

Imports the standard library and the domain only, so that a service that merely scores can read
bundles. The list of file names, the limits and the digests' meaning are fixed here, never read
from the bundle.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.bundle_errors import (
    BundleFileTooLargeError,
    InvalidBundleDocumentError,
    MissingBundleFileError,
    TamperedBundleFileError,
    UnknownBundleFileError,
    UnlistedBundleFileError,
)
from huleedu_ml_training.export.manifest import FileEntry, Manifest
from huleedu_ml_training.export.strict_json import parse_object

MANIFEST = "manifest.json"
GRAPH = "grader.onnx"
FEATURE_SCHEMA = "feature_schema.json"
METRICS = "metrics.json"
CONFIG = "config.yaml"
REVIEW = "review.json"
REFERENCE = "feature_reference.json"
REPORT_CONTEXT = "report_context.json"

_MIB = 1024 * 1024
_REQUIRED = {
    MANIFEST: 1 * _MIB,
    GRAPH: 512 * _MIB,
    "calibration.json": 4 * _MIB,
    "decision.json": 4 * _MIB,
    FEATURE_SCHEMA: 16 * _MIB,
    METRICS: 16 * _MIB,
    CONFIG: 1 * _MIB,
}
_OPTIONAL = {
    "embedding_score.json": 16 * _MIB,
    "prediction_sets.json": 1 * _MIB,
    REVIEW: 1 * _MIB,
    REFERENCE: 16 * _MIB,
    REPORT_CONTEXT: 4 * _MIB,
    "split.json": 64 * _MIB,
    "held_out.json": 64 * _MIB,
    "report.html": 64 * _MIB,
    "model_card.md": 4 * _MIB,
}
_BOOSTER = re.compile(r"booster[a-z0-9_-]{0,60}\.(?:txt|json)")
_BOOSTER_LIMIT = 512 * _MIB
_DOCUMENTS = (
    "calibration.json",
    "decision.json",
    "embedding_score.json",
    "prediction_sets.json",
    REVIEW,
    REFERENCE,
    REPORT_CONTEXT,
    FEATURE_SCHEMA,
    METRICS,
    "split.json",
    "held_out.json",
)

MAX_FILES = 1024
MAX_TOTAL_SIZE = 1024 * _MIB


def size_limit(name: str) -> int | None:
    """Return how many bytes a file of this name may have; None for a name no bundle may contain."""
    if _BOOSTER.fullmatch(name):
        return _BOOSTER_LIMIT
    return _REQUIRED.get(name) or _OPTIONAL.get(name)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A grader with all its papers.

    Make one with :meth:`create` or :meth:`parse`; both check everything that the class promises.

    Attributes:
        manifest: What it is.
        files: File name → bytes, ``manifest.json`` included; the very bytes whose digests were
            compared, so that what is parsed from here was verified.
    """

    manifest: Manifest
    files: Mapping[str, bytes]

    @classmethod
    def create(
        cls,
        files: Mapping[str, bytes],
        *,
        model_name: str,
        version: str,
        scale: GradeScale,
        feature_schema_digest: str,
        feature_count: int,
        dataset_digest: str,
        created_at: datetime,
        library_versions: Mapping[str, str],
        seed: int,
        parity: Mapping[str, Any],
        labels: tuple[str, ...] = (),
    ) -> "Bundle":
        """Return a bundle of finished files; the manifest is made here.

        Args:
            files: Every file but ``manifest.json``.
            model_name: Name under which versions are counted.
            version: UTC time as ``YYYYMMDD_HHMMSS``.
            scale: The grade scale that the grader answers on.
            feature_schema_digest: Digest of the feature schema.
            feature_count: Columns of the grader's input.
            dataset_digest: Digest of the essays it was trained on.
            created_at: When, with a time zone.
            library_versions: Package → version.
            seed: Seed of every random choice.
            parity: Certificate of the exported graph, JSON-ready, with a boolean ``passed``.
            labels: What a reader must know at once, e.g. ``synthetic``.

        Raises:
            BundleError: The files do not make a bundle; the subclass says why.
        """
        manifest = Manifest(
            model_name=model_name,
            version=version,
            scale=scale,
            feature_schema_digest=feature_schema_digest,
            feature_count=feature_count,
            dataset_digest=dataset_digest,
            created_at=created_at,
            library_versions=library_versions,
            seed=seed,
            parity=parity,
            labels=labels,
            files={name: FileEntry.of(data) for name, data in files.items() if name != MANIFEST},
        )
        return cls.parse({**files, MANIFEST: manifest.to_bytes()})

    @classmethod
    def parse(cls, files: Mapping[str, bytes]) -> "Bundle":
        """Return the bundle that the files make, after checking names, sizes and digests.

        Args:
            files: File name → bytes, ``manifest.json`` included.

        Raises:
            BundleError: Something is missing, too much, too large, altered or unreadable; the
                subclass says what.
        """
        unknown = sorted(name for name in files if size_limit(name) is None)
        if unknown:
            raise UnknownBundleFileError(names=unknown)
        missing = sorted(name for name in _REQUIRED if name not in files)
        if missing:
            raise MissingBundleFileError(names=missing)
        _check_sizes(files)
        manifest = Manifest.from_bytes(files[MANIFEST])
        _check_digests(manifest, files)
        bundle = cls(manifest, MappingProxyType(dict(files)))
        bundle._check_documents()
        return bundle

    @property
    def digest(self) -> str:
        """Sha256 of the manifest's bytes; through it, of every byte of the bundle."""
        return manifest_digest(self.files[MANIFEST])

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns of the grader's input, in order."""
        features = self.document(FEATURE_SCHEMA).get("features")
        names = [
            feature.get("name") if isinstance(feature, dict) else None
            for feature in (features if isinstance(features, list) else [])
        ]
        if len(names) != self.manifest.feature_count or not all(isinstance(n, str) for n in names):
            raise InvalidBundleDocumentError(
                name=FEATURE_SCHEMA,
                problem=f"it does not name {self.manifest.feature_count} features",
            )
        return tuple(str(name) for name in names)

    def document(self, name: str) -> dict[str, Any]:
        """Return a JSON document of the bundle.

        Raises:
            MissingBundleFileError: The bundle has no file of that name.
            InvalidBundleDocumentError: The file is not one JSON object.
        """
        if name not in self.files:
            raise MissingBundleFileError(names=[name])
        try:
            return parse_object(self.files[name])
        except ValueError as error:
            raise InvalidBundleDocumentError(name=name, problem=str(error)) from None

    def _check_documents(self) -> None:
        for name in _DOCUMENTS:
            if name in self.files and name != FEATURE_SCHEMA:
                self.document(name)
        _ = self.feature_names


def manifest_digest(manifest: bytes) -> str:
    """Return the digest that stands for a whole bundle: sha256 of ``manifest.json``."""
    return hashlib.sha256(manifest).hexdigest()


def _check_sizes(files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        limit = size_limit(name) or 0
        if len(data) > limit:
            raise BundleFileTooLargeError(name=name, size=len(data), limit=limit)
    total = sum(map(len, files.values()))
    if total > MAX_TOTAL_SIZE:
        raise BundleFileTooLargeError(name="the bundle", size=total, limit=MAX_TOTAL_SIZE)


def _check_digests(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    missing = sorted(name for name in manifest.files if name not in files)
    if missing:
        raise MissingBundleFileError(names=missing)
    unlisted = sorted(name for name in files if name not in manifest.files and name != MANIFEST)
    if unlisted:
        raise UnlistedBundleFileError(names=unlisted)
    for name, expected in manifest.files.items():
        actual = FileEntry.of(files[name])
        if actual != expected:
            raise TamperedBundleFileError(
                name=name,
                expected=f"{expected.size} bytes, sha256 {expected.sha256}",
                actual=f"{actual.size} bytes, sha256 {actual.sha256}",
            )
