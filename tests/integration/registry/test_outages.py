"""Connections that break in the middle of a change: the caller is told what happened."""

import asyncio
import os
import signal

import pytest
from sqlalchemy import event, text

from huleedu_ml_training.config import DatabaseSettings
from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.errors import DatabaseUnavailableError
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.registry import commits, ledger
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.commits import OutcomeUnknownError
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.testing.cuttable_proxy import Cut, CuttableProxy
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, NAME, Shelf
from huleedu_ml_training.testing.torture.breaking import cut_everywhere, is_told
from huleedu_ml_training.testing.torture.operations import (
    OPERATIONS,
    check_all_or_nothing,
    check_restored,
)

COMMIT = b"COMMIT"


@pytest.fixture
async def proxy(database_url):
    async with CuttableProxy(database_url) as proxy:
        yield proxy


@pytest.fixture
async def far_engine(proxy):
    """Engine on the way through the proxy, with one connection."""
    engine = create_engine(
        ResolvedDatabase(proxy.url, embedded=False), DatabaseSettings(pool_size=1)
    )
    yield engine
    proxy.disarm()
    await engine.dispose()


@pytest.fixture
def far(far_engine, artifacts):
    return registry_on(far_engine, artifacts)


def registry_on(engine, artifacts):
    return PostgresModelRegistry(engine, MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts)


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
@pytest.mark.parametrize("name", OPERATIONS)
async def test_cut_at_every_request(shelf, far, proxy, tmp_path, name, cut):
    """Before, during and after the commit: what was told is what the ledger says."""
    *cuts, end = await cut_everywhere(far, proxy, shelf, name, cut, home=tmp_path)
    assert end.told
    assert len(cuts) >= 5
    assert False in {broken.told for broken in cuts}
    if OPERATIONS[name].entries:
        # What became of the commit that decides is asked for on another connection.
        at_commit = [broken.told for broken in cuts if "COMMIT" in broken.at]
        assert at_commit[-1] is (cut is Cut.AFTER)


