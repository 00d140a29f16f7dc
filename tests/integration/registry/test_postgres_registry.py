"""What only a database can do to a registry."""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.errors import DatabaseUnavailableError
from huleedu_ml_training.database.migration_errors import MigrationsMissingError
from huleedu_ml_training.registry import ledger
from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.errors import AmbiguousModelIdError
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.records import EventAction, Stage
from huleedu_ml_training.registry.runs.errors import RunNotFoundError
from huleedu_ml_training.registry.runs.records import RunKind
from huleedu_ml_training.registry.runs.store import PostgresRunStore
from huleedu_ml_training.registry.tables import ModelRow
from huleedu_ml_training.registry.transactions import DatabaseBusyError, in_transaction
from huleedu_ml_training.testing.registry_cases.shelf import NAME
from huleedu_ml_training.testing.run_store_suite import start_run

GATE = MetricsGate(min_qwk_lower_bound=0.4)


async def test_an_ambiguous_beginning_lists_the_candidates(shelf, engine):
    model = await shelf.add()
    twins = [UUID("abc12345" + digit * 24) for digit in "1a"]
    async with AsyncSession(engine) as session, session.begin():
        columns = [c for c in ModelRow.__table__.columns if c.name not in {"id", "version"}]
        row = (await session.execute(select(*columns))).mappings().one()
        for number, twin in enumerate(twins):
            version = f"20260101_00000{number}"
            await session.execute(
                insert(ModelRow.__table__).values(**row, id=twin, version=version)
            )
    with pytest.raises(AmbiguousModelIdError) as caught:
        await shelf.registry.get("abc123")
    assert set(twins) == {candidate.id for candidate in caught.value.candidates}
    assert all(str(twin) in caught.value.what for twin in twins)
    assert twins[1] == (await shelf.registry.get("ABC12345-aaaa")).id
    assert model.id == (await shelf.registry.get(str(model.id))).id


async def test_a_version_names_a_run_that_exists(shelf, registry, engine):
    model = await shelf.add()
    with pytest.raises(RunNotFoundError):
        await registry.register(
            replace(model, version="20260101_000000", run_id=uuid4()), actor="anna"
        )
    runs = PostgresRunStore(engine)
    run = await start_run(runs, kind=RunKind.TRAIN)
    await runs.close()
    made = await registry.register(
        replace(model, version="20260101_000000", run_id=run.id), actor="anna"
    )
    assert run.id == made.run_id
    assert 2 == len(await registry.history(NAME))


async def test_documents_that_postgres_does_not_take(shelf, registry):
    model = await shelf.add()
    odd = {"nan": float("nan"), "nul": "a\0b", "surrogate": "\ud800", "deep": [{"x": (1, 2)}]}
    made = await registry.register(
        replace(model, version="20260101_000000", metrics=odd, metadata=odd), actor="anna"
    )
    expected = {"nan": None, "nul": "a\ufffdb", "surrogate": "\ufffd", "deep": [{"x": [1, 2]}]}
    assert (expected, expected) == (made.metrics, made.metadata)


async def test_promotions_by_hand_in_the_database_are_seen(shelf, registry, engine):
    """The indexes of the database hold even against whoever goes around the registry."""
    first, second = await shelf.into_production(), await shelf.add()
    with pytest.raises(DBAPIError):
        async with AsyncSession(engine) as session, session.begin():
            await session.execute(
                update(ModelRow).where(ModelRow.id == second.id).values(stage="production")
            )
    assert first == await registry.find(NAME, stage=Stage.PRODUCTION)


class TestTransactions:
    @pytest.mark.parametrize("code", ["40001", "40P01", "23505"])
    async def test_what_may_pass_is_tried_again(self, engine, code):
        sessions = []

        async def work(session):
            sessions.append(session)
            if len(sessions) < 3:
                await session.execute(text(_RAISE.format(code=code)))
            return await session.scalar(select(1))

        assert 1 == await in_transaction(engine, work)
        assert 3 == len(set(sessions))

    async def test_what_does_not_pass_is_given_up(self, engine):
        attempts = []

        async def work(session):
            attempts.append(session)
            await session.execute(text(_RAISE.format(code="40001")))

        with pytest.raises(DatabaseBusyError) as caught:
            await in_transaction(engine, work)
        assert 8 == len(attempts)
        assert "made for the test" in caught.value.why

    async def test_other_failures_are_not_tried_again(self, engine):
        attempts = []

        async def work(session):
            attempts.append(session)
            await session.execute(text(_RAISE.format(code="23514")))

        with pytest.raises(DBAPIError):
            await in_transaction(engine, work)
        assert 1 == len(attempts)

    async def test_a_lock_that_is_not_to_be_had(self, shelf, engine, monkeypatch):
        model = await shelf.add()
        monkeypatch.setattr(ledger, "_LOCK_TIMEOUT", "100ms")
        async with AsyncSession(engine) as blocker, blocker.begin():
            await ledger.lock_name(blocker, NAME)
            with pytest.raises(DatabaseBusyError):
                await shelf.promote(model, Stage.STAGING)
        assert Stage.STAGING is (await shelf.promote(model, Stage.STAGING)).stage

    async def test_a_lock_of_another_name_does_not_wait(self, shelf, engine, monkeypatch):
        model = await shelf.add()
        monkeypatch.setattr(ledger, "_LOCK_TIMEOUT", "100ms")
        async with AsyncSession(engine) as blocker, blocker.begin():
            await ledger.lock_name(blocker, "other")
            assert Stage.STAGING is (await shelf.promote(model, Stage.STAGING)).stage


