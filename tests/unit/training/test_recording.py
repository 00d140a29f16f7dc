"""Every evaluation leaves a row, however it ends, where there is a database to keep it."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from huleedu_ml_training.config import Settings
from huleedu_ml_training.database.errors import InvalidDatabaseUrlError
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.errors import InfrastructureError
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.runs.records import RunKind, RunState
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.fakes.run_store import InMemoryRunStore
from huleedu_ml_training.training.errors import RunInterruptedError
from huleedu_ml_training.training.judging_requests import EvaluationRequest, JudgedEssays
from huleedu_ml_training.training.recording import EvaluationRecorder

SCALE = GradeScale.named("swedish_8")
ESSAYS = EssayDataset.create(scale=SCALE, essay_ids=["a"], texts=["One."], grades=[1])
BUNDLE = small_bundle()
FIGURES = {"values": {"qwk": {"value": 0.5, "low": 0.4, "high": 0.6}}}


@pytest.fixture
def runs():
    return InMemoryRunStore()


@pytest.fixture
def metrics():
    return MLMetrics(CollectorRegistry())


@pytest.fixture
def recorder(runs, metrics, tmp_path):
    async def opened():
        return runs

    url = SecretStr("postgresql://anna:secret@db/huleedu")
    return EvaluationRecorder(Settings(home=tmp_path, database_url=url), opened, metrics)


async def the_run(runs):
    (run,) = await runs.list_runs()
    return run


async def test_a_finished_evaluation(recorder, runs, metrics):
    request = EvaluationRequest(essays=JudgedEssays(file=Path("essays.csv")), correlation_id="c-7")
    async with recorder.recorded(request, BUNDLE, ESSAYS) as recorded:
        assert RunState.RUNNING is (await the_run(runs)).state
        await recorded.complete(FIGURES)

    run = await the_run(runs)
    assert (run.kind, run.state, run.metrics) == (RunKind.EVALUATE, RunState.COMPLETED, FIGURES)
    assert (run.dataset_digest, run.correlation_id) == (ESSAYS.digest, "c-7")
    assert run.finished_at >= run.started_at
    assert run.request["version"] == BUNDLE.manifest.version
    assert run.request["model_name"] == BUNDLE.manifest.model_name
    assert (run.request["file"], run.request["part"]) == ("essays.csv", "all")
    assert run.config["database_url"] == "postgresql://anna:***@db/huleedu"
    sample = metrics.registry.get_sample_value(
        "huleedu_ml_training_runs_total", {"kind": "evaluate", "state": "completed"}
    )
    assert sample == 1


async def test_a_failure(recorder, runs):
    with pytest.raises(InvalidDatabaseUrlError):
        async with recorder.recorded(EvaluationRequest(), BUNDLE, ESSAYS):
            raise InvalidDatabaseUrlError(url="x", reason="y")
    run = await the_run(runs)
    assert (run.state, run.error["code"]) == (RunState.FAILED, "invalid-database-url")
    with pytest.raises(ZeroDivisionError):
        async with recorder.recorded(EvaluationRequest(), BUNDLE, ESSAYS):
            1 / 0  # noqa: B018
    assert (await runs.list_runs())[0].error["code"] == "ZeroDivisionError"


async def test_an_interruption_begins_anew(recorder, runs):
    begun = asyncio.Event()

    async def work():
        async with recorder.recorded(EvaluationRequest(), BUNDLE, ESSAYS):
            begun.set()
            await asyncio.sleep(600)

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(RunInterruptedError, match="begins anew") as caught:
        await task
    run = await the_run(runs)
    assert (run.state, run.can_go_on) == (RunState.INTERRUPTED, False)
    assert caught.value.run_id == run.id
    # The same question again is another run.
    async with recorder.recorded(EvaluationRequest(), BUNDLE, ESSAYS) as recorded:
        await recorded.complete({})
    first, second = await runs.list_runs()
    assert first.id != second.id
    assert first.inputs_digest == second.inputs_digest


async def test_no_database_is_made_for_a_row(metrics, tmp_path):
    async def opened():
        raise AssertionError

    recorder = EvaluationRecorder(Settings(home=tmp_path), opened, metrics)
    async with recorder.recorded(EvaluationRequest(), BUNDLE, ESSAYS) as recorded:
        await recorded.complete(FIGURES)
    assert not any(tmp_path.iterdir())


class UnwritableStore(InMemoryRunStore):
    """Can be read, but takes no outcome."""

    def __init__(self, *, starts: bool) -> None:
        super().__init__()
        self._starts = starts

    async def start(self, new):
        if not self._starts:
            raise InfrastructureError("may not write")
        return await super().start(new)

    async def finish(self, *arguments, **fields):
        raise InfrastructureError("gone")


@pytest.mark.parametrize("starts", [False, True])
async def test_a_failing_database_takes_no_figures_away(metrics, tmp_path, starts):
    store = UnwritableStore(starts=starts)

    async def opened():
        return store

    settings = Settings(home=tmp_path, database_url=SecretStr("postgresql://db/x"))
    recorder = EvaluationRecorder(settings, opened, metrics)
    async with recorder.recorded(EvaluationRequest(), BUNDLE, ESSAYS) as recorded:
        await recorded.complete(FIGURES)
    assert len(await store.list_runs()) == int(starts)
