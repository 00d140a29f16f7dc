"""Our tables appear, match their mappings, and go again; alone in their own schema."""

import asyncio
import logging

import pytest
import sqlalchemy as sa
from pytest_alembic.config import Config
from pytest_alembic.tests import (  # noqa: F401 - these are the tests
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)

from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.migration_errors import (
    MigrationsMissingError,
    SchemaTooNewError,
    UnknownRevisionError,
    WouldLoseRowsError,
)
from huleedu_ml_training.database.migrations import Migrator, script_location

OUR_TABLES = {
    *("ml_models", "ml_model_events", "ml_model_tags", "ml_runs"),
    *("feature_vectors", "feature_schemas"),
}
ADD_RUN = """
    INSERT INTO ml_training.ml_runs (kind, experiment_name, inputs_digest, config)
    VALUES ('train', 'x', repeat('0', 64), '{}')
"""


@pytest.fixture
def alembic_config():
    return Config({"script_location": str(script_location())})


@pytest.fixture
def alembic_engine(empty_database_url):
    engine = sa.create_engine(ResolvedDatabase(empty_database_url, embedded=False).sync_url)
    yield engine
    engine.dispose()


@pytest.fixture
async def empty_engine(empty_database_url):
    engine = create_engine(ResolvedDatabase(empty_database_url, embedded=False))
    yield engine
    await engine.dispose()


async def table_names(engine, schema):
    async with engine.connect() as connection:
        return set(
            await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names(schema=schema))
        )


async def test_there_and_back_again(empty_engine):
    migrator = Migrator(empty_engine)
    assert await migrator.current() is None
    await migrator.upgrade()
    assert await migrator.current() == migrator.head()
    assert await table_names(empty_engine, "ml_training") == OUR_TABLES | {"alembic_version"}
    assert await table_names(empty_engine, "public") == set()
    await migrator.downgrade("base")
    assert await migrator.current() is None
    assert await table_names(empty_engine, "ml_training") == {"alembic_version"}
    await migrator.upgrade()
    assert await migrator.current() == migrator.head()


async def test_upgrades_at_once_do_the_work_once(empty_database_url):
    database = ResolvedDatabase(empty_database_url, embedded=False)
    engines = [create_engine(database) for _ in range(3)]
    await asyncio.gather(*(Migrator(engine).upgrade() for engine in engines))
    assert await Migrator(engines[0]).current() == Migrator(engines[0]).head()
    await asyncio.gather(*(engine.dispose() for engine in engines))


async def test_migrating_leaves_logging_as_it_is(empty_engine):
    before = (logging.root.level, list(logging.root.handlers), logging.root.manager.disable)
    await Migrator(empty_engine).upgrade()
    after = (logging.root.level, list(logging.root.handlers), logging.root.manager.disable)
    assert before == after


async def test_history_says_what_is_applied(empty_engine):
    migrator = Migrator(empty_engine)
    assert not any(item.applied for item in await migrator.history())
    await migrator.upgrade()
    history = await migrator.history()
    assert all(item.applied for item in history)
    assert history[0].follows is None
    assert history[-1].id == migrator.head()


async def test_going_back_over_rows_needs_consent(engine):
    migrator = Migrator(engine)
    async with engine.begin() as connection:
        await connection.execute(sa.text(ADD_RUN))
    with pytest.raises(WouldLoseRowsError, match=r"ml_runs \(1\)") as caught:
        await migrator.downgrade("base")
    assert caught.value.rows == {"ml_runs": 1}
    assert await table_names(engine, "ml_training") > OUR_TABLES
    await migrator.downgrade("base", allow_loss=True)
    assert await migrator.current() is None


async def test_a_schema_from_before_cross_validation_takes_its_runs_after_the_upgrade(empty_engine):
    migrator = Migrator(empty_engine)
    add_cv = sa.text(ADD_RUN.replace("'train'", "'cv'"))
    await migrator.upgrade("0003")
    async with empty_engine.begin() as connection:
        await connection.execute(sa.text(ADD_RUN))
    with pytest.raises(sa.exc.IntegrityError, match="ck_ml_runs_kind"):
        async with empty_engine.begin() as connection:
            await connection.execute(add_cv)

    await migrator.upgrade("0004")
    async with empty_engine.begin() as connection:
        await connection.execute(add_cv)
    await migrator.downgrade("0003", allow_loss=True)

    async with empty_engine.connect() as connection:
        kinds = await connection.scalars(sa.text("SELECT kind FROM ml_training.ml_runs"))
        assert ["train"] == list(kinds)


@pytest.mark.parametrize("revision", ["nope", "+7"])
async def test_an_unknown_revision_is_not_found(engine, revision):
    with pytest.raises(UnknownRevisionError, match="db history") as caught:
        await Migrator(engine).upgrade(revision)
    assert caught.value.exit_code == 4


async def test_an_empty_database_is_not_current(empty_engine):
    with pytest.raises(MigrationsMissingError, match="found no migration"):
        await Migrator(empty_engine).require_current()


async def test_a_migrated_database_is_current(engine):
    await Migrator(engine).require_current()


@pytest.mark.parametrize("step", ["require_current", "upgrade"])
async def test_a_database_from_the_future_is_left_alone(engine, step):
    async with engine.begin() as connection:
        await connection.execute(
            sa.text("UPDATE ml_training.alembic_version SET version_num = 'future'")
        )
    with pytest.raises(SchemaTooNewError, match="found revision future"):
        await getattr(Migrator(engine), step)()


async def test_a_failed_migration_leaves_nothing_behind(empty_engine):
    async with empty_engine.begin() as connection:
        await connection.execute(sa.text("CREATE SCHEMA ml_training"))
        await connection.execute(sa.text("CREATE TABLE ml_training.ml_models ()"))
    with pytest.raises(sa.exc.ProgrammingError, match="already exists"):
        await Migrator(empty_engine).upgrade()
    assert await table_names(empty_engine, "ml_training") == {"ml_models"}
