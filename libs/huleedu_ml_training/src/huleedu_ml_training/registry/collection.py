"""Bundles that no version names, and versions whose bundle is gone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
from huleedu_ml_training.registry.records import BundleReference

_SHORTEST_SWEEP_GRACE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """A bundle in the artifact store.

    Attributes:
        path: Where it lies, relative to the store's root.
        stored_at: When it was put there (UTC).
    """

    path: str
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Collection:
    """What a collection found and did.

    Attributes:
        removed: Bundles that no version names, older than the grace period; removed unless it was
            a dry run.
        young: Bundles that no version names yet; they stay.
        leftovers: Names of what killed writers left; removed unless it was a dry run.
        missing: Versions whose bundle is absent; they stay, because the ledger speaks of them.
        dry_run: Whether nothing was removed.
    """

    removed: tuple[StoredBundle, ...]
    young: tuple[StoredBundle, ...]
    leftovers: tuple[str, ...]
    missing: tuple[BundleReference, ...]
    dry_run: bool


async def collect_garbage(
    registry: ModelRegistryProtocol,
    artifacts: ArtifactStoreProtocol,
    *,
    grace: timedelta,
    dry_run: bool = False,
) -> Collection:
    """Bring the artifact store back into line with the registry.

    A writer stores a bundle first and registers it a moment later; the grace period keeps the two
    apart. It is not what makes this safe: each removal asks the registry again while nobody can
    register the bundle. A process killed in between leaves work for the next collection, no more.

    Args:
        registry: Says which bundles are named.
        artifacts: Where they lie.
        grace: How old a bundle without a version must be. What killed writers left is kept for an
            hour at least, since nothing tells it from what a writer is at work on.
        dry_run: Whether to remove nothing.

    Raises:
        InfrastructureError: Store or database failed; what was removed until then stays removed.
    """
    now = datetime.now(UTC)
    # Listed before the versions are: a bundle registered meanwhile is then known to be named.
    paths = await artifacts.list_paths()
    references = await registry.bundle_references()
    named = {reference.model_path for reference in references}
    removed: list[StoredBundle] = []
    young: list[StoredBundle] = []
    for path in paths:
        stored_at = None if path in named else await artifacts.stored_at(path)
        if stored_at is None:
            continue
        bundle = StoredBundle(path, stored_at)
        if stored_at >= now - grace:
            young.append(bundle)
        elif dry_run or await registry.discard_bundle(path, stored_before=now - grace):
            removed.append(bundle)
    leftovers = await artifacts.sweep(
        before=now - max(grace, _SHORTEST_SWEEP_GRACE), dry_run=dry_run
    )
    return Collection(
        removed=tuple(removed),
        young=tuple(young),
        leftovers=tuple(leftovers),
        missing=await _missing(artifacts, references, set(paths)),
        dry_run=dry_run,
    )


async def _missing(
    artifacts: ArtifactStoreProtocol, references: list[BundleReference], stored: set[str]
) -> tuple[BundleReference, ...]:
    # Asked for again: the bundle may have come between the two lists.
    absent = [reference for reference in references if reference.model_path not in stored]
    return tuple([r for r in absent if await artifacts.stored_at(r.model_path) is None])
