"""Trainers register, promoters promote, services read; and none of them does anything else."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from types import SimpleNamespace
from urllib.parse import quote, urlsplit
from uuid import uuid4

import asyncpg
import numpy as np
import pytest
import pytest_asyncio
import sqlalchemy as sa

from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.errors import DatabasePermissionError
from huleedu_ml_training.database.grants import Grants
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.database.role_errors import (
    DatabaseRoleNotFoundError,
    GrantsNotEffectiveError,
    PowerfulRoleError,
)
from huleedu_ml_training.database.roles import DatabaseRole
from huleedu_ml_training.features.protocols import FeatureKey
from huleedu_ml_training.features.store import PostgresFeatureStore
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.publishing import ModelPublisher
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.runs.records import NewRun, RunKind, RunState
from huleedu_ml_training.registry.runs.store import PostgresRunStore
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, replayed

EVENTS = "ml_training.ml_model_events"
MODELS = "ml_training.ml_models"
PASSWORD = uuid4().hex
HOURS = (timedelta(hours=n) for n in count())
"""Bundles lie in one store, under names made of their time."""
DENIED = "lacks a privilege"


@asynccontextmanager
async def server_roles(database_url, *kinds):
    """Roles of the server with names of this test's own; gives kind → name."""
    names = {kind: f"test_{kind}_{uuid4().hex[:12]}" for kind in kinds}
    owner = await asyncpg.connect(database_url)
    for name in names.values():
        await owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    try:
        yield names
    finally:
        for name in names.values():
            await owner.execute(f"DROP OWNED BY {name}")
            await owner.execute(f"DROP ROLE {name}")
        await owner.close()


def url_of(database_url, name):
    parts = urlsplit(database_url)
    host = parts.netloc.rpartition("@")[2]
    return f"postgresql://{name}:{quote(PASSWORD)}@{host}{parts.path}?{parts.query}"


@pytest.fixture(scope="module")
def database(module_database_url):
    return module_database_url


@pytest_asyncio.fixture(scope="module")
async def owner(database):
    """Engine of who owns the tables."""
    engine = create_engine(ResolvedDatabase(database, embedded=False))
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture(scope="module")
async def school(database, owner, tmp_path_factory):
    """The same registry as trainer, promoter, service and as somebody without any role."""
    kinds = [*DatabaseRole, "stranger"]
    artifacts = LocalArtifactStore(tmp_path_factory.mktemp("home"))
    async with server_roles(database, *kinds) as names:
        for role in DatabaseRole:
            assert await Grants(owner).set(names[role], [role])
        engines = {
            kind: create_engine(ResolvedDatabase(url_of(database, names[kind]), embedded=False))
            for kind in kinds
        }
        registries = {
            kind: PostgresModelRegistry(each, MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts)
            for kind, each in engines.items()
        }
        yield SimpleNamespace(names=names, engines=engines, artifacts=artifacts, **registries)
        for each in engines.values():
            await each.dispose()


@pytest.fixture
def name():
    """Name of a model of this test's own."""
    return f"scorer-{uuid4().hex[:12]}"


async def train(school, name, *, by="trainer", at=None, qwk_low=0.6):
    """Publish a version, as trainer if nobody else is named."""
    at = at or datetime(2025, 1, 1, tzinfo=UTC) + next(HOURS)
    publisher = ModelPublisher(school.artifacts, getattr(school, by))
    make = partial(small_bundle, qwk_low=qwk_low, model_name=name)
    return await publisher.publish(make, created_at=at, actor=by)


async def sql(engine, statement, **values):
    async with engine.begin() as connection:
        await connection.execute(sa.text(statement), values)


async def refused(engine, statement, match, **values):
    with pytest.raises(sa.exc.DBAPIError, match=match) as caught:
        await sql(engine, statement, **values)
    assert "42501" == caught.value.orig.sqlstate


