"""The registry as source of a service's grader; apart, since a directory needs none of this."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from huleedu_ml_training.config import Settings
from huleedu_ml_training.container import create_container
from huleedu_ml_training.registry.bundle_source import RegistrySource
from huleedu_ml_training.registry.references import ModelResolver


def registry_source(settings: Settings, reference: str | None = None) -> RegistrySource:
    """Return a source that follows a reference in the registry of the settings.

    Args:
        settings: Where database and bundles are.
        reference: ``models:/NAME/STAGE``, ``models:/NAME/VERSION`` or an id; None for the
            production version of the default name.
    """
    name = settings.registry.model_name
    return RegistrySource(
        lambda: _open_resolver(settings), reference or f"models:/{name}/production"
    )


@asynccontextmanager
async def _open_resolver(settings: Settings) -> AsyncIterator[ModelResolver]:
    container = create_container(settings)
    try:
        yield await container.get(ModelResolver)
    finally:
        await container.close()
