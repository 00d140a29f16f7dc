"""Telling a real MLflow store of runs; and what is never told."""

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from huleedu_ml_training.config import Settings, TrackingSettings
from huleedu_ml_training.config_loader import masked
from huleedu_ml_training.container import create_container
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.runs.mlflow_sink import (
    MlflowNotInstalledError,
    MlflowSink,
    mlflow_document,
)
from huleedu_ml_training.registry.runs.protocol import RunStoreProtocol
from huleedu_ml_training.registry.runs.records import RunState
from huleedu_ml_training.registry.runs.sink import AnnouncingRunStore, RunSinkError
from huleedu_ml_training.registry.runs.store import PostgresRunStore
from huleedu_ml_training.testing.fakes.run_sink import InMemoryRunSink
from huleedu_ml_training.testing.fakes.run_store import InMemoryRunStore
from huleedu_ml_training.testing.run_sink_suite import STARTED, RunSinkSuite, ended_run
from huleedu_ml_training.testing.run_store_suite import start_run

SECRETS = ("hush-database", "hush-service", "hush-languagetool", "hush-mlflow", "/home/anna")
STATES = {"FINISHED": "completed", "KILLED": "interrupted", "FAILED": "failed"}
QUERY = """
    SELECT r.status, (SELECT m.value FROM latest_metrics m
                      WHERE m.run_uuid = r.run_uuid AND m.key = 'qwk')
    FROM runs r JOIN tags t ON t.run_uuid = r.run_uuid
    WHERE t.key = 'huleedu.run_id' AND t.value = ?
"""


def tracking(uri: str, timeout_s: float = 120) -> TrackingSettings:
    return TrackingSettings(mlflow_uri=SecretStr(uri), timeout_s=timeout_s)


class TestMlflowSink(RunSinkSuite):
    @pytest.fixture
    def sink(self, tmp_path):
        pytest.importorskip("mlflow", reason="the extra mlflow is not installed")
        return MlflowSink(tracking(f"sqlite:///{tmp_path}/mlflow.db"))

    @pytest.fixture
    def broken(self):
        pytest.importorskip("mlflow", reason="the extra mlflow is not installed")
        return MlflowSink(tracking("http://anna:secret@127.0.0.1:1"))

    @pytest.fixture
    def told(self, tmp_path):
        def of(run_id):
            with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
                rows = database.execute(QUERY, (str(run_id),)).fetchall()
            return [(STATES[status], qwk) for status, qwk in rows]

        return of


async def test_a_server_that_never_answers_is_left():
    pytest.importorskip("mlflow", reason="the extra mlflow is not installed")
    held = asyncio.Event()

    async def hold(reader, writer):
        await held.wait()
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        sink = MlflowSink(tracking(f"http://127.0.0.1:{port}", timeout_s=0.3))
        with pytest.raises(RunSinkError, match=r"no answer in 0\.3 s"):
            await sink.deliver(ended_run())
        held.set()


def secretive(**values) -> Settings:
    return Settings(
        home=Path("/home/anna/huleedu"),
        database_url=SecretStr("postgresql://anna:hush-database@db/x"),
        features={
            "service_url": "http://features.example",
            "service_api_key": "hush-service",
            "languagetool": {"url": "http://anna:hush-languagetool@lt:8081"},
        },
        tracking={"mlflow_uri": "http://anna:hush-mlflow@mlflow"},
        **values,
    )


def test_what_goes_out_and_what_never_does():
    run = replace(
        ended_run(0.7, state=RunState.FAILED),
        config=masked(secretive(training={"seed": 7})),
        error={"code": "x", "what": "cannot read /home/anna/essays.csv"},
        request={"model_name": "essay-scorer", "file": "/home/anna/essays.csv"},
    )
    run.metrics["values"]["smd"] = {"value": 0.1, "low": -0.2, "high": 0.4}
    run.metrics["model_version"] = "20260301_120000"

    document = mlflow_document(run)

    text = json.dumps(document)
    assert [] == [secret for secret in SECRETS if secret in text]
    assert document["params"]["training.seed"] == "7"
    assert document["metrics"] == {
        "qwk": 0.7,
        "qwk.high": 0.8,
        "smd": 0.1,
        "smd.low": -0.2,
        "smd.high": 0.4,
    }
    tags = document["tags"]
    assert tags["huleedu.run_id"] == str(run.id)
    assert tags["huleedu.dataset_digest"] == "d" * 64
    assert tags["huleedu.model"] == "models:/essay-scorer/20260301_120000"
    assert (tags["huleedu.tags"], tags["huleedu.error"]) == ("spring", "x")
    assert document["start_time"] == int(STARTED.timestamp() * 1000)
    assert document["end_time"] - document["start_time"] == 180_000


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.FAILED, RunState.INTERRUPTED])
async def test_a_store_tells_however_a_run_ends(state):
    sink, store = InMemoryRunSink(), InMemoryRunStore()
    announcing = AnnouncingRunStore(store, sink, MLMetrics(CollectorRegistry()))
    run = await start_run(announcing)
    assert not sink.runs
    ended = await announcing.finish(run.id, state)
    assert sink.runs == {run.id: ended}


async def test_a_broken_sink_costs_a_count():
    metrics = MLMetrics(CollectorRegistry())
    sink, store = InMemoryRunSink(broken=True), InMemoryRunStore()
    announcing = AnnouncingRunStore(store, sink, metrics)
    run = await start_run(announcing)
    ended = await announcing.finish(run.id, RunState.COMPLETED, metrics={"a": 1})
    assert ended == await store.get(run.id)
    count = metrics.registry.get_sample_value(
        "huleedu_ml_training_run_sink_failures_total", {"sink": "memory"}
    )
    assert count == 1


async def test_without_the_package_nothing_is_started(settings, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with_uri = settings.model_copy(update={"tracking": tracking("http://localhost:5000")})
    container = create_container(with_uri)
    with pytest.raises(MlflowNotInstalledError, match="huleedu-ml-training\\[mlflow\\]"):
        await container.get(RunStoreProtocol)
    await container.close()
    container = create_container(settings)
    assert isinstance(await container.get(RunStoreProtocol), PostgresRunStore)
    await container.close()


async def test_with_the_package_runs_are_told_of(settings):
    pytest.importorskip("mlflow", reason="the extra mlflow is not installed")
    with_uri = settings.model_copy(update={"tracking": tracking("http://localhost:5000")})
    container = create_container(with_uri)
    assert isinstance(await container.get(RunStoreProtocol), AnnouncingRunStore)
    await container.close()
