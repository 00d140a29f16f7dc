"""Conformance suite of :class:`RunStoreProtocol`: inherit it and override one fixture."""

import asyncio
from uuid import uuid4

import pytest

from huleedu_ml_training.registry.filters import RunFilter
from huleedu_ml_training.registry.runs.errors import (
    RunElsewhereError,
    RunFinishedError,
    RunNotFoundError,
    RunNotResumableError,
)
from huleedu_ml_training.registry.runs.records import RunKind, RunRecord, RunState
from huleedu_ml_training.registry.storable import InvalidTextError
from huleedu_ml_training.testing.run_upkeep_suite import (
    DIGEST,
    OpenStore,
    RunUpkeepCases,
    start_run,
)

__all__ = ["DIGEST", "OpenStore", "RunStoreSuite", "start_run"]


class RunStoreSuite(RunUpkeepCases):
    """What every run store does. Override :meth:`open_store`."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Return a function that opens a further store on the same runs.

        Each store plays a process of its own; closing one plays the end of that process.
        """
        raise NotImplementedError

    async def test_starts_running(self, open_store: OpenStore) -> None:
        """A started run is running, alive, and holds what it was given."""
        store = await open_store()
        run = await start_run(store)
        assert (run.state, run.finished_at, run.metrics) == (RunState.RUNNING, None, {})
        assert (
            run.experiment_name,
            run.inputs_digest,
            run.dataset_digest,
        ) == ("first", DIGEST, "d" * 64)
        assert run.config == {"training": {"seed": 42}}
        assert run.started_at.utcoffset() is not None
        assert run == await store.get(run.id)
        assert {run.id} == await store.alive()

    @pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.FAILED, RunState.INTERRUPTED])
    async def test_finishes(self, open_store: OpenStore, state: RunState) -> None:
        """A finished run keeps its outcome and is alive no more."""
        store = await open_store()
        run = await start_run(store)
        error = {"code": "x", "what": "y"} if state is RunState.FAILED else None
        finished = await store.finish(run.id, state, metrics={"qwk": 0.7}, error=error)
        assert (state, {"qwk": 0.7}, error) == (finished.state, finished.metrics, finished.error)
        assert finished.finished_at is not None
        assert finished.finished_at >= run.started_at
        assert finished == await store.get(run.id)
        assert frozenset() == await store.alive()

    @pytest.mark.parametrize("first", [RunState.COMPLETED, RunState.FAILED])
    async def test_terminal_states_stay(self, open_store: OpenStore, first: RunState) -> None:
        """What has ended for good is neither ended again nor resumed."""
        store = await open_store()
        run = await start_run(store)
        before = await store.finish(run.id, first)
        for second in (RunState.COMPLETED, RunState.FAILED, RunState.INTERRUPTED):
            with pytest.raises(RunFinishedError):
                await store.finish(run.id, second, metrics={"qwk": 1.0})
        with pytest.raises(RunNotResumableError) as caught:
            await store.resume(run.id, correlation_id=None)
        assert not caught.value.alive
        assert before == await store.get(run.id)
        assert frozenset() == await store.alive()

    async def test_resumes_an_interrupted_run(self, open_store: OpenStore) -> None:
        """An interrupted run goes on under the new correlation id."""
        store = await open_store()
        run = await start_run(store)
        await store.finish(run.id, RunState.INTERRUPTED)
        resumed = await store.resume(run.id, correlation_id="c-2")
        assert (
            resumed.state,
            resumed.correlation_id,
            resumed.finished_at,
        ) == (RunState.RUNNING, "c-2", None)
        assert {run.id} == await store.alive()
        assert RunState.COMPLETED is (await store.finish(run.id, RunState.COMPLETED)).state

    async def test_a_living_run_is_left_alone(self, open_store: OpenStore) -> None:
        """Nobody resumes or ends a run that a process is at work on."""
        mine, other = await open_store(), await open_store()
        run = await start_run(mine)
        for store in (mine, other):
            with pytest.raises(RunNotResumableError) as caught:
                await store.resume(run.id, correlation_id=None)
            assert caught.value.alive
        with pytest.raises(RunElsewhereError):
            await other.finish(run.id, RunState.FAILED)
        assert run == await mine.get(run.id)
        assert RunState.COMPLETED is (await mine.finish(run.id, RunState.COMPLETED)).state

    async def test_a_dead_process_frees_its_run(self, open_store: OpenStore) -> None:
        """When the process is gone its run is still running, dead, and can go on elsewhere."""
        mine, other = await open_store(), await open_store()
        run = await start_run(mine)
        assert await other.find_resumable(kind=RunKind.TRAIN, inputs_digest=DIGEST) is None
        await mine.close()
        assert frozenset() == await other.alive()
        assert run == await other.find_resumable(kind=RunKind.TRAIN, inputs_digest=DIGEST)
        await other.resume(run.id, correlation_id=None)
        with pytest.raises(RunElsewhereError):
            await mine.finish(run.id, RunState.COMPLETED)

    async def test_anybody_may_end_a_dead_run(self, open_store: OpenStore) -> None:
        """A run without a process can be marked as failed."""
        mine, other = await open_store(), await open_store()
        run = await start_run(mine)
        await mine.close()
        assert RunState.FAILED is (await other.finish(run.id, RunState.FAILED)).state

    async def test_one_of_many_resumes_wins(self, open_store: OpenStore) -> None:
        """Of concurrent processes that resume one run exactly one gets it."""
        stores = [await open_store() for _ in range(4)]
        run = await start_run(stores[0])
        await stores[0].finish(run.id, RunState.INTERRUPTED)
        outcomes = await asyncio.gather(
            *(store.resume(run.id, correlation_id=None) for store in stores),
            return_exceptions=True,
        )
        assert 1 == sum(isinstance(outcome, RunRecord) for outcome in outcomes)
        assert 3 == sum(isinstance(outcome, RunNotResumableError) for outcome in outcomes)

    async def test_finds_the_newest_run_of_the_same_work(self, open_store: OpenStore) -> None:
        """Only unfinished, free runs of the same kind and inputs are found, the newest first."""
        store = await open_store()
        runs = [await start_run(store, experiment_name=str(i)) for i in range(3)]
        for run in runs:
            await store.finish(run.id, RunState.INTERRUPTED)
        done = await start_run(store)
        await store.finish(done.id, RunState.COMPLETED)
        failed = await start_run(store)
        await store.finish(failed.id, RunState.FAILED)
        await start_run(store)
        for other in ({"kind": RunKind.TUNE}, {"inputs_digest": "b" * 64}):
            run = await start_run(store, **other)
            await store.finish(run.id, RunState.INTERRUPTED)
        found = await store.find_resumable(kind=RunKind.TRAIN, inputs_digest=DIGEST)
        assert found is not None
        assert runs[2].id == found.id

    async def test_lists_newest_first(self, open_store: OpenStore) -> None:
        """The list is filtered by kind and cut at the limit."""
        store = await open_store()
        ids = [
            (await start_run(store, kind=kind)).id
            for kind in (RunKind.TRAIN, RunKind.TUNE, RunKind.TRAIN)
        ]
        assert ids[::-1] == [run.id for run in await store.list_runs()]
        assert [ids[2], ids[0]] == [
            run.id for run in await store.list_runs(RunFilter(kind=RunKind.TRAIN))
        ]
        assert [ids[2]] == [run.id for run in await store.list_runs(limit=1)]

    async def test_unknown_runs(self, open_store: OpenStore) -> None:
        """An unknown id is said to be unknown, by every method that takes one."""
        store = await open_store()
        unknown = uuid4()
        for call in (
            store.get(unknown),
            store.resume(unknown, correlation_id=None),
            store.finish(unknown, RunState.FAILED),
        ):
            with pytest.raises(RunNotFoundError):
                await call

    async def test_keeps_what_json_lacks(self, open_store: OpenStore) -> None:
        """NaN becomes null and NUL a replacement; neither loses the run."""
        store = await open_store()
        run = await start_run(store, config={"text": "a\0b", "n": (1, 2)})
        assert {"text": "a\ufffdb", "n": [1, 2]} == run.config
        finished = await store.finish(
            run.id, RunState.COMPLETED, metrics={"qwk": float("nan"), "mae": float("inf")}
        )
        assert {"qwk": None, "mae": None} == finished.metrics

    async def test_refuses_names_that_cannot_be_kept(self, open_store: OpenStore) -> None:
        """A hostile name of an experiment is refused; no run appears."""
        store = await open_store()
        for name in ("", "  ", "a\0b", "x" * 201, "\ud800"):
            with pytest.raises(InvalidTextError):
                await start_run(store, experiment_name=name)
        assert [] == await store.list_runs()
