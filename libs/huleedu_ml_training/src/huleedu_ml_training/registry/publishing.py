"""From a finished bundle to a registered version: store first, then register."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.bundle_errors import BundleError
from huleedu_ml_training.registry.artifacts.errors import ArtifactExistsError, ArtifactNotFoundError
from huleedu_ml_training.registry.artifacts.names import path_of
from huleedu_ml_training.registry.candidates import candidate_from_bundle, checked_candidate
from huleedu_ml_training.registry.errors import VersionExistsError
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
from huleedu_ml_training.registry.records import ModelCandidate, ModelRecord

ORIGIN = "imported_from"
"""Key of the metadata under which an imported version says where it comes from."""

_ATTEMPTS = 60
_DIGEST_DIGITS = 16
_ALWAYS = datetime.max.replace(tzinfo=UTC)


def version_of(moment: datetime) -> str:
    """Return the version that a moment stands for: UTC as ``YYYYMMDD_HHMMSS``."""
    return moment.astimezone(UTC).strftime("%Y%m%d_%H%M%S")


class ModelPublisher:
    """Stores bundles and registers them.

    A bundle is on disk before its row exists, so a registered version always has its bundle. A
    process killed in between leaves a bundle that no row names, and nothing else.

    Args:
        store: Where bundles are kept.
        registry: Where versions are kept.
    """

    def __init__(self, store: ArtifactStoreProtocol, registry: ModelRegistryProtocol) -> None:
        self._store = store
        self._registry = registry

    async def publish(
        self,
        make_bundle: Callable[[str], Bundle],
        *,
        created_at: datetime,
        actor: str,
        run_id: UUID | None = None,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Store and register a new version; the first free second from ``created_at`` names it.

        Args:
            make_bundle: Returns the bundle for a version; called in a thread, again for the next
                second where two jobs end in the same one.
            created_at: When the model was finished, with a time zone.
            actor: Who, for the ledger.
            run_id: The run that made it.
            correlation_id: Ties the ledger entry to logs.

        Raises:
            BundleError: The files do not make a bundle.
            InvalidCandidateError: The name is malformed.
            VersionExistsError: A whole minute of versions is taken.
            InfrastructureError: Store or database failed.
        """
        for attempt in range(_ATTEMPTS):
            version = version_of(created_at + timedelta(seconds=attempt))
            bundle = await asyncio.to_thread(make_bundle, version)
            candidate = _candidate(bundle, run_id=run_id)
            try:
                path = await self._store.write(_artifact_name(bundle), bundle.files)
                return await self._register(candidate, path, actor, correlation_id)
            except (ArtifactExistsError, VersionExistsError, ArtifactNotFoundError):
                # The last one: a collection without a grace period came in between.
                continue
        raise VersionExistsError(
            model_name=bundle.manifest.model_name, version=bundle.manifest.version
        )

    async def adopt(
        self,
        bundle: Bundle,
        *,
        actor: str,
        model_name: str | None = None,
        imported_from: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Register a bundle that was made before, storing it unless it is in the store already.

        Args:
            bundle: The bundle, verified.
            actor: Who, for the ledger.
            model_name: Name to register under; None for the name in the manifest.
            imported_from: What its metadata says of the registry that it comes from. Its second may
                be taken by a bundle of this registry: it then gets a place that its digest names.
            correlation_id: Ties the ledger entry to logs.

        Raises:
            ArtifactExistsError: Another bundle is stored under this version.
            ArtifactNotFoundError: The bundle was removed from the store in this moment.
            InvalidCandidateError: The name is malformed.
            VersionExistsError: The name has that version already.
            InfrastructureError: Store or database failed.
        """
        candidate = _candidate(bundle, model_name=model_name)
        name = _artifact_name(bundle)
        if imported_from is not None:
            metadata = {**candidate.metadata, ORIGIN: imported_from}
            candidate = checked_candidate(replace(candidate, metadata=metadata))
            name = await self._free_name(bundle)
        try:
            path = await self._store.write(name, bundle.files)
        except ArtifactExistsError as error:
            if not await self._holds(error.path, bundle):
                raise
            in_place = replace(candidate, model_path=error.path)
            return await self._registry.register(
                in_place, actor=actor, correlation_id=correlation_id
            )
        return await self._register(candidate, path, actor, correlation_id)

    async def _free_name(self, bundle: Bundle) -> str:
        """Return the usual name of an artifact, or one of its own where another bundle has it."""
        name = _artifact_name(bundle)
        path = path_of(name)
        if await self._store.stored_at(path) is None or await self._holds(path, bundle):
            return name
        return f"{name}-{bundle.digest[:_DIGEST_DIGITS]}"

    async def _register(
        self, candidate: ModelCandidate, path: str, actor: str, correlation_id: str | None
    ) -> ModelRecord:
        """Register a bundle that was just stored, or take it away again."""
        try:
            return await self._registry.register(
                replace(candidate, model_path=path), actor=actor, correlation_id=correlation_id
            )
        except VersionExistsError:
            # Any other failure leaves the bundle: the row may be there after all. The registry
            # removes it, since another's may lie there if ours was collected in between.
            await self._registry.discard_bundle(
                path, stored_before=_ALWAYS, digest=candidate.digest
            )
            raise

    async def _holds(self, path: str, bundle: Bundle) -> bool:
        try:
            return Bundle.parse(await self._store.read(path)).digest == bundle.digest
        except (BundleError, ArtifactNotFoundError):
            return False


def _candidate(
    bundle: Bundle, *, model_name: str | None = None, run_id: UUID | None = None
) -> ModelCandidate:
    """Return the candidate for a bundle that is not stored yet, refusing it early if need be."""
    return checked_candidate(
        candidate_from_bundle(
            bundle, model_path=_artifact_name(bundle), model_name=model_name, run_id=run_id
        )
    )


def _artifact_name(bundle: Bundle) -> str:
    return f"model_{bundle.manifest.version}"
