"""A registry with its artifacts, as the cases handle it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
from huleedu_ml_training.registry.records import (
    EventAction,
    ModelEvent,
    ModelRecord,
    Stage,
)
from huleedu_ml_training.testing.bundles import small_bundle

NAME = "essay-scorer"
MIN_QWK = 0.4
"""What the gate of the registry under test asks of the lower bound of QWK."""


class Shelf:
    """A registry with its artifacts, and short words for what tests do with them."""

    def __init__(self, registry: ModelRegistryProtocol, artifacts: ArtifactStoreProtocol) -> None:
        self.registry = registry
        self.artifacts = artifacts
        self._count = 0

    async def add(
        self, *, name: str = NAME, qwk_low: float | None = 0.6, parity_passed: bool = True
    ) -> ModelRecord:
        """Store and register the next version."""
        self._count += 1
        version = f"20250101_{self._count:06d}"
        bundle = small_bundle(
            version, model_name=name, qwk_low=qwk_low, parity_passed=parity_passed
        )
        return await self.add_bundle(bundle)

    async def add_bundle(self, bundle: Bundle) -> ModelRecord:
        """Store and register a bundle."""
        path = await self.artifacts.write(f"model_{bundle.manifest.version}", bundle.files)
        candidate = candidate_from_bundle(bundle, model_path=path)
        return await self.registry.register(candidate, actor="anna", correlation_id="c-1")

    async def promote(self, model: ModelRecord, *stages: Stage) -> ModelRecord:
        """Take a version through stages."""
        for stage in stages:
            model = await self.registry.promote(str(model.id), stage, actor="berit")
        return model

    async def into_production(self, **quality: Any) -> ModelRecord:
        """Add a version and take it all the way up."""
        return await self.promote(await self.add(**quality), Stage.STAGING, Stage.PRODUCTION)

    async def damage(self, model: ModelRecord) -> None:
        """Remove the bundle of a version."""
        await self.artifacts.delete(model.model_path)

    async def stages(self, name: str = NAME) -> list[Stage]:
        """Return the stage of every version, oldest first."""
        return [m.stage for m in reversed(await self.registry.list_models(model_name=name))]

    async def actions(self, name: str = NAME) -> list[tuple[str, str, Stage]]:
        """Return action, last digit of the version, and target stage of every ledger entry."""
        history = await self.registry.history(name)
        return [(e.action.value, e.version[-1], e.to_stage) for e in history]

    async def check_invariants(self, name: str = NAME) -> None:
        """Assert what must hold at every moment."""
        models = await self.registry.list_models(model_name=name)
        for stage in (Stage.STAGING, Stage.PRODUCTION):
            assert len([m for m in models if m.stage is stage]) <= 1
        assert {m.id: m.stage for m in models} == replayed(await self.registry.history(name))


def replayed(history: Sequence[ModelEvent]) -> dict[UUID, Stage]:
    """Return where the ledger says that every version stands, checking that each entry follows."""
    stages: dict[UUID, Stage] = {}
    for event in history:
        if event.action is EventAction.REGISTERED:
            assert event.from_stage is None
        else:
            assert stages[event.model_id] is event.from_stage
        if event.action is not EventAction.REFUSED:
            stages[event.model_id] = event.to_stage
    return stages
