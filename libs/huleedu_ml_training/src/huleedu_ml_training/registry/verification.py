"""Whether a registered version's bundle is the one that was registered."""

from collections.abc import Sequence

from huleedu_ml_training.domain.errors import InvalidDataError, NotFoundError, UsageError
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.registry.errors import DamagedModelError, DamagedModelsError
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol
from huleedu_ml_training.registry.records import ModelRecord


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
    return bundle


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
