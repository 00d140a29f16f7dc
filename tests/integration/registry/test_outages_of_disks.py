"""Disks that are full or may only be read: nothing is half-done, on disk or in the ledger."""

import os
import resource
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from huleedu_ml_training.registry.artifacts.errors import ArtifactStoreError
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.errors import DamagedModelError
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.promotion_errors import RollbackTargetDamagedError
from huleedu_ml_training.registry.publishing import ModelPublisher
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.testing.bundles import small_bundle, small_files
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, NAME, Shelf
from huleedu_ml_training.testing.torture.operations import OPERATIONS, check_restored

CREATED_AT = datetime(2025, 6, 1, tzinfo=UTC)


def large_bundle(version):
    files = {**small_files(), "grader.onnx": os.urandom(1_500_000)}
    return small_bundle(version, files=files)


def publish(registry, artifacts, make_bundle=small_bundle):
    publisher = ModelPublisher(artifacts, registry)
    return publisher.publish(make_bundle, created_at=CREATED_AT, actor="anna")


@contextmanager
def largest_file(n_bytes):
    """Have the system refuse files of this process that grow larger, as a quota does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_file_that_may_not_grow(shelf, registry, artifacts, tmp_path):
    with largest_file(100_000), pytest.raises(ArtifactStoreError):
        await publish(registry, artifacts, large_bundle)
    assert [] == await registry.list_models()
    assert [] == list((tmp_path / "models").iterdir())
    model = await publish(registry, artifacts, large_bundle)
    assert Stage.STAGING is (await shelf.promote(model, Stage.STAGING)).stage


@pytest.fixture
def small_disk(tmp_path):
    """Return a disk of 1 MiB, and what mounts it anew with other options."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here: {error}")

    def remount(option):
        again = ["mount", "-o", f"remount,{option}", str(disk)]
        subprocess.run(again, check=True, capture_output=True)

    yield disk, remount
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def on_small_disk(small_disk, engine):
    disk, _ = small_disk
    artifacts = LocalArtifactStore(disk)
    return Shelf(
        PostgresModelRegistry(engine, MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts),
        artifacts,
    )


async def test_a_full_disk(on_small_disk, small_disk):
    disk, _ = small_disk
    registry, artifacts = on_small_disk.registry, on_small_disk.artifacts
    model = await on_small_disk.into_production()
    with pytest.raises(ArtifactStoreError) as caught:
        await publish(registry, artifacts, large_bundle)
    assert "No space left" in caught.value.what
    assert [model] == await registry.list_models()
    assert [model.model_path] == await artifacts.list_paths()
    await check_restored(on_small_disk, disk)
    await publish(registry, artifacts)


@pytest.mark.parametrize("name", ["register", "gc"])
async def test_a_disk_that_may_only_be_read(on_small_disk, small_disk, name):
    """What is there can be read, promoted and rolled back; what needs the disk is refused."""
    disk, remount = small_disk
    registry, artifacts = on_small_disk.registry, on_small_disk.artifacts
    first = await on_small_disk.into_production()
    challenger = await on_small_disk.promote(await on_small_disk.add(), Stage.STAGING)
    subject = await OPERATIONS[name].prepare(on_small_disk)
    before = await registry.history(NAME)
    remount("ro")
    with pytest.raises(ArtifactStoreError) as caught:
        await OPERATIONS[name].do(registry, artifacts, subject)
    assert "Read-only" in caught.value.what
    assert before == await registry.history(NAME)
    await on_small_disk.promote(challenger, Stage.PRODUCTION)
    assert first.id == (await registry.rollback(NAME, actor="anna")).id
    remount("rw")
    await check_restored(on_small_disk, disk)
    await OPERATIONS[name].do(registry, artifacts, subject)


async def test_a_bundle_that_was_cut_short(shelf, registry, tmp_path):
    """Copied to the end of a full disk, say: it goes nowhere, neither up nor back."""
    older, newer, fresh = [await shelf.into_production() for _ in range(2)] + [await shelf.add()]
    for model in (older, fresh):
        path = tmp_path / model.model_path / "calibration.json"
        path.write_bytes(path.read_bytes()[:-1])
    before = await registry.history(NAME)
    with pytest.raises(DamagedModelError):
        await shelf.promote(fresh, Stage.STAGING)
    with pytest.raises(RollbackTargetDamagedError):
        await registry.rollback(NAME, actor="anna")
    assert before == await registry.history(NAME)
    assert newer.id == (await registry.find(NAME, stage=Stage.PRODUCTION)).id


async def test_a_clock_that_was_set_back_keeps_bundles(registry, artifacts, tmp_path):
    """A bundle from the future is no garbage yet, and no writer's work is swept away."""
    path = await artifacts.write("model_orphan", small_bundle().files)
    working = tmp_path / "models" / ".tmp-model_a-1"
    working.mkdir()
    future = datetime.now(UTC).timestamp() + 86_400
    for place in (tmp_path / path, working):
        os.utime(place, (future, future))
    found = await collect_garbage(registry, artifacts, grace=timedelta(0))
    assert ((), ()) == (found.removed, found.leftovers)
    assert [path] == [bundle.path for bundle in found.young]
    assert working.exists()
