"""Whether a registered version's bundle is the one that was registered."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from huleedu_ml_training.domain.errors import InvalidDataError, NotFoundError, UsageError
from huleedu_ml_training.export.bundle import MANIFEST, Bundle
from huleedu_ml_training.registry.artifacts.errors import ArtifactExistsError
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.errors import DamagedModelError, DamagedModelsError
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol
from huleedu_ml_training.registry.records import ModelCandidate, ModelRecord
from huleedu_ml_training.registry.storable import json_ready


async def read_registered_bundle(store: ArtifactStoreProtocol, model: ModelRecord) -> Bundle:
    """Return the bundle of a registered version, every byte of it verified.

    Raises:
        DamagedModelError: It is absent, altered, or not the one that was registered.
        InfrastructureError: The store cannot be read.
    """
    try:
        bundle = Bundle.parse(await store.read(model.model_path))
    except (NotFoundError, InvalidDataError, UsageError) as error:
        raise DamagedModelError(model=model, defect=error.what) from error
    if bundle.digest != model.digest:
        raise DamagedModelError(
            model=model,
            defect=f"its manifest has digest {bundle.digest}, registered is {model.digest}",
        )
    _require_equal_rows(bundle, model)
    return bundle


def _require_equal_rows(bundle: Bundle, model: ModelRecord) -> None:
    """Check that the row tells of the bundle what the bundle does: gates read the row."""
    told = candidate_from_bundle(bundle, model_path=model.model_path, model_name=model.model_name)
    metadata = json_ready(told.metadata)
    pairs = {
        "scale": (told.scale, model.scale),
        "metrics": (json_ready(told.metrics), model.metrics),
        **{key: (metadata[key], model.metadata.get(key)) for key in metadata},
    }
    altered = [name for name, (written, registered) in pairs.items() if written != registered]
    if altered:
        raise DamagedModelError(
            model=model,
            defect=f"it says otherwise than the registered row in: {', '.join(altered)}",
        )


async def require_bundle(store: ArtifactStoreProtocol, candidate: ModelCandidate) -> None:
    """Check that the bundle of a candidate lies at its path, and not another one.

    Raises:
        ArtifactNotFoundError: None lies there.
        ArtifactExistsError: Another one does.
        InvalidArtifactNameError: It is no path of the store.
        BundleError: Something lies there that no bundle may contain.
        InfrastructureError: The store cannot be read.
    """
    if await _digest(store, candidate.model_path) != candidate.digest:
        raise ArtifactExistsError(path=candidate.model_path)


async def is_discardable(
    store: ArtifactStoreProtocol, path: str, *, stored_before: datetime, digest: str | None
) -> bool:
    """Return whether a bundle lies at a path, old enough and of a digest, if one is given.

    Raises:
        InvalidArtifactNameError: It is no path of the store.
        InfrastructureError: The store cannot be read.
    """
    stored_at = await store.stored_at(path)
    if stored_at is None or stored_at >= stored_before:
        return False
    return digest is None or await _digest(store, path) == digest


async def _digest(store: ArtifactStoreProtocol, path: str) -> str:
    files = await store.read(path)
    return hashlib.sha256(files.get(MANIFEST, b"")).hexdigest()


async def verify_bundles(store: ArtifactStoreProtocol, models: Sequence[ModelRecord]) -> None:
    """Read every byte of the bundles of registered versions, one bundle at a time.

    Raises:
        DamagedModelsError: Some cannot be used; names every one of them.
        InfrastructureError: The store cannot be read.
    """
    failures = []
    for model in models:
        try:
            await read_registered_bundle(store, model)
        except DamagedModelError as error:
            failures.append(error)
    if failures:
        raise DamagedModelsError(failures=failures, n_checked=len(models))
