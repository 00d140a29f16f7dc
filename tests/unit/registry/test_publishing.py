"""From a finished bundle to a registered version."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from uuid import uuid4

import pytest

from huleedu_ml_training.domain.errors import InfrastructureError
from huleedu_ml_training.export.bundle_errors import InvalidBundleDocumentError
from huleedu_ml_training.registry.artifacts.errors import ArtifactExistsError
from huleedu_ml_training.registry.candidates import InvalidCandidateError, candidate_from_bundle
from huleedu_ml_training.registry.errors import VersionExistsError
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.publishing import ModelPublisher, version_of
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.verification import read_registered_bundle
from huleedu_ml_training.testing.bundles import small_bundle, small_files
from huleedu_ml_training.testing.fakes.artifact_store import InMemoryArtifactStore
from huleedu_ml_training.testing.fakes.model_registry import InMemoryModelRegistry

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def store():
    return InMemoryArtifactStore()


@pytest.fixture
def registry(store):
    return InMemoryModelRegistry(MetricsGate(min_qwk_lower_bound=0.4), store)


@pytest.fixture
def publisher(store, registry):
    return ModelPublisher(store, registry)


def test_a_version_is_utc_to_the_second():
    local = datetime(2025, 7, 1, 0, 30, 15, 999999, timezone(timedelta(hours=2)))
    assert "20250630_223015" == version_of(local)


async def test_publishes_what_the_bundle_says(publisher, store):
    run_id = uuid4()
    model = await publisher.publish(
        small_bundle, created_at=NOON, actor="anna", run_id=run_id, correlation_id="c-1"
    )
    assert ("essay-scorer", "20250101_120000", "models/model_20250101_120000") == (
        model.model_name,
        model.version,
        model.model_path,
    )
    assert (Stage.DEV, run_id) == (model.stage, model.run_id)
    assert ("F", "A", 8) == (model.scale[0], model.scale[-1], len(model.scale))
    assert ("total_words", "mtld", "spelling_error_rate") == model.feature_names
    assert {"kind": "cumulative_binary"} == model.hyperparameters
    assert 0.7 == model.metrics["values"]["qwk"]["value"]
    assert ["synthetic"] == model.metadata["labels"]
    assert model.metadata["parity"]["passed"]
    assert "d" * 64 == model.metadata["dataset_digest"]
    assert model.digest == (await read_registered_bundle(store, model)).digest


async def test_two_jobs_that_end_in_one_second_get_two_versions(publisher, store):
    models = await asyncio.gather(
        *(publisher.publish(small_bundle, created_at=NOON, actor="anna") for _ in range(3))
    )
    assert ["20250101_120000", "20250101_120001", "20250101_120002"] == sorted(
        model.version for model in models
    )
    assert 3 == len(await store.list_paths())


async def test_a_version_whose_bundle_is_lost_is_not_used_again(publisher, store):
    first = await publisher.publish(small_bundle, created_at=NOON, actor="anna")
    await store.delete(first.model_path)
    another = partial(small_bundle, qwk_low=0.5)
    second = await publisher.publish(another, created_at=NOON, actor="anna")
    assert "20250101_120001" == second.version
    assert [second.model_path] == await store.list_paths()


async def test_a_whole_minute_that_is_taken(publisher):
    for second in range(60):
        await publisher.publish(
            small_bundle, created_at=NOON + timedelta(seconds=second), actor="anna"
        )
    with pytest.raises(VersionExistsError):
        await publisher.publish(small_bundle, created_at=NOON, actor="anna")


async def test_a_registry_that_fails_leaves_the_bundle(store, registry):
    class UnreachableError(InfrastructureError):
        pass

    class LostConnection:
        """Registers, and then cannot say so."""

        async def register(self, candidate, *, actor, correlation_id=None):
            await registry.register(candidate, actor=actor, correlation_id=correlation_id)
            raise UnreachableError

    with pytest.raises(UnreachableError):
        await ModelPublisher(store, LostConnection()).publish(
            small_bundle, created_at=NOON, actor="anna"
        )
    [model] = await registry.list_models()
    assert model.digest == (await read_registered_bundle(store, model)).digest


class TestAdopting:
    async def test_stores_and_registers(self, publisher, store):
        bundle = small_bundle()
        model = await publisher.adopt(bundle, actor="anna")
        assert bundle.digest == (await read_registered_bundle(store, model)).digest

    async def test_a_bundle_of_the_store_is_not_copied(self, publisher, store):
        bundle = small_bundle()
        path = await store.write("model_20250101_120000", bundle.files)
        model = await publisher.adopt(bundle, actor="anna")
        assert (path, [path]) == (model.model_path, await store.list_paths())

    async def test_under_another_name(self, publisher):
        model = await publisher.adopt(small_bundle(), actor="anna", model_name="other")
        assert "other" == model.model_name

    async def test_another_bundle_of_that_version(self, publisher, store):
        await store.write("model_20250101_120000", small_bundle(qwk_low=0.1).files)
        with pytest.raises(ArtifactExistsError):
            await publisher.adopt(small_bundle(), actor="anna")

    async def test_a_damaged_bundle_of_that_version(self, publisher, store):
        path = await store.write("model_20250101_120000", small_bundle().files)
        store.bundles[path]["grader.onnx"] = b"another"
        with pytest.raises(ArtifactExistsError):
            await publisher.adopt(small_bundle(), actor="anna")

    async def test_what_cannot_be_registered_is_not_stored(self, publisher, store):
        with pytest.raises(InvalidCandidateError):
            await publisher.adopt(small_bundle(), actor="anna", model_name="../x")
        odd = small_bundle(files={**small_files(), "config.yaml": b"{}"})
        with pytest.raises(InvalidBundleDocumentError):
            await publisher.adopt(odd, actor="anna")
        assert [] == await store.list_paths()

    async def test_twice(self, publisher):
        await publisher.adopt(small_bundle(), actor="anna")
        with pytest.raises(VersionExistsError):
            await publisher.adopt(small_bundle(), actor="anna")


@pytest.mark.parametrize(
    "config",
    [
        b"",
        b"- a",
        b"training: {}",
        b"model: text",
        b"model: [",
        b"model: &a {b: *a}",
        b"x: &x [1, 1]\ny: &y [*x, *x]\nmodel: {z: [*y, *y]}",
        b"model: !!python/object/apply:os.system [ls]",
        b"model: {" + b"a: {" * 2000,
        b"\xff\xfe\x00",
        b"model: \x00",
    ],
)
def test_a_configuration_that_is_none(config):
    bundle = small_bundle(files={**small_files(), "config.yaml": config})
    with pytest.raises(InvalidBundleDocumentError) as caught:
        candidate_from_bundle(bundle, model_path="models/model_a")
    assert "config.yaml" == caught.value.name
