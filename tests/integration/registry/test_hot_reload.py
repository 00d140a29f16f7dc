"""A service hears of promotions at once, and asks where it cannot hear."""

import asyncio
import json
from contextlib import asynccontextmanager

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from huleedu_ml_training.config import Settings
from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.inference.registered import registry_source
from huleedu_ml_training.inference.reload_metrics import ReloadMetrics
from huleedu_ml_training.inference.reloading import ReloadingScorer
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, Shelf
from huleedu_ml_training.testing.working_bundles import working_bundle

NEVER = 3600.0
"""Seconds between two checks; no test waits for one."""
FIRST, SECOND, THIRD = "20250101_000000", "20250102_000000", "20250103_000000"
PRODUCTION = "models:/essay-scorer/production"
NAME = {"model_name": "essay-scorer"}
SCHEMA = CountingFeaturePipeline().schema
X = np.array([[18, 20, 20]], dtype=np.float32)


class School:
    """A registry, and services that follow its version in production."""

    def __init__(self, settings, shelf):
        self.settings = settings
        self.shelf = shelf
        self.counted = CollectorRegistry()

    async def promote(self, version, schema=SCHEMA):
        bundle = working_bundle(schema, version=version)
        path = await self.shelf.artifacts.write(f"model_{version}", bundle.files)
        candidate = candidate_from_bundle(bundle, model_path=path)
        model = await self.shelf.registry.register(candidate, actor="anna", correlation_id="c")
        return await self.shelf.promote(model, Stage.STAGING, Stage.PRODUCTION)

    async def serve(self, reference=PRODUCTION, **options):
        """Start a service; the loop stays free, since the source waits for the database."""
        source = registry_source(self.settings, reference, listen=options.pop("listen", True))
        return await asyncio.to_thread(
            ReloadingScorer,
            source,
            CountingFeaturePipeline(),
            **{"check_every_s": NEVER, "watch": True, "metrics": ReloadMetrics(self.counted)}
            | options,
        )

    def value(self, name, **labels):
        return self.counted.get_sample_value(f"huleedu_ml_training_{name}", NAME | labels)


async def until(condition):
    """Wait, but not for ever."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come true")


@asynccontextmanager
async def serving(school, **options):
    scorer = await school.serve(**options)
    try:
        yield scorer
    finally:
        await asyncio.to_thread(scorer.close)


@pytest.fixture
def school(settings, engine):
    artifacts = LocalArtifactStore(settings.home)
    registry = PostgresModelRegistry(engine, MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts)
    return School(settings, Shelf(registry, artifacts))


async def cut(engine, school):
    """End the connections that listen, as a network does."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )


async def test_a_promotion_and_a_rollback_arrive_without_being_asked_for(school):
    await school.promote(FIRST)
    async with serving(school) as scorer:
        await until(lambda: scorer.status.listening)
        assert FIRST == scorer.status.version
        await school.promote(SECOND)
        await until(lambda: scorer.status.version == SECOND)
        await school.shelf.registry.rollback("essay-scorer", actor="anna")
        await until(lambda: scorer.status.version == FIRST)
        assert 1 == school.value("model_changes_heard")
        assert 2 == school.value("model_reloads_total", outcome="loaded")
        assert school.value("model_change_notifications_total") >= 2
        assert 0 == school.value("model_listening_failures_total")


async def test_a_service_without_a_watcher_checks_with_the_next_call(school):
    await school.promote(FIRST)
    async with serving(school, watch=False) as scorer:
        await until(lambda: scorer.status.listening)
        await school.promote(SECOND)
        await until(lambda: school.value("model_change_notifications_total") >= 3)
        assert FIRST == scorer.status.version
        await scorer.score_features_async(X)
        assert SECOND == scorer.status.version


async def test_a_promotion_while_the_connection_is_down_is_caught_up(school, engine):
    await school.promote(FIRST)
    async with serving(school) as scorer:
        await until(lambda: scorer.status.listening)
        await cut(engine, school)
        await school.promote(SECOND)
        await until(lambda: scorer.status.version == SECOND)
        await until(lambda: scorer.status.listening)
        assert school.value("model_listening_failures_total") >= 1
        await school.promote(THIRD)
        await until(lambda: scorer.status.version == THIRD)


