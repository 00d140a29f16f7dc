"""What a user means by a model: a path, an id, a stage or a version."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from huleedu_ml_training.config import Settings
from huleedu_ml_training.domain.errors import UsageError
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.bundle_directory import read_bundle_directory
from huleedu_ml_training.registry.bundle_paths import is_directory, resolve_bundle_path
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
from huleedu_ml_training.registry.records import ModelRecord, Stage
from huleedu_ml_training.registry.verification import read_registered_bundle

_SCHEME = "models:/"
_SEPARATORS = os.sep + (os.altsep or "")


class InvalidModelReferenceError(UsageError):
    """A ``models:/`` reference is not of its form."""

    code = "invalid-model-reference"

    def __init__(self, *, reference: str) -> None:
        super().__init__()
        self.reference = reference

    @property
    def what(self) -> str:
        """Quote the reference."""
        return f"{self.reference[:200]!a} does not name a model"

    @property
    def remedy(self) -> str:
        """Show the forms."""
        return (
            "write models:/NAME/production, models:/NAME/staging, models:/NAME/YYYYMMDD_HHMMSS, "
            "a bundle's directory, or an id from: train-essay-grader registry list"
        )


class ModelResolver:
    """Finds the bundle that a reference means, verified.

    Args:
        settings: Where relative paths are looked up, and whose production version an empty
            reference means.
        registry: Asked for only when a reference needs it, so that a path needs no database.
        artifacts: Where registered bundles lie.
    """

    def __init__(
        self,
        settings: Settings,
        registry: Callable[[], Awaitable[ModelRegistryProtocol]],
        artifacts: ArtifactStoreProtocol,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._artifacts = artifacts

    async def resolve(self, reference: str | None = None) -> Bundle:
        """Return the verified bundle.

        Args:
            reference: A directory, ``models:/NAME/STAGE``, ``models:/NAME/VERSION``, an id or an
                unambiguous prefix of one; None for the default name's production version.

        Raises:
            NotFoundError: Nothing fits the reference.
            InvalidModelReferenceError: The reference is not of a known form.
            InvalidDataError: The bundle is damaged, or not the one that was registered.
        """
        name = self._settings.registry.model_name
        reference = reference or f"{_SCHEME}{name}/{Stage.PRODUCTION.value}"
        if _means_a_directory(reference):
            path = resolve_bundle_path(reference, self._settings)
            return await asyncio.to_thread(read_bundle_directory, path)
        record = await self.record(reference)
        return await read_registered_bundle(self._artifacts, record)

    async def record(self, reference: str) -> ModelRecord:
        """Return the registered version that a reference means; its bundle is not looked at.

        Args:
            reference: ``models:/NAME/STAGE``, ``models:/NAME/VERSION``, an id or an unambiguous
                prefix of one.

        Raises:
            NotFoundError: Nothing fits the reference.
            InvalidModelReferenceError: The reference is not of a known form.
        """
        registry = await self._registry()
        if not reference.startswith(_SCHEME):
            return await registry.get(reference)
        name, which = _parts(reference)
        if which in set(Stage):
            return await registry.find(name, stage=Stage(which))
        return await registry.find(name, version=which)


def followed_name(reference: str) -> str | None:
    """Return the model name of a reference whose meaning changes: one to a stage; else None."""
    if not reference.startswith(_SCHEME):
        return None
    try:
        name, which = _parts(reference)
    except InvalidModelReferenceError:
        return None
    return name if which in set(Stage) else None


def _parts(reference: str) -> tuple[str, str]:
    name, separator, which = reference.removeprefix(_SCHEME).partition("/")
    if not name or not separator or not which or "/" in which:
        raise InvalidModelReferenceError(reference=reference)
    return name, which


def _means_a_directory(reference: str) -> bool:
    if reference.startswith(_SCHEME):
        return False
    return bool(set(reference) & set(_SEPARATORS)) or is_directory(Path(reference))
