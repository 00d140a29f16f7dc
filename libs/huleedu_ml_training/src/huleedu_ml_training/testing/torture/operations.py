"""The four changes of a registry, each with what must be there before and what is there after."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
from huleedu_ml_training.registry.publishing import ModelPublisher
from huleedu_ml_training.registry.records import EventAction, Stage
from huleedu_ml_training.registry.verification import verify_bundles
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf

_NO_GRACE = timedelta(0)
_CREATED_AT = datetime(2025, 6, 1, tzinfo=UTC)

Do = Callable[[ModelRegistryProtocol, ArtifactStoreProtocol, str], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of change.

    Attributes:
        prepare: Makes room for it and returns what it is about: a version's id, or a free minute.
        do: Does it.
        entries: What the ledger then gains: all of it or nothing.
    """

    prepare: Callable[[Shelf], Awaitable[str]]
    do: Do
    entries: tuple[EventAction, ...]


async def _free_minute(shelf: Shelf) -> str:
    return str(len(await shelf.registry.list_models()))


async def _challenger(shelf: Shelf) -> str:
    if not await shelf.registry.list_models(stage=Stage.PRODUCTION):
        await shelf.into_production()
    staged = await shelf.registry.list_models(stage=Stage.STAGING)
    model = staged[0] if staged else await shelf.promote(await shelf.add(), Stage.STAGING)
    return str(model.id)


async def _two_productions(shelf: Shelf) -> str:
    standing = await shelf.registry.list_models(stage=Stage.PRODUCTION)
    for _ in range(1 if standing else 2):
        await shelf.into_production()
    return ""


async def _orphan(shelf: Shelf) -> str:
    await shelf.artifacts.write("model_orphan", small_bundle().files)
    return ""


async def _register(
    registry: ModelRegistryProtocol, artifacts: ArtifactStoreProtocol, minute: str
) -> object:
    publisher = ModelPublisher(artifacts, registry)
    created_at = _CREATED_AT + timedelta(minutes=int(minute))
    return await publisher.publish(small_bundle, created_at=created_at, actor="anna")


async def _promote(
    registry: ModelRegistryProtocol, artifacts: ArtifactStoreProtocol, subject: str
) -> object:
    del artifacts
    return await registry.promote(subject, Stage.PRODUCTION, actor="anna")


async def _rollback(
    registry: ModelRegistryProtocol, artifacts: ArtifactStoreProtocol, subject: str
) -> object:
    del artifacts, subject
    return await registry.rollback(NAME, actor="anna")


async def _collect(
    registry: ModelRegistryProtocol, artifacts: ArtifactStoreProtocol, subject: str
) -> object:
    del subject
    return await collect_garbage(registry, artifacts, grace=_NO_GRACE)


OPERATIONS = {
    "register": Operation(_free_minute, _register, (EventAction.REGISTERED,)),
    "promote": Operation(_challenger, _promote, (EventAction.DEMOTED, EventAction.PROMOTED)),
    "rollback": Operation(
        _two_productions, _rollback, (EventAction.DEMOTED, EventAction.ROLLED_BACK)
    ),
    "gc": Operation(_orphan, _collect, ()),
}
"""Name → operation."""


async def check_all_or_nothing(
    shelf: Shelf, operation: Operation, n_before: int, *, done: bool | None
) -> bool:
    """Assert that the registry is whole, and that an operation happened entirely or not at all.

    Args:
        shelf: The registry with its artifacts.
        operation: What was tried.
        n_before: How many entries the ledger had before.
        done: Whether its caller was told that it happened; None where nobody was told anything.

    Returns:
        Whether it happened.
    """
    await shelf.check_invariants()
    gained = tuple(e.action for e in (await shelf.registry.history(NAME))[n_before:])
    assert gained in {(), operation.entries}
    happened = gained == operation.entries
    assert done is None or done is happened or not operation.entries
    await verify_bundles(shelf.artifacts, await shelf.registry.list_models())
    return happened


async def check_restored(shelf: Shelf, home: Path) -> None:
    """Collect garbage, and assert that nothing is left on disk but what versions name."""
    folder = home / "models"
    for left in folder.glob(".tmp-*"):
        os.utime(left, (0, 0))
    await collect_garbage(shelf.registry, shelf.artifacts, grace=_NO_GRACE)
    named = {r.model_path for r in await shelf.registry.bundle_references()}
    assert sorted(named) == sorted(f"models/{place.name}" for place in folder.glob("*"))
