"""The registry as source of a service's grader; apart, since a directory needs none of this."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from huleedu_ml_training.config import Settings
from huleedu_ml_training.container import create_container
from huleedu_ml_training.database.engine import open_connection
from huleedu_ml_training.database.resolved import ResolvedDatabase
from huleedu_ml_training.registry.bundle_source import OpenedRegistry, RegistrySource
from huleedu_ml_training.registry.references import ModelResolver

if TYPE_CHECKING:
    import asyncpg


def registry_source(
    settings: Settings, reference: str | None = None, *, listen: bool = True
) -> RegistrySource:
    """Return a source that follows a reference in the registry of the settings.

    Args:
        settings: Where database and bundles are.
        reference: ``models:/NAME/STAGE``, ``models:/NAME/VERSION`` or an id; None for the
            production version of the default name.
        listen: Keep a second connection on which the database says when a stage changed. Without
            it changes are found by asking; so they are in any case while it is lost. Of no use
            through a pooler in transaction mode.
    """
    name = settings.registry.model_name
    return RegistrySource(
        partial(_opened, settings, listen), reference or f"models:/{name}/production"
    )


@asynccontextmanager
async def _opened(settings: Settings, listen: bool) -> AsyncIterator[OpenedRegistry]:
    container = create_container(settings)

    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        return await open_connection(await container.get(ResolvedDatabase), settings.database)

    try:
        yield OpenedRegistry(await container.get(ModelResolver), connect if listen else None)
    finally:
        await container.close()
