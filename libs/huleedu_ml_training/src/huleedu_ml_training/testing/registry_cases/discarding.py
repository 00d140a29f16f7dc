"""Bundles without versions, and versions without bundles."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from huleedu_ml_training.registry.artifacts.errors import ArtifactExistsError, ArtifactNotFoundError
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.records import BundleReference, ModelRecord, Stage
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf

_NO_GRACE = timedelta(0)


class DiscardingCases:
    """What a collection removes and what it leaves."""

    pytestmark = pytest.mark.asyncio

    async def test_collects_what_no_version_names(self, shelf: Shelf) -> None:
        """Bundles of versions stay, whatever their stage; young ones stay; absent ones are told."""
        registry, artifacts = shelf.registry, shelf.artifacts
        kept, lost = await shelf.into_production(), await shelf.add()
        await registry.demote(str(kept.id), Stage.ARCHIVED, actor="anna", reason="old", force=True)
        orphan = await artifacts.write("model_orphan", small_bundle().files)
        await shelf.damage(lost)
        before = await registry.history(NAME)
        absent = BundleReference(lost.model_path, lost.id, NAME, lost.version, Stage.DEV)

        day = await collect_garbage(registry, artifacts, grace=timedelta(days=1))
        assert ((), [orphan]) == (day.removed, [bundle.path for bundle in day.young])
        dry = await collect_garbage(registry, artifacts, grace=_NO_GRACE, dry_run=True)
        assert ([orphan], True) == ([bundle.path for bundle in dry.removed], dry.dry_run)
        assert sorted([kept.model_path, orphan]) == await artifacts.list_paths()
        found = await collect_garbage(registry, artifacts, grace=_NO_GRACE)
        assert ([orphan], (), (absent,)) == (
            [bundle.path for bundle in found.removed],
            found.young,
            found.missing,
        )
        assert [kept.model_path] == await artifacts.list_paths()
        again = await collect_garbage(registry, artifacts, grace=_NO_GRACE)
        assert ((), (absent,)) == (again.removed, again.missing)
        assert before == await registry.history(NAME)

    async def test_what_a_version_names_is_not_discarded(self, shelf: Shelf) -> None:
        """Whatever a survey said before: the registry is asked in the moment of removal."""
        model = await shelf.add()
        orphan = await shelf.artifacts.write("model_orphan", small_bundle().files)
        later = datetime.now(UTC) + timedelta(hours=1)
        assert not await shelf.registry.discard_bundle(model.model_path, stored_before=later)
        earlier = later - timedelta(hours=2)
        assert not await shelf.registry.discard_bundle(orphan, stored_before=earlier)
        assert await shelf.registry.discard_bundle(orphan, stored_before=later)
        assert not await shelf.registry.discard_bundle(orphan, stored_before=later)
        assert [model.model_path] == await shelf.artifacts.list_paths()

    async def test_a_bundle_in_the_place_of_a_lost_one(self, shelf: Shelf) -> None:
        """A version keeps its own bundle, not another that lies where its own should be."""
        model = await shelf.add()
        await shelf.damage(model)
        name, later = model.model_path.rpartition("/")[2], datetime.now(UTC) + timedelta(hours=1)
        bundle = small_bundle("20260101_000000")
        path = await shelf.artifacts.write(name, bundle.files)
        discard = partial(shelf.registry.discard_bundle, path, stored_before=later)
        assert not await discard()
        assert not await discard(digest=model.digest)
        assert await discard(digest=bundle.digest)
        await shelf.artifacts.write(name, small_bundle(model.version).files)
        assert not await discard(digest=model.digest)

    async def test_a_version_without_a_bundle_is_not_registered(self, shelf: Shelf) -> None:
        """A registered version has its own bundle, not none and not another's."""
        model = await shelf.add()
        with pytest.raises(ArtifactNotFoundError):
            await shelf.registry.register(
                replace(model, version="20260101_000000", model_path="models/none"), actor="anna"
            )
        other = await shelf.artifacts.write("model_other", small_bundle().files)
        with pytest.raises(ArtifactExistsError):
            await shelf.registry.register(
                replace(model, version="20260101_000000", model_path=other), actor="anna"
            )
        assert [model] == await shelf.registry.list_models()
        assert 1 == len(await shelf.registry.history(NAME))

    async def test_registering_and_discarding_at_once(self, shelf: Shelf) -> None:
        """Either the version has its bundle or there is neither; whoever comes first."""
        later = datetime.now(UTC) + timedelta(hours=1)
        for number in range(6):
            bundle = small_bundle(f"20260101_{number:06d}")
            path = await shelf.artifacts.write(f"model_{number}", bundle.files)
            candidate = candidate_from_bundle(bundle, model_path=path)
            calls = [
                shelf.registry.register(candidate, actor="anna"),
                shelf.registry.discard_bundle(path, stored_before=later),
            ]
            outcomes = await asyncio.gather(
                *(calls if number % 2 else calls[::-1]), return_exceptions=True
            )
            registered = [o for o in outcomes if isinstance(o, ModelRecord)]
            removed = True in outcomes
            assert removed is not bool(registered)
            if removed:
                assert 1 == sum(isinstance(o, ArtifactNotFoundError) for o in outcomes)
        stored = await shelf.artifacts.list_paths()
        references = await shelf.registry.bundle_references()
        assert stored == sorted(reference.model_path for reference in references)