class TestWhatEachMayDo:
    async def test_a_version_s_whole_life(self, school, name):
        first, second = await train(school, name), await train(school, name)
        for model in (first, second):
            for stage in (Stage.STAGING, Stage.PRODUCTION):
                await school.promoter.promote(str(model.id), stage, actor="promoter")
        back = await school.promoter.rollback(name, actor="promoter")
        assert first.id == back.id
        await school.promoter.demote(
            str(first.id), Stage.ARCHIVED, actor="promoter", reason="out of date", force=True
        )
        found = await school.service.list_models(model_name=name)
        assert [Stage.ARCHIVED, Stage.ARCHIVED] == [model.stage for model in found]
        history = await school.service.history(name)
        assert {model.id: model.stage for model in found} == replayed(history)
        assert {"trainer", "promoter"} == {event.actor for event in history}

    async def test_a_refusal_of_the_gate_is_written_down_by_a_promoter(self, school, name):
        model = await train(school, name, qwk_low=0.1)
        await school.promoter.promote(str(model.id), Stage.STAGING, actor="promoter")
        with pytest.raises(Exception, match="refused") as caught:
            await school.promoter.promote(str(model.id), Stage.PRODUCTION, actor="promoter")
        assert 3 == caught.value.exit_code
        assert "refused" == (await school.service.history(name))[-1].action

    async def test_two_jobs_that_finish_in_one_second(self, school, name):
        at = datetime(2030, 1, 1, tzinfo=UTC)
        first, second = [await train(school, name, at=at) for _ in range(2)]
        assert first.version < second.version

    async def test_a_trainer_keeps_runs_and_features(self, school):
        runs = PostgresRunStore(school.engines["trainer"])
        run = await runs.start(
            NewRun(
                kind=RunKind.TRAIN,
                experiment_name="x",
                inputs_digest="0" * 64,
                config={},
                dataset_digest=None,
                correlation_id=None,
            )
        )
        assert (await runs.finish(run.id, RunState.COMPLETED, metrics={"qwk": 0.7})).metrics
        await runs.close()
        store = PostgresFeatureStore(school.engines["trainer"])
        key = FeatureKey("a" * 64, "b" * 64, "c" * 64)
        await store.put({key: np.ones(2, dtype=np.float32)})
        assert key in await store.get([key])

    @pytest.mark.parametrize("kind", [role.value for role in DatabaseRole])
    async def test_everybody_sees_that_the_tables_are_up_to_date(self, school, kind):
        await Migrator(school.engines[kind]).require_current()

    async def test_a_service_listens(self, school, name, database):
        heard = []
        connection = await asyncpg.connect(url_of(database, school.names["service"]))
        await connection.add_listener("ml_training_stages", lambda *each: heard.append(each[-1]))
        model = await train(school, name)
        await school.promoter.promote(str(model.id), Stage.STAGING, actor="promoter")
        await connection.execute("SELECT 1")
        await connection.close()
        assert [{"model_name": name, "stage": "staging"}] == [*map(json.loads, heard)]


class TestWhatTheLibraryIsRefused:
    @pytest.mark.parametrize("kind", ["promoter", "service", "stranger"])
    async def test_registering(self, school, kind, name):
        with pytest.raises(DatabasePermissionError, match=DENIED):
            await train(school, name, by=kind)
        assert [] == await school.service.list_models(model_name=name)

    @pytest.mark.parametrize("kind", ["trainer", "service", "stranger"])
    async def test_promoting(self, school, kind, name):
        model = await train(school, name)
        with pytest.raises(DatabasePermissionError, match=DENIED):
            await getattr(school, kind).promote(str(model.id), Stage.STAGING, actor="x")
        assert [Stage.DEV] == [
            each.stage for each in await school.promoter.list_models(model_name=name)
        ]

    @pytest.mark.parametrize("kind", ["promoter", "service", "stranger"])
    async def test_starting_runs(self, school, kind):
        runs = PostgresRunStore(school.engines[kind])
        with pytest.raises(DatabasePermissionError):
            await runs.start(
                NewRun(
                    kind=RunKind.TRAIN,
                    experiment_name="x",
                    inputs_digest="0" * 64,
                    config={},
                    dataset_digest=None,
                    correlation_id=None,
                )
            )
        await runs.close()

    async def test_a_stranger_sees_nothing(self, school):
        with pytest.raises(DatabasePermissionError):
            await school.stranger.list_models()

    @pytest.mark.parametrize("kind", ["trainer", "promoter", "service", "stranger"])
    async def test_migrating(self, school, kind, name):
        with pytest.raises(DatabasePermissionError):
            await Migrator(school.engines[kind]).downgrade("-1", allow_loss=True)


NEW_MODEL = (
    f"INSERT INTO {MODELS} (model_name, version, model_path, metrics, hyperparameters,"
    " feature_names, digest, scale {more}) VALUES (:name, '20250101_120000',"
    " 'models/x', '{{}}', '{{}}', '[]', repeat('a', 64), '[]' {values})"
)
NEW_ENTRY = (
    f"INSERT INTO {EVENTS} (model_id, model_name, version, actor, action, from_stage, to_stage,"
    " occurred_at) SELECT id, model_name, version, 'x', :action, :from_stage, :to_stage,"
    f" clock_timestamp() + make_interval(secs => :later) FROM {MODELS} WHERE model_name = :name"
)
ENTRY = {"action": "refused", "from_stage": "dev", "to_stage": "staging", "later": 0}