_RAISE = "DO $$ BEGIN RAISE EXCEPTION 'made for the test' USING ERRCODE = '{code}'; END $$"


async def test_a_database_without_our_tables(empty_database_url, artifacts):
    engine = create_engine(ResolvedDatabase(empty_database_url, embedded=False))
    try:
        with pytest.raises(MigrationsMissingError) as caught:
            await PostgresModelRegistry(engine, GATE, artifacts).list_models()
        assert "db upgrade" in caught.value.remedy
        with pytest.raises(MigrationsMissingError):
            await start_run(PostgresRunStore(engine))
    finally:
        await engine.dispose()


async def test_no_database(artifacts):
    gone = "postgresql://anna:secret@127.0.0.1:1/none"
    engine = create_engine(ResolvedDatabase(gone, embedded=False))
    for call in (
        PostgresModelRegistry(engine, GATE, artifacts).list_models(),
        start_run(PostgresRunStore(engine)),
    ):
        with pytest.raises(DatabaseUnavailableError) as caught:
            await call
        assert "secret" not in str(caught.value)
    await engine.dispose()


async def test_a_connection_cut_in_a_promotion(shelf, registry, engine, monkeypatch):
    """Cut before the commit, nothing happened, and the next call connects again."""
    model = await shelf.add()
    original = ledger.move

    async def cut(session, *args, **options):
        await original(session, *args, **options)
        own = await session.scalar(select(func.pg_backend_pid()))
        async with engine.begin() as other:
            await other.execute(select(func.pg_terminate_backend(own)))

    monkeypatch.setattr(ledger, "move", cut)
    with pytest.raises(DatabaseUnavailableError):
        await shelf.promote(model, Stage.STAGING)
    monkeypatch.undo()
    assert 1 == len(await registry.history(NAME))
    assert Stage.STAGING is (await shelf.promote(model, Stage.STAGING)).stage
    await shelf.check_invariants()


COMPETITOR = """
import asyncio, random, sys
from pathlib import Path
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.domain.errors import ConflictError, NotFoundError
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.records import Stage

async def main(url, home, seed, *ids):
    choose = random.Random(seed)
    engine = create_engine(ResolvedDatabase(url, embedded=False))
    registry = PostgresModelRegistry(
        engine, MetricsGate(min_qwk_lower_bound=0.4), LocalArtifactStore(Path(home))
    )
    await registry.list_models()
    print("ready", flush=True)
    sys.stdin.readline()
    done = 0
    for _ in range(15):
        try:
            kind = choose.random()
            if kind < 0.3:
                await registry.rollback("essay-scorer", actor=seed)
            elif kind < 0.45:
                await registry.demote(choose.choice(ids), actor=seed, reason="race", force=True)
            else:
                await registry.promote(
                    choose.choice(ids), choose.choice(list(Stage)[1:]),
                    actor=seed, reason="race", force=True,
                )
            done += 1
        except (ConflictError, NotFoundError):
            pass
    await engine.dispose()
    print(done)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_processes_that_compete(shelf, registry, database_url, tmp_path):
    """One production at every moment, one entry per success, and the ledger tells it all."""
    models = [await shelf.into_production() for _ in range(4)]
    before = len(await registry.history(NAME))
    arguments = [database_url, str(tmp_path)]
    ids = [str(model.id) for model in models]
    competitors = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", COMPETITOR, *arguments, str(seed), *ids),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for seed in range(3)
    ]
    for competitor in competitors:
        assert b"ready\n" == await competitor.stdout.readline()
    outputs = await asyncio.gather(*(c.communicate(b"go\n") for c in competitors))
    assert [0] * 3 == [competitor.returncode for competitor in competitors]
    events = (await registry.history(NAME))[before:]
    automatic = ("replaced by", "rolled back to")
    own = [event for event in events if not (event.reason or "").startswith(automatic)]
    for seed, (output, _) in enumerate(outputs):
        assert int(output) == len([event for event in own if event.actor == str(seed)])
    assert {EventAction.PROMOTED, EventAction.DEMOTED} <= {event.action for event in own}
    await shelf.check_invariants()


async def test_a_clock_that_was_set_back(shelf, registry, engine):
    """Times in the ledger of a name never run backwards, so what was then stays answerable."""
    model = await shelf.add()
    future = datetime.now(UTC) + timedelta(days=1)
    async with AsyncSession(engine) as session, session.begin():
        row = await session.get(ModelRow, model.id)
        await ledger.write_entry(
            session,
            row,
            action=EventAction.REFUSED,
            from_stage=Stage.DEV,
            to_stage=Stage.STAGING,
            by=Attribution("berit"),
            at=future,
        )
    await shelf.promote(model, Stage.STAGING, Stage.PRODUCTION)
    assert [future] * 3 == [event.occurred_at for event in (await registry.history(NAME))[1:]]
    then = await registry.production_at(NAME, future)
    assert model.id == then.model_id
    assert await registry.production_at(NAME, datetime.now(UTC)) is None
