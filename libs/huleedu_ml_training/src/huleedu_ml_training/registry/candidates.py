"""What the registry wants to know of a bundle."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import yaml

from huleedu_ml_training.domain.errors import UsageError
from huleedu_ml_training.export.bundle import CONFIG, METRICS, Bundle
from huleedu_ml_training.export.bundle_errors import InvalidBundleDocumentError
from huleedu_ml_training.export.manifest import MODEL_NAME, SHA256, VERSION
from huleedu_ml_training.registry.plain_yaml import PlainLoader
from huleedu_ml_training.registry.records import ModelCandidate
from huleedu_ml_training.registry.storable import json_ready

_PATH = re.compile(r"(?:[a-z0-9][a-z0-9._-]{0,127}/){0,3}[a-z0-9][a-z0-9._-]{0,127}")


class InvalidCandidateError(UsageError):
    """Name, version, path or digest of a model are not of the form that the registry keeps.

    Attributes:
        field: Which.
        value: What it is.
    """

    code = "invalid-candidate"

    def __init__(self, *, field: str, value: str) -> None:
        super().__init__()
        self.field = field
        self.value = value

    @property
    def what(self) -> str:
        """Show the value, harmless."""
        return f"{self.value[:120]!a} is no {self.field.replace('_', ' ')}"

    @property
    def remedy(self) -> str:
        """State the forms."""
        return (
            "names have at most 63 of a-z, 0-9, dot, dash and underscore and begin with one of "
            "a-z 0-9; versions are YYYYMMDD_HHMMSS; paths come from the artifact store"
        )


def checked_candidate(candidate: ModelCandidate) -> ModelCandidate:
    """Return a candidate as a registry keeps it, its documents JSON-ready.

    Raises:
        InvalidCandidateError: Name, version, path or digest is malformed.
    """
    for field, pattern in (
        ("model_name", MODEL_NAME),
        ("version", VERSION),
        ("model_path", _PATH),
        ("digest", SHA256),
    ):
        value = getattr(candidate, field)
        if not pattern.fullmatch(value):
            raise InvalidCandidateError(field=field, value=value)
    return replace(
        candidate,
        scale=tuple(json_ready(candidate.scale)),
        metrics=json_ready(candidate.metrics),
        hyperparameters=json_ready(candidate.hyperparameters),
        feature_names=tuple(json_ready(candidate.feature_names)),
        metadata=json_ready(candidate.metadata),
    )


def candidate_from_bundle(
    bundle: Bundle,
    *,
    model_path: str,
    model_name: str | None = None,
    run_id: UUID | None = None,
) -> ModelCandidate:
    """Return the row that a stored bundle asks for; everything in it comes from the bundle.

    Args:
        bundle: The bundle, verified.
        model_path: Where the artifact store keeps it.
        model_name: Name to register under; None for the name in the manifest.
        run_id: The run that made it.

    Raises:
        InvalidBundleDocumentError: ``config.yaml`` has no section ``model``.
    """
    manifest = bundle.manifest
    return ModelCandidate(
        model_name=model_name or manifest.model_name,
        version=manifest.version,
        model_path=model_path,
        digest=bundle.digest,
        scale=manifest.scale.labels,
        metrics=bundle.document(METRICS),
        hyperparameters=_hyperparameters(bundle),
        feature_names=bundle.feature_names,
        metadata={
            "scale_name": manifest.scale.name,
            "dataset_digest": manifest.dataset_digest,
            "feature_schema_digest": manifest.feature_schema_digest,
            "bundle_created_at": manifest.created_at.isoformat(),
            "library_versions": dict(manifest.library_versions),
            "seed": manifest.seed,
            "parity": dict(manifest.parity),
            "labels": list(manifest.labels),
        },
        run_id=run_id,
    )


def _hyperparameters(bundle: Bundle) -> Mapping[str, Any]:
    try:
        config = yaml.load(bundle.files[CONFIG], Loader=PlainLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(error).split()) or "it is nested too deeply"
        raise InvalidBundleDocumentError(name=CONFIG, problem=problem) from None
    section = config.get("model") if isinstance(config, dict) else None
    if not isinstance(section, dict):
        raise InvalidBundleDocumentError(name=CONFIG, problem="it has no section 'model'")
    return section
