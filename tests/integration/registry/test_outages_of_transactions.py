"""Servers and pools that are set up unlike ours: what then comes is one of our errors, or none."""

import asyncio
from functools import partial

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import create_async_engine

from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.transactions import DatabaseBusyError, in_transaction
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, NAME, Shelf


@pytest.fixture
async def set_up(engine, database_url):
    """Return what makes an engine on the database after a setting of it was changed."""
    engines = []

    async def set_up(setting):
        async with engine.begin() as connection:
            database = engine.url.database
            await connection.execute(text(f'ALTER DATABASE "{database}" SET {setting}'))
        engines.append(create_engine(ResolvedDatabase(database_url, embedded=False)))
        return engines[-1]

    yield set_up
    for made in engines:
        await made.dispose()


async def test_a_server_whose_transactions_are_serialisable(set_up, artifacts):
    """Whoever waited for the lock of a name sees what was done meanwhile."""
    engine = await set_up("default_transaction_isolation = 'serializable'")
    registry = PostgresModelRegistry(engine, MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts)
    shelf = Shelf(registry, artifacts)
    models = [await shelf.promote(await shelf.add(), Stage.STAGING) for _ in range(2)]
    models += [await shelf.add() for _ in range(4)]
    retries = []
    event.listen(engine.sync_engine, "rollback", retries.append)
    await asyncio.gather(
        *(
            registry.promote(str(m.id), Stage.PRODUCTION, actor="anna", reason="race", force=True)
            for m in models
        )
    )
    history = await registry.history(NAME)
    assert [] == retries
    assert sorted(history, key=lambda event: (event.occurred_at, event.id)) == history
    assert 1 == (await shelf.stages()).count(Stage.PRODUCTION)
    await shelf.check_invariants()


async def test_a_server_that_limits_the_time_of_statements(set_up):
    engine = await set_up("statement_timeout = '50ms'")
    with pytest.raises(DatabaseBusyError) as caught:
        await in_transaction(engine, lambda session: session.execute(text("SELECT pg_sleep(30)")))
    assert "statement timeout" in caught.value.why


async def test_more_callers_than_connections(engine, database_url):
    narrow = create_async_engine(
        engine.url,
        async_creator=partial(asyncpg.connect, database_url),
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.1,
    )
    started = asyncio.Event()

    async def hold(session):
        await session.execute(text("SELECT 1"))
        started.set()
        await asyncio.sleep(1)

    holding = asyncio.create_task(in_transaction(narrow, hold))
    await started.wait()
    with pytest.raises(DatabaseBusyError) as caught:
        await in_transaction(narrow, lambda session: session.execute(text("SELECT 1")))
    assert "every connection" in caught.value.why
    await holding
    await narrow.dispose()