class TestWhatSqlIsRefused:
    """By hand, past the library."""

    @pytest.mark.parametrize("kind", ["trainer", "promoter", "service"])
    @pytest.mark.parametrize(
        "statement",
        [
            f"DELETE FROM {MODELS}",
            f"TRUNCATE {MODELS} CASCADE",
            f"DELETE FROM {EVENTS}",
            f"UPDATE {EVENTS} SET actor = 'nobody'",
            f"TRUNCATE {EVENTS}",
            f"UPDATE {MODELS} SET model_path = 'models/other'",
            f"UPDATE {MODELS} SET digest = repeat('b', 64)",
            f"UPDATE {MODELS} SET metrics = '{{}}'",
            f"UPDATE {MODELS} SET stage = 'production', version = '20300101_000000'",
            f"INSERT INTO {EVENTS} (id, actor) OVERRIDING SYSTEM VALUE VALUES (1, 'x')",
            f"ALTER TABLE {EVENTS} DISABLE TRIGGER ALL",
            f"ALTER TABLE {MODELS} DROP COLUMN digest",
            f"DROP TRIGGER tr_ml_model_events_append_only ON {EVENTS}",
            f"CREATE RULE mine AS ON INSERT TO {EVENTS} DO INSTEAD NOTHING",
            "SET session_replication_role = replica",
            "CREATE TABLE ml_training.mine (a int)",
            f"GRANT ALL ON {MODELS} TO PUBLIC",
            "DELETE FROM ml_training.ml_runs",
            "UPDATE ml_training.ml_runs SET config = '{}'",
            "UPDATE ml_training.alembic_version SET version_num = 'x'",
        ],
    )
    async def test_for_everybody(self, school, kind, statement, name, owner):
        await train(school, name)
        engine = school.engines[kind]
        if statement.startswith("GRANT"):  # the server only warns
            await sql(engine, statement)
            assert "PUBLIC" not in {each.name for each in await Grants(owner).grantees()}
            return
        await refused(engine, statement, "permission denied|must be owner|append-only")

    @pytest.mark.parametrize("kind", ["trainer", "service"])
    async def test_a_stage(self, school, kind, name):
        await train(school, name)
        statement = f"UPDATE {MODELS} SET stage = 'staging'"
        await refused(school.engines[kind], statement, "permission denied")

    @pytest.mark.parametrize(
        ("column", "value"),
        [("stage", "'production'"), ("id", "gen_random_uuid()"), ("created_at", "now()")],
    )
    async def test_a_trainer_chooses_no_stage_id_or_time(self, school, column, value, name):
        statement = NEW_MODEL.format(more=f", {column}", values=f", {value}")
        await refused(school.engines["trainer"], statement, "permission denied", name=name)

    async def test_a_version_without_an_entry_is_not_committed(self, school, name):
        statement = NEW_MODEL.format(more="", values="")
        await refused(school.engines["trainer"], statement, "the ledger does not say", name=name)

    @pytest.mark.parametrize("stage", ["staging", "production", "archived"])
    async def test_a_move_without_an_entry_is_not_committed(self, school, stage, name):
        await train(school, name)
        statement = f"UPDATE {MODELS} SET stage = '{stage}' WHERE model_name = '{name}'"
        await refused(school.engines["promoter"], statement, "the ledger does not say")

    @pytest.mark.parametrize(
        "changes",
        [
            {"action": "promoted", "to_stage": "staging"},
            {"action": "promoted", "to_stage": "dev"},
            {"action": "registered", "from_stage": None, "to_stage": "dev"},
            {"from_stage": "production"},
            {"from_stage": None},
            {"later": -86400 * 365},
            {"later": -120},
            {"later": 86400},
        ],
        ids=str,
    )
    async def test_an_entry_that_says_what_is_not_so(self, school, changes, name):
        await train(school, name)
        changes = {"action": "refused"} | changes
        match = "may not register|does not fit|another time|registered"
        await refused(school.engines["promoter"], NEW_ENTRY, match, name=name, **(ENTRY | changes))

    @pytest.mark.parametrize("action", ["promoted", "demoted", "rolled_back", "refused"])
    async def test_a_trainer_writes_entries_of_registration_only(self, school, action, name):
        await train(school, name)
        values = ENTRY | {"action": action}
        await refused(
            school.engines["trainer"], NEW_ENTRY, "may not write an entry", name=name, **values
        )

    async def test_a_second_registration_of_a_version(self, school, name):
        await train(school, name)
        values = ENTRY | {"action": "registered", "from_stage": None, "to_stage": "dev"}
        await refused(school.engines["trainer"], NEW_ENTRY, "does not fit", name=name, **values)

    async def test_functions_of_the_caller_s_own_change_nothing(self, school, name, owner):
        """A search path with an operator that finds everything equal is not looked at."""
        await train(school, name)
        promoter = school.names["promoter"]
        await sql(owner, f"CREATE SCHEMA {promoter} AUTHORIZATION {promoter}")
        engine = school.engines["promoter"]
        await sql(
            engine,
            f"CREATE FUNCTION {promoter}.pg_has_role(name, oid, text) RETURNS boolean"
            " LANGUAGE sql AS 'SELECT true'",
        )
        async with engine.connect() as connection:
            path = sa.text(f"SET search_path = {promoter}, pg_catalog")
            await connection.execute(path)
            await connection.execute(
                sa.text(f"UPDATE {MODELS} SET stage = 'production' WHERE model_name = '{name}'")
            )
            with pytest.raises(sa.exc.DBAPIError, match="the ledger does not say"):
                await connection.commit()


