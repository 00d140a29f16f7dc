"""A run whose process is gone can go on at once."""

import asyncio
import signal
import sys
from uuid import UUID

import pytest
from sqlalchemy import text

from huleedu_ml_training.registry.runs.errors import RunElsewhereError, RunNotResumableError
from huleedu_ml_training.registry.runs.records import RunKind, RunState
from huleedu_ml_training.registry.runs.store import PostgresRunStore
from huleedu_ml_training.testing.run_store_suite import DIGEST, start_run

WORKER = """
import asyncio, sys
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.registry.runs.store import PostgresRunStore
from huleedu_ml_training.testing.run_store_suite import start_run

async def main(url):
    engine = create_engine(ResolvedDatabase(url, embedded=False))
    run = await start_run(PostgresRunStore(engine))
    print(run.id, flush=True)
    await asyncio.sleep(600)

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture
async def store(engine):
    store = PostgresRunStore(engine)
    yield store
    await store.close()


async def until_free(store: PostgresRunStore) -> None:
    """Wait until the server has noticed that a process or a connection is gone."""
    for _ in range(500):
        if not await store.alive():
            return
        await asyncio.sleep(0.01)
    pytest.fail("a run is held although nobody is at work on it")


async def test_kill_minus_nine_frees_a_run_at_once(store, database_url):
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORKER, database_url), stdout=asyncio.subprocess.PIPE
    )
    try:
        run_id = UUID((await worker.stdout.readline()).decode().strip())
        assert {run_id} == await store.alive()
        with pytest.raises(RunNotResumableError):
            await store.resume(run_id, correlation_id=None)
    finally:
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    await until_free(store)
    found = await store.find_resumable(kind=RunKind.TRAIN, inputs_digest=DIGEST)
    assert (run_id, RunState.RUNNING) == (found.id, found.state)
    assert run_id == (await store.resume(run_id, correlation_id="c-2")).id


async def cut_locks(engine) -> None:
    """End every session that holds a lock of a run, as a restart of the server would."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database"
                " ON pg_database.oid = database WHERE locktype = 'advisory'"
                " AND datname = current_database()"
            )
        )


async def test_a_lost_connection_is_mended_when_the_run_ends(store, engine):
    run = await start_run(store)
    await cut_locks(engine)
    await until_free(store)
    assert RunState.COMPLETED is (await store.finish(run.id, RunState.COMPLETED)).state


async def test_a_run_taken_over_meanwhile_is_not_ended_twice(store, engine):
    run = await start_run(store)
    await cut_locks(engine)
    await until_free(store)
    other = PostgresRunStore(engine)
    try:
        resumed = await other.resume(run.id, correlation_id="c-2")
        with pytest.raises(RunElsewhereError):
            await store.finish(run.id, RunState.COMPLETED)
        assert resumed == await store.get(run.id)
        assert RunState.COMPLETED is (await other.finish(run.id, RunState.COMPLETED)).state
    finally:
        await other.close()


async def test_many_runs_do_not_use_up_the_pool(store):
    """The pool has five connections and ten to spare; each run takes one from beside it."""
    runs = [await start_run(store, experiment_name=str(i)) for i in range(20)]
    assert {run.id for run in runs} == await store.alive()
    for run in runs:
        await store.finish(run.id, RunState.INTERRUPTED)
    await until_free(store)


async def test_closing_lets_go_of_every_run(engine, store):
    other = PostgresRunStore(engine)
    await start_run(other)
    await start_run(other)
    await other.close()
    await until_free(store)
