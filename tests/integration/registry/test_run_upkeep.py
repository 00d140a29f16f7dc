"""Finding, tagging and discarding runs where a real database is the point."""

import asyncio
import signal
import sys
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from huleedu_ml_training.registry.runs.errors import RunNotFoundError
from huleedu_ml_training.registry.runs.ids import AmbiguousRunIdError
from huleedu_ml_training.registry.runs.records import Retention, RunState
from huleedu_ml_training.registry.runs.store import PostgresRunStore
from huleedu_ml_training.testing.run_store_suite import start_run
from huleedu_ml_training.testing.run_upkeep_suite import ended_run, nothing

ADD = text("""
    INSERT INTO ml_training.ml_runs (id, kind, experiment_name, inputs_digest, config)
    VALUES (:id, 'train', 'x', repeat('0', 64), '{}')
""")
WORKER = """
import asyncio, os, shutil, signal, sys
from uuid import UUID
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.registry.runs.store import PostgresRunStore

async def main(url, run_id, directory):
    async def remove_files():
        shutil.rmtree(directory)
        os.kill(os.getpid(), signal.SIGKILL)

    engine = create_engine(ResolvedDatabase(url, embedded=False))
    await PostgresRunStore(engine).discard(UUID(run_id), remove_files)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def store(engine):
    store = PostgresRunStore(engine)
    yield store
    await store.close()


async def test_ambiguous_ids_are_listed(engine, store):
    twins = [UUID(f"abcd{last:028x}") for last in (1, 2)]
    async with engine.begin() as connection:
        for twin in twins:
            await connection.execute(ADD, {"id": twin})
    with pytest.raises(AmbiguousRunIdError) as caught:
        await store.find("ABCD-0000")
    assert set(twins) == {run.id for run in caught.value.candidates}
    assert twins[1] == (await store.find(str(twins[1]))).id


async def test_a_run_whose_model_is_registered_stays(store, shelf):
    run = await ended_run(store)
    model = await shelf.add()
    await shelf.registry.register(replace(model, model_name="other", run_id=run.id), actor="anna")

    async def remove_files():
        pytest.fail("files of a run that stays were removed")

    assert {run.id: Retention.REGISTERED} == await store.retained([run.id])
    assert Retention.REGISTERED is await store.discard(run.id, remove_files)
    assert run == await store.get(run.id)


async def test_a_tag_that_comes_while_files_go_finds_no_run(engine, store):
    run = await ended_run(store)
    other = PostgresRunStore(engine)
    tagging = []

    async def remove_files():
        tagging.append(asyncio.create_task(other.tag(run.id, add=("keep",))))
        await asyncio.sleep(0.05)
        assert not tagging[0].done()

    assert await store.discard(run.id, remove_files) is None
    with pytest.raises(RunNotFoundError):
        await tagging[0]


async def test_kill_minus_nine_between_disk_and_row(store, database_url, tmp_path):
    run = await ended_run(store)
    directory = tmp_path / str(run.id)
    directory.mkdir()
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORKER, database_url, str(run.id), str(directory))
    )
    assert -signal.SIGKILL == await worker.wait()
    assert not directory.exists()
    assert run == await store.get(run.id)
    for _ in range(500):
        if await store.discard(run.id, nothing) is None:
            break
        await asyncio.sleep(0.01)
    assert [] == await store.list_runs()


async def test_filters_are_a_matter_of_the_database(engine, store):
    """Tags are found by their index; a figure that is no number troubles no query."""
    await ended_run(store, "not a number", tags=("a",))
    await start_run(store)
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await connection.scalars(
            text("EXPLAIN SELECT 1 FROM ml_training.ml_runs WHERE tags @> ARRAY['a']")
        )
        assert "ix_ml_runs_tags" in "\n".join(plan)
    assert RunState.COMPLETED is (await store.list_runs(limit=None))[1].state
