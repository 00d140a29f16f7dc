"""Pruning: old runs go with their files, and whatever is needed stays."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from huleedu_ml_training.registry.filters import RunFilter
from huleedu_ml_training.registry.runs.pruning import RunFilesError, plan_pruning, prune_runs
from huleedu_ml_training.registry.runs.records import Retention, RunState
from huleedu_ml_training.testing.fakes.run_store import InMemoryRunStore, InMemoryRunTable
from huleedu_ml_training.testing.run_store_suite import start_run

OLD = RunFilter(changed_before=datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
def table():
    return InMemoryRunTable()


@pytest.fixture
def store(table):
    return InMemoryRunStore(table)


async def ended(store, runs_dir, **fields):
    run = await start_run(store, **fields)
    files = runs_dir / str(run.id) / "checkpoints" / "fold-0"
    files.mkdir(parents=True)
    (files / "index.json").write_bytes(b"x" * 10)
    return await store.finish(run.id, RunState.FAILED)


async def test_old_runs_go_with_their_files(store, table, tmp_path):
    registered, tagged, gone, bare = [await ended(store, tmp_path) for _ in range(4)]
    table.registered.add(registered.id)
    await store.tag(tagged.id, add=("keep",))
    busy = await start_run(store)
    stranger = tmp_path / str(uuid4())
    stranger.mkdir()
    await prune_runs(store, [], tmp_path)

    plan = await plan_pruning(store, OLD, tmp_path)
    assert {
        registered.id: Retention.REGISTERED,
        tagged.id: Retention.TAGGED,
        busy.id: Retention.AT_WORK,
        gone.id: None,
        bare.id: None,
    } == {each.run.id: each.kept for each in plan}
    assert [10, 10, 10, 10] == [each.size for each in plan if each.run.id != busy.id]

    await prune_runs(store, plan, tmp_path)

    left = {run.id for run in await store.list_runs()}
    assert left == {registered.id, tagged.id, busy.id}
    directories = {path.name for path in tmp_path.iterdir()}
    assert directories == {str(registered.id), str(tagged.id), stranger.name}


async def test_what_is_wanted_since_the_plan_stays(store, table, tmp_path):
    tagged, resumed, gone = [await ended(store, tmp_path) for _ in range(3)]
    plan = await plan_pruning(store, OLD, tmp_path)
    await store.tag(tagged.id, add=("keep",))
    table.holders[resumed.id] = store
    del table.runs[gone.id]

    done = await prune_runs(store, plan, tmp_path)

    assert [None, Retention.AT_WORK, Retention.TAGGED] == [each.kept for each in done]
    assert (tmp_path / str(tagged.id)).exists()
    assert (tmp_path / str(resumed.id)).exists()


async def test_killed_between_disk_and_row_it_goes_on(store, tmp_path):
    run = await ended(store, tmp_path)

    class Killed(BaseException):
        pass

    class DyingStore(InMemoryRunStore):
        async def discard(self, run_id, remove_files):
            await remove_files()
            raise Killed

    plan = await plan_pruning(store, OLD, tmp_path)
    with pytest.raises(Killed):
        await prune_runs(DyingStore(store._table), plan, tmp_path)
    assert not any(tmp_path.iterdir())
    assert [run] == await store.list_runs()

    await prune_runs(store, await plan_pruning(store, OLD, tmp_path), tmp_path)
    assert [] == await store.list_runs()


async def test_a_disk_that_refuses_keeps_the_row(store, tmp_path, monkeypatch):
    run = await ended(store, tmp_path)
    plan = await plan_pruning(store, OLD, tmp_path)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", refuse)
    with pytest.raises(RunFilesError, match="Permission denied"):
        await prune_runs(store, plan, tmp_path)
    assert [run] == await store.list_runs()


async def test_only_what_is_meant(store, tmp_path):
    await ended(store, tmp_path)
    long_ago = datetime.now(UTC) - timedelta(days=1)
    assert [] == await plan_pruning(store, RunFilter(changed_before=long_ago), tmp_path)