class TestGranting:
    async def test_a_second_time_changes_nothing(self, school, owner):
        for role in DatabaseRole:
            assert [] == await Grants(owner).set(school.names[role], [role])

    async def test_what_is_beyond_the_role_is_taken_away(self, school, owner):
        name, grants = school.names["service"], Grants(owner)
        await sql(owner, f"GRANT DELETE, UPDATE (stage) ON {MODELS} TO {name}")
        (found,) = [each for each in await grants.grantees() if each.name == name]
        assert ["DELETE on ml_models", "UPDATE on ml_models.stage"] == [*map(str, found.beyond)]
        assert await grants.set(name, [DatabaseRole.SERVICE], dry_run=True)
        assert found in await grants.grantees()
        assert await grants.set(name, [DatabaseRole.SERVICE])
        (found,) = [each for each in await grants.grantees() if each.name == name]
        assert ((DatabaseRole.SERVICE,), ()) == (found.roles, found.beyond)

    async def test_several_roles_and_none(self, school, name, owner):
        both_name, grants = school.names["stranger"], Grants(owner)
        both = [DatabaseRole.TRAINER, DatabaseRole.PROMOTER]
        await grants.set(both_name, both)
        (found,) = [each for each in await grants.grantees() if each.name == both_name]
        assert set(both) == set(found.roles)
        model = await train(school, name)
        await school.stranger.promote(str(model.id), Stage.STAGING, actor="both")
        await grants.set(both_name, [])
        assert both_name not in {each.name for each in await grants.grantees()}

    async def test_what_a_role_lacks_is_shown(self, school, owner):
        name = school.names["promoter"]
        await sql(owner, f"REVOKE UPDATE (stage) ON {MODELS} FROM {name}")
        (found,) = [each for each in await Grants(owner).grantees() if each.name == name]
        assert (DatabaseRole.SERVICE,) == found.roles
        assert "INSERT on ml_model_events.action" in [*map(str, found.beyond)]

    @pytest.mark.parametrize(
        "name",
        [
            "nobody",
            "public",
            "PUBLIC",
            "",
            "a" * 200,
            "a\0b",
            "\udc80",
            'x" TO PUBLIC; --',
            "x; --",
        ],
    )
    async def test_a_role_that_the_server_does_not_have(self, school, name, owner):
        with pytest.raises(DatabaseRoleNotFoundError) as caught:
            await Grants(owner).set(name, [DatabaseRole.SERVICE])
        assert str(caught.value).isprintable() or "\n" in str(caught.value)
        assert "PUBLIC" not in {each.name for each in await Grants(owner).grantees()}

    async def test_a_name_that_needs_quoting(self, owner):
        name = f'te"st; DROP {uuid4().hex[:8]}'
        quoted = '"' + name.replace('"', '""') + '"'
        await sql(owner, f"CREATE ROLE {quoted}")
        try:
            assert await Grants(owner).set(name, [DatabaseRole.SERVICE])
            assert name in {each.name for each in await Grants(owner).grantees()}
        finally:
            await sql(owner, f"DROP OWNED BY {quoted}")
            await sql(owner, f"DROP ROLE {quoted}")

    async def test_a_superuser_is_not_limited(self, owner):
        async with owner.connect() as connection:
            name = await connection.scalar(sa.text("SELECT current_user"))
        with pytest.raises(PowerfulRoleError, match="superuser"):
            await Grants(owner).set(name, [DatabaseRole.SERVICE])

    async def test_a_member_of_the_owner_is_not_limited(self, school, owner, database):
        async with server_roles(database, "owner", "member") as names:
            for table in ("ml_models", "ml_model_events"):
                statement = f"ALTER TABLE ml_training.{table} OWNER TO {names['owner']}"
                await sql(owner, statement)
            await sql(owner, f"GRANT {names['owner']} TO {names['member']}")
            try:
                with pytest.raises(PowerfulRoleError, match="owner"):
                    await Grants(owner).set(names["member"], [DatabaseRole.SERVICE])
            finally:
                await sql(owner, f"REASSIGN OWNED BY {names['owner']} TO CURRENT_USER")

    async def test_who_may_not_grant_is_told(self, school):
        with pytest.raises(GrantsNotEffectiveError, match="as the owner"):
            await Grants(school.engines["promoter"]).set(
                school.names["stranger"], [DatabaseRole.PROMOTER]
            )
