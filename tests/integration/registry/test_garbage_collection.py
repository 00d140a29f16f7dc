"""Collecting bundles that no version names, while others work and when it is killed."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from huleedu_ml_training.registry import ledger
from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.publishing import ModelPublisher
from huleedu_ml_training.registry.tables import ModelRow
from huleedu_ml_training.registry.transactions import DatabaseBusyError
from huleedu_ml_training.registry.verification import verify_bundles
from huleedu_ml_training.testing.bundles import small_bundle

NO_GRACE = timedelta(0)


async def test_publishing_while_garbage_is_collected(registry, artifacts):
    """Even without a grace period every version that was published has its bundle."""
    publisher = ModelPublisher(artifacts, registry)
    published = []

    async def publish(qwk_low: float) -> None:
        make = partial(small_bundle, qwk_low=qwk_low)
        for day in range(1, 6):
            created_at = datetime(2025, 1, day, tzinfo=UTC)
            published.append(await publisher.publish(make, created_at=created_at, actor="anna"))

    async def collect() -> None:
        while len(published) < 10:
            await collect_garbage(registry, artifacts, grace=NO_GRACE)

    await asyncio.gather(publish(0.5), publish(0.6), collect())
    await verify_bundles(artifacts, await registry.list_models())
    assert sorted(model.model_path for model in published) == await artifacts.list_paths()


async def test_a_bundle_that_is_being_registered_is_waited_for(
    registry, artifacts, engine, monkeypatch
):
    path = await artifacts.write("model_a", small_bundle().files)
    later = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr(ledger, "_LOCK_TIMEOUT", "100ms")
    async with AsyncSession(engine) as registering, registering.begin():
        await ledger.lock_bundle(registering, path)
        with pytest.raises(DatabaseBusyError):
            await registry.discard_bundle(path, stored_before=later)
    assert [path] == await artifacts.list_paths()
    assert await registry.discard_bundle(path, stored_before=later)


KILLED_COLLECTOR = """
import asyncio, os, shutil, signal, sys
from datetime import timedelta
from pathlib import Path
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.registry.artifacts import local
from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry

def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

async def main(url, home, step):
    where, name = {
        "moving": (Path, "rename"),
        "syncing": (local, "sync_directory"),
        "removing": (shutil, "rmtree"),
    }[step]
    store = local.LocalArtifactStore(Path(home))
    engine = create_engine(ResolvedDatabase(url, embedded=False))
    registry = PostgresModelRegistry(engine, MetricsGate(min_qwk_lower_bound=0.4), store)
    setattr(where, name, die)
    await collect_garbage(registry, store, grace=timedelta(0))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("step", ["moving", "syncing", "removing"])
async def test_a_killed_collector_does_no_harm(
    shelf, registry, artifacts, database_url, tmp_path, step
):
    model = await shelf.add()
    orphan = await artifacts.write("model_orphan", small_bundle().files)
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED_COLLECTOR, database_url, str(tmp_path), step)
    )
    assert -signal.SIGKILL == await killed.wait()
    whole = [orphan] if step == "moving" else []
    assert sorted([model.model_path, *whole]) == await artifacts.list_paths()
    for left in (tmp_path / "models").glob(".tmp-*"):
        os.utime(left, (0, 0))
    found = await collect_garbage(registry, artifacts, grace=NO_GRACE)
    assert (len(whole), 1 - len(whole)) == (len(found.removed), len(found.leftovers))
    assert [tmp_path / model.model_path] == list((tmp_path / "models").iterdir())
    await verify_bundles(artifacts, [model])


async def test_a_collection_does_not_touch_versions(shelf, registry, artifacts, engine):
    model = await shelf.add()
    await shelf.damage(model)
    found = await collect_garbage(registry, artifacts, grace=NO_GRACE)
    assert [model.id] == [reference.model_id for reference in found.missing]
    async with AsyncSession(engine) as session:
        assert [model.id] == list(await session.scalars(select(ModelRow.id)))
