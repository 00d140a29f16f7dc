"""Tables for those who have no host; the host's own are left alone."""

import pytest
import sqlalchemy as sa

from huleedu_ml_training.config import EssayColumns, EssaySource, FeatureColumns
from huleedu_ml_training.database.host_tables import (
    HostTable,
    HostTableConflictError,
    HostTables,
    TableState,
)


async def columns_of(engine, table, schema=None):
    def read(connection):
        return {
            column["name"]: str(column["type"])
            for column in sa.inspect(connection).get_columns(table, schema=schema)
        }

    async with engine.connect() as connection:
        return await connection.run_sync(read)


async def execute(engine, statement, **parameters):
    async with engine.begin() as connection:
        return await connection.execute(sa.text(statement), parameters)


async def test_both_tables_are_created_and_found_again(engine):
    tables = HostTables(engine, EssaySource())
    names = ["essays", "essay_features"]
    assert await tables.create() == [HostTable(name, TableState.CREATED) for name in names]
    assert await tables.create() == [HostTable(name, TableState.PRESENT) for name in names]


async def test_an_essay_needs_little(engine):
    await HostTables(engine, EssaySource()).create()
    await execute(
        engine,
        "INSERT INTO essays (id, text, grade, scale, text_digest) VALUES ('1', 't', 'A', 's', 'd')",
    )
    row = (await execute(engine, "SELECT * FROM essays")).mappings().one()
    assert row["language"] == "en"
    assert row["metadata"] == {}
    assert row["ratings"] is None
    assert row["created_at"] is None


async def test_names_come_from_the_settings_and_are_quoted(engine):
    source = EssaySource(
        schema_name="School Data",
        table='odd"; DROP TABLE x; --',
        columns=EssayColumns(id="order", text="Brödtext", grade="GRADE", ratings=None, source=None),
        features=FeatureColumns(table="Vectors", layout="real_array", vector="values"),
    )
    await HostTables(engine, source).create()
    columns = await columns_of(engine, source.table, "School Data")
    assert {"order", "Brödtext", "GRADE", "text_digest"} < columns.keys()
    assert columns.keys().isdisjoint({"ratings", "source"})
    assert (await columns_of(engine, "Vectors", "School Data"))["values"] == "ARRAY"


async def test_features_may_have_a_column_each(engine):
    features = FeatureColumns(layout="columns", names=("fkgl", "ttr lemma"))
    await HostTables(engine, EssaySource(features=features)).create()
    columns = await columns_of(engine, "essay_features")
    assert (columns["fkgl"], columns["ttr lemma"]) == ("REAL", "REAL")


async def test_a_table_with_other_columns_is_left_as_it_is(engine):
    await execute(engine, "CREATE TABLE essays (id text, text text, betyg text)")
    with pytest.raises(HostTableConflictError, match="essays") as caught:
        await HostTables(engine, EssaySource()).create()
    assert caught.value.exit_code == 4
    assert caught.value.missing[:2] == ("grade", "prompt")
    assert set(await columns_of(engine, "essays")) == {"id", "text", "betyg"}


async def test_all_or_nothing(engine):
    await execute(engine, "CREATE TABLE essay_features (id text)")
    with pytest.raises(HostTableConflictError, match="essay_features"):
        await HostTables(engine, EssaySource()).create()
    assert (await execute(engine, "SELECT to_regclass('essays')")).scalar() is None


async def test_features_go_with_their_essay(engine):
    await HostTables(engine, EssaySource()).create()
    await execute(
        engine,
        "INSERT INTO essays (id, text, grade, scale, text_digest) VALUES ('1', 't', 'A', 's', 'd')",
    )
    await execute(
        engine,
        "INSERT INTO essay_features (essay_id, schema_digest, features) VALUES ('1', 's', '[1]')",
    )
    await execute(engine, "DELETE FROM essays")
    assert (await execute(engine, "SELECT count(*) FROM essay_features")).scalar() == 0