def at_the_deciding_commit(engine, do):
    """Call something right before the commit of a transaction that wrote into the ledger."""
    wrote = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _see(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO ml_training.ml_model_events"):
            wrote.append(statement)

    @event.listens_for(engine.sync_engine, "commit")
    def _commit(connection):
        if wrote:
            wrote.clear()
            do(connection)


async def test_a_commit_whose_server_does_not_know_of_the_cut(
    shelf, far, far_engine, proxy, engine
):
    """The transaction that is left open is ended, and with it the lock that it holds."""
    operation = OPERATIONS["promote"]
    subject = await operation.prepare(shelf)
    n_before = len(await shelf.registry.history(NAME))
    at_the_deciding_commit(far_engine, lambda _: proxy.cut_at(1, Cut.HALF))
    assert not await is_told(operation, far, shelf.artifacts, subject)
    assert COMMIT in proxy.fired
    assert not await check_all_or_nothing(shelf, operation, n_before, done=False)
    async with engine.connect() as connection:
        held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert 0 == await connection.scalar(held)
    await operation.do(shelf.registry, shelf.artifacts, subject)


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_a_commit_whose_server_does_not_come_back(
    shelf, far, far_engine, proxy, monkeypatch, cut
):
    """Nobody can say what happened, and nobody pretends to."""
    monkeypatch.setattr(commits, "_PATIENCE_S", 0.2)
    operation = OPERATIONS["promote"]
    subject = await operation.prepare(shelf)
    n_before = len(await shelf.registry.history(NAME))

    def lose_the_server(_):
        proxy.cut_at(1, cut)
        proxy.accepts = False

    at_the_deciding_commit(far_engine, lose_the_server)
    with pytest.raises(OutcomeUnknownError) as caught:
        await operation.do(far, shelf.artifacts, subject)
    assert "registry history" in caught.value.remedy
    happened = await check_all_or_nothing(shelf, operation, n_before, done=None)
    assert happened is (cut is Cut.AFTER)


async def test_a_server_that_is_terminated_statement_by_statement(
    shelf, engine, artifacts, database_url
):
    """As an administrator does it: the session ends, wherever it is."""
    operation = OPERATIONS["promote"]
    victim = create_engine(
        ResolvedDatabase(database_url, embedded=False), DatabaseSettings(pool_size=1)
    )
    countdown = 0

    @event.listens_for(victim.sync_engine, "before_cursor_execute")
    def _end(connection, *_):
        nonlocal countdown
        countdown -= 1
        if countdown == 0:
            pid = connection.connection.driver_connection.get_server_pid()
            os.kill(pid, signal.SIGTERM)

    registry, fates = registry_on(victim, artifacts), []
    while True:
        subject = await operation.prepare(shelf)
        n_before = len(await shelf.registry.history(NAME))
        countdown = len(fates) + 1
        done = await is_told(operation, registry, artifacts, subject)
        await check_all_or_nothing(shelf, operation, n_before, done=done)
        if countdown > 0:
            break
        fates.append(done)
    await victim.dispose()
    assert done
    assert len(fates) >= 8
    assert False in fates


async def test_interrupted_at_every_statement(shelf, engine, artifacts):
    """Ctrl-C in the middle: all or nothing, no lock is left, and the connection is clean."""
    operation = OPERATIONS["promote"]
    countdown, interrupted = 0, 0

    def interrupt(*_):
        nonlocal countdown
        countdown -= 1
        if countdown == 0:
            working.cancel()

    event.listen(engine.sync_engine, "before_cursor_execute", interrupt)
    event.listen(engine.sync_engine, "commit", interrupt)
    while True:
        subject = await operation.prepare(shelf)
        n_before = len(await shelf.registry.history(NAME))
        working = asyncio.create_task(operation.do(shelf.registry, artifacts, subject))
        countdown = interrupted + 1
        try:
            await working
        except asyncio.CancelledError:
            interrupted += 1
            assert 0 == engine.pool.checkedout()
            await check_all_or_nothing(shelf, operation, n_before, done=None)
            continue
        await check_all_or_nothing(shelf, operation, n_before, done=True)
        break
    assert interrupted >= 10


async def test_a_holder_that_fell_asleep(shelf, monkeypatch):
    """A transaction that does nothing for too long is ended, and others get their turn."""
    model = await shelf.add()
    monkeypatch.setattr(ledger, "_IDLE_TIMEOUT", "100ms")
    original = ledger.lock_rows

    async def asleep(session, *args):
        rows = await original(session, *args)
        await asyncio.sleep(1)
        return rows

    monkeypatch.setattr(ledger, "lock_rows", asleep)
    with pytest.raises(DatabaseUnavailableError):
        await shelf.promote(model, Stage.STAGING)
    monkeypatch.undo()
    assert Stage.STAGING is (await shelf.promote(model, Stage.STAGING)).stage
    await shelf.check_invariants()


async def test_a_server_that_crashes_in_every_operation(tmp_path):
    """One of its processes is killed with −9, so the server ends all others and recovers."""
    artifacts = LocalArtifactStore(tmp_path / "home")
    async with EmbeddedServer(tmp_path / "server", options={"fsync": "off"}) as url:
        engine = create_engine(ResolvedDatabase(url, embedded=True))
        await Migrator(engine).upgrade()
        registry = registry_on(engine, artifacts)
        shelf, crashes = Shelf(registry, artifacts), []

        def crash(connection):
            if crashes and not crashes[-1]:
                crashes[-1] = True
                os.kill(connection.connection.driver_connection.get_server_pid(), signal.SIGKILL)

        at_the_deciding_commit(engine, crash)
        for name in ("register", "promote", "rollback"):
            operation = OPERATIONS[name]
            subject = await operation.prepare(shelf)
            n_before = len(await shelf.registry.history(NAME))
            crashes.append(False)
            assert not await is_told(operation, registry, artifacts, subject)
            assert crashes[-1]
            assert not await check_all_or_nothing(shelf, operation, n_before, done=False)
            await operation.do(registry, artifacts, subject)
            await check_restored(shelf, tmp_path / "home")
        await engine.dispose()
