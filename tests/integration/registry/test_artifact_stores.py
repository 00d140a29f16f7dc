"""The registry does the same with either store, on a real PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from huleedu_essay_features.pipeline import create_pipeline
from huleedu_ml_training.config import RegistrySettings, Settings
from huleedu_ml_training.inference.registered import registry_source
from huleedu_ml_training.inference.reloading import ReloadingScorer
from huleedu_ml_training.registry.artifacts.bucket import Bucket
from huleedu_ml_training.registry.artifacts.errors import ArtifactExistsError
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.artifacts.s3 import S3ArtifactStore
from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.errors import DamagedModelError, DamagedModelsError
from huleedu_ml_training.registry.promotion_errors import RollbackTargetDamagedError
from huleedu_ml_training.registry.publishing import ModelPublisher
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.verification import verify_bundles
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.registry_cases.shelf import NAME
from huleedu_ml_training.testing.working_bundles import working_bundle

NO_GRACE = timedelta(0)
A_DAY = timedelta(days=1)


@pytest.fixture
def s3_settings(s3_server):
    return s3_server.settings()


@pytest.fixture(params=["local", "s3"])
def artifacts(request, tmp_path):
    if request.param == "local":
        return LocalArtifactStore(tmp_path)
    return S3ArtifactStore(Bucket(request.getfixturevalue("s3_settings")))


async def test_up_and_back_again(registry, shelf, artifacts):
    first = await shelf.into_production()
    second = await shelf.into_production()
    assert second.id == (await registry.find(NAME, stage=Stage.PRODUCTION)).id
    assert first.id == (await registry.rollback(NAME, actor="anna")).id
    await verify_bundles(artifacts, await registry.list_models())
    await shelf.check_invariants()


async def test_publishing_two_in_one_second(registry, artifacts):
    publisher = ModelPublisher(artifacts, registry)
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    versions = [
        (await publisher.publish(small_bundle, created_at=moment, actor="anna")).version
        for _ in range(2)
    ]
    assert ["20250101_000000", "20250101_000001"] == versions
    await verify_bundles(artifacts, await registry.list_models())


async def test_another_bundle_in_the_place_of_a_version(registry, shelf, artifacts):
    first = await shelf.add()
    bundle = small_bundle(first.version, qwk_low=0.9)
    publisher = ModelPublisher(artifacts, registry)
    with pytest.raises(ArtifactExistsError):
        await publisher.adopt(bundle, actor="anna", model_name="other")


async def test_a_bundle_that_is_gone(registry, shelf, artifacts):
    damaged = await shelf.into_production()
    await shelf.into_production()
    await shelf.damage(damaged)
    with pytest.raises(RollbackTargetDamagedError):
        await registry.rollback(NAME, actor="anna")
    new = await shelf.add()
    await shelf.damage(new)
    with pytest.raises(DamagedModelError):
        await registry.promote(str(new.id), Stage.STAGING, actor="anna")
    with pytest.raises(DamagedModelsError) as caught:
        await verify_bundles(artifacts, await registry.list_models())
    assert {damaged.id, new.id} == {failure.model.id for failure in caught.value.failures}


async def test_a_collection_finds_what_is_too_much_and_what_is_missing(registry, shelf, artifacts):
    kept, gone = await shelf.add(), await shelf.add()
    await shelf.damage(gone)
    orphan = await artifacts.write("model_orphan", small_bundle().files)
    for dry_run in (True, False):
        found = await collect_garbage(registry, artifacts, grace=NO_GRACE, dry_run=dry_run)
        assert [orphan] == [bundle.path for bundle in found.removed]
        assert [gone.id] == [reference.model_id for reference in found.missing]
        left = [kept.model_path, orphan] if dry_run else [kept.model_path]
        assert left == await artifacts.list_paths()
    again = await collect_garbage(registry, artifacts, grace=NO_GRACE)
    assert ((), [gone.id]) == (again.removed, [each.model_id for each in again.missing])


async def test_a_collection_honours_the_grace_period(registry, shelf, artifacts):
    await shelf.add()
    orphan = await artifacts.write("model_orphan", small_bundle().files)
    found = await collect_garbage(registry, artifacts, grace=A_DAY)
    assert ((), [orphan]) == (found.removed, [bundle.path for bundle in found.young])
    assert orphan in await artifacts.list_paths()


async def test_a_service_grades_with_what_the_store_has(
    registry, shelf, artifacts, request, database_url, tmp_path
):
    in_s3 = isinstance(artifacts, S3ArtifactStore)
    places = {"artifacts": request.getfixturevalue("s3_settings")} if in_s3 else {}
    settings = Settings(
        database_url=SecretStr(database_url),
        home=tmp_path,
        registry=RegistrySettings(**places),
    )
    bundle = working_bundle(create_pipeline("none", parser="none", checker="none").schema)
    model = await ModelPublisher(artifacts, registry).adopt(bundle, actor="anna")
    await shelf.promote(model, Stage.STAGING, Stage.PRODUCTION)
    source = registry_source(settings, listen=False)
    scorer = await asyncio.to_thread(ReloadingScorer, source)
    try:
        assert model.version == scorer.status.version
        assert 1 == len(await scorer.score_texts_async(["I like my school. It is big."]))
    finally:
        await asyncio.to_thread(scorer.close)