async def test_without_listening_the_source_is_asked_from_time_to_time(school):
    await school.promote(FIRST)
    async with serving(school, listen=False, check_every_s=0.05) as scorer:
        await school.promote(SECOND)
        await until(lambda: scorer.status.version == SECOND)
        assert not scorer.status.listening
        assert 0 == school.value("model_changes_heard")


async def test_a_version_that_cannot_be_used_is_told_and_the_way_back_works(school):
    first = await school.promote(FIRST)
    async with serving(school) as scorer:
        await until(lambda: scorer.status.listening)
        await school.promote(SECOND, type(SCHEMA)(SCHEMA.features[:2], {"counting": "1"}))
        await until(lambda: scorer.status.failure is not None)
        assert FIRST == scorer.status.version
        assert 1 == len(await scorer.score_texts_async(["a text"]))
        assert 1 == school.value("model_changes_heard")
        assert 1 == school.value("served_model_stale")
        assert school.value("model_reloads_total", outcome="failed") >= 1
        await school.shelf.registry.rollback("essay-scorer", actor="anna")
        await until(lambda: scorer.status.failure is None)
        assert (FIRST, str(first.id)) == (scorer.status.version, scorer.status.identity)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "essay-scorer",
        json.dumps({"model_name": "other", "stage": "production"}),
        json.dumps(["essay-scorer"]),
        json.dumps({"model_name": ["essay-scorer"]}),
        json.dumps({"model_name": {"a": 1}}),
        "[" * 7900,
        '{"model_name": NaN}',
        '{"model_name": "essay-scorer", "model_name": "essay-scorer"}',
        "9" * 7900,
    ],
    ids=lambda payload: payload[:24],
)
async def test_what_is_no_change_of_this_model(school, engine, payload):
    """Anybody with a connection can notify; the one that follows shows that it was passed over."""
    await school.promote(FIRST)
    async with serving(school) as scorer:
        await until(lambda: scorer.status.listening)
        async with engine.begin() as connection:
            for text in (payload, json.dumps({"model_name": "essay-scorer", "stage": "x"})):
                await connection.exec_driver_sql(
                    "SELECT pg_notify('ml_training_stages', $1)", (text,)
                )
        await until(lambda: school.value("model_change_notifications_total") == 1)
        assert (FIRST, None) == (scorer.status.version, scorer.status.failure)


async def test_a_reference_to_one_version_has_nothing_to_listen_for(school):
    await school.promote(FIRST)
    async with serving(school, reference=f"models:/essay-scorer/{FIRST}") as scorer:
        assert not scorer.status.listening
        assert 0 == school.value("model_listening_failures_total")


async def test_a_server_that_restarts_is_heard_again(tmp_path):
    directory, home = tmp_path / "postgres", tmp_path / "home"
    server = EmbeddedServer(directory, options={"fsync": "off"})
    url = await server.acquire()
    engine = create_engine(ResolvedDatabase(url, embedded=False))
    try:
        await Migrator(engine).upgrade()
        artifacts = LocalArtifactStore(home)
        registry = PostgresModelRegistry(
            engine, MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts
        )
        settings = Settings(database_url=SecretStr(url), home=home)
        school = School(settings, Shelf(registry, artifacts))
        await school.promote(FIRST)
        async with serving(school) as scorer:
            await until(lambda: scorer.status.listening)
            await server.stop(force=True)
            await until(lambda: not scorer.status.listening)
            assert 1 == len(await scorer.score_features_async(X))
            assert 0 == school.value("model_changes_heard")
            await server.release()
            assert url == await server.acquire()
            await until(lambda: scorer.status.listening)
            await school.promote(SECOND)
            await until(lambda: scorer.status.version == SECOND)
    finally:
        await engine.dispose()
        await server.release()
