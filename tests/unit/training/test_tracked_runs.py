"""The row of a run says how it ended, whatever kind it is and however it ends."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from huleedu_ml_training.domain.errors import InfrastructureError
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.runs.records import NewRun, RunKind, RunState
from huleedu_ml_training.testing.fakes.run_store import InMemoryRunStore, InMemoryRunTable
from huleedu_ml_training.testing.run_store_suite import start_run
from huleedu_ml_training.training.errors import RunInterruptedError, StudyMismatchError
from huleedu_ml_training.training.runs import tracked_run


@pytest.fixture
def table():
    return InMemoryRunTable()


@pytest.fixture
def store(table):
    return InMemoryRunStore(table)


@pytest.fixture
def metrics():
    return MLMetrics(CollectorRegistry())


def tracked(store, metrics, kind, **changes):
    fields = {
        "kind": kind,
        "experiment_name": "spring",
        "inputs_digest": "a" * 64,
        "config": {"training": {"seed": 1}},
        "dataset_digest": "d" * 64,
        "correlation_id": "c-1",
        "request": {"selection": {}},
    }
    may_resume = changes.pop("may_resume", True)
    return tracked_run(store, metrics, NewRun(**{**fields, **changes}), may_resume=may_resume)


def counted(metrics, kind, state):
    labels = {"kind": kind.value, "state": state}
    return metrics.registry.get_sample_value("huleedu_ml_training_runs_total", labels)


@pytest.mark.parametrize("kind", list(RunKind))
async def test_completed(store, metrics, kind):
    async with tracked(store, metrics, kind, tags=("x",)) as run:
        await run.complete({"values": {}})
    (kept,) = await store.list_runs()
    assert (kept.kind, kept.state, kept.metrics) == (kind, RunState.COMPLETED, {"values": {}})
    assert (kept.config, kept.request) == ({"training": {"seed": 1}}, {"selection": {}})
    assert (kept.dataset_digest, kept.correlation_id, kept.tags) == ("d" * 64, "c-1", ("x",))
    assert kept.finished_at >= kept.started_at
    assert counted(metrics, kind, "completed") == 1


@pytest.mark.parametrize("kind", list(RunKind))
@pytest.mark.parametrize("problem", [StudyMismatchError(study_name="s"), OSError("disk")])
async def test_failed(store, metrics, kind, problem):
    with pytest.raises(type(problem)):
        async with tracked(store, metrics, kind):
            raise problem
    (kept,) = await store.list_runs()
    assert kept.state is RunState.FAILED
    assert kept.error["what"]
    assert kept.finished_at is not None
    assert counted(metrics, kind, "failed") == 1
    # What has failed is not gone on with.
    async with tracked(store, metrics, kind) as run:
        await run.complete({})
    assert not run.resumed


@pytest.mark.parametrize("kind", list(RunKind))
async def test_interrupted(store, metrics, kind):
    begun = asyncio.Event()

    async def work():
        async with tracked(store, metrics, kind):
            begun.set()
            await asyncio.sleep(600)

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(RunInterruptedError) as caught:
        await task
    (kept,) = await store.list_runs()
    assert (kept.state, kept.id) == (RunState.INTERRUPTED, caught.value.run_id)
    assert counted(metrics, kind, "interrupted") == 1
    async with tracked(store, metrics, kind, correlation_id="c-2") as run:
        await run.complete({})
    goes_on = kind is not RunKind.EVALUATE
    assert (run.resumed, run.record.id == kept.id) == (goes_on, goes_on)
    assert (await store.get(run.record.id)).correlation_id == "c-2"


@pytest.mark.parametrize("kind", list(RunKind))
async def test_killed(table, metrics, kind):
    """The store of a dead process is gone; its run says running, and nobody is at work on it."""
    dead, later = InMemoryRunStore(table), InMemoryRunStore(table)
    killed = await start_run(dead, kind=kind)
    await dead.close()
    assert killed.id not in await later.alive()
    async with tracked(later, metrics, kind) as run:
        await run.complete({})
    assert (run.record.id == killed.id) == (kind is not RunKind.EVALUATE)


async def test_a_database_that_is_gone_does_not_hide_what_went_wrong(metrics):
    class Gone(InMemoryRunStore):
        async def finish(self, *arguments, **fields):
            raise InfrastructureError("gone")

    store = Gone()
    with pytest.raises(StudyMismatchError):
        async with tracked(store, metrics, RunKind.TUNE):
            raise StudyMismatchError(study_name="s")
    assert (await store.list_runs())[0].state is RunState.RUNNING
