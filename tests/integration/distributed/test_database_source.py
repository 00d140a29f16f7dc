"""Essays of the host's table in ranges of ids: each once, whatever an id is."""

import pytest

from huleedu_ml_training.config import EssayColumns, EssaySource
from huleedu_ml_training.data.column_errors import MissingTableColumnsError
from huleedu_ml_training.data.table_errors import MissingTableError
from huleedu_ml_training.database.engine import ResolvedDatabase
from huleedu_ml_training.distributed.database_source import DatabaseEssaySource
from huleedu_ml_training.distributed.errors import NoEssaysError

BARE = EssaySource(table="Pupil essays", columns=EssayColumns(prompt_text=None, language=None))
NAMED = EssaySource(table="Pupil essays")


@pytest.fixture
def source_of(engine, database_url):
    """Make a table of 23 essays, every tenth without text, and a source of it."""

    async def make(id_type: str, an_id: str, essays: EssaySource = BARE, n: int = 23):
        columns = f"id {id_type} PRIMARY KEY, text text, prompt_text text, language text"
        values = (
            f"{an_id}, CASE WHEN n % 10 = 0 THEN NULL ELSE 'Essay ' || n END, 'Write.', "
            "CASE WHEN n % 2 = 0 THEN 'sv' END"
        )
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f'CREATE TABLE "Pupil essays" ({columns})')
            await connection.exec_driver_sql(
                f'INSERT INTO "Pupil essays" SELECT {values} FROM generate_series(1, {n}) AS n'
            )
        return DatabaseEssaySource(ResolvedDatabase(database_url, embedded=False), essays)

    return make


async def read_all(source, shards, batch_size=3):
    return [
        [essay async for batch in source.read(shard, batch_size) for essay in batch]
        for shard in shards
    ]


@pytest.mark.parametrize(
    ("id_type", "an_id"),
    [
        ("bigint", "n * 7"),
        ("text", "'e' || n"),
        ("uuid", "md5(n::text)::uuid"),
        ("numeric(10, 2)", "n / 4.0"),
        ("timestamptz", "timestamptz '2025-03-01 00:00+01' + n * interval '1 hour'"),
    ],
)
@pytest.mark.parametrize("n_shards", [1, 4, 21, 100])
async def test_every_essay_with_a_text_is_in_one_shard(source_of, id_type, an_id, n_shards):
    source = await source_of(id_type, an_id)
    what, shards = await source.divide(n_shards)
    read = await read_all(source, shards)

    assert {"kind": "database", "table": "Pupil essays"} == what
    assert [len(essays) for essays in read] == [shard.n_essays for shard in shards]
    assert min(n_shards, 21) >= len(shards)
    texts = [essay.content.text for essays in read for essay in essays]
    expected = [f"Essay {n}" for n in range(1, 24) if n % 10]
    assert sorted(expected) == sorted(texts)
    if id_type == "bigint":
        assert expected == texts


async def test_prompt_and_language_are_read_where_they_are_mapped(source_of):
    source = await source_of("bigint", "n", NAMED)
    _, shards = await source.divide(None)
    ((first, second, *_),) = await read_all(source, shards)
    assert ("1", "Essay 1", "Write.", "en") == (
        first.essay_id,
        first.content.text,
        first.content.prompt_text,
        first.content.language,
    )
    assert "sv" == second.content.language


async def test_a_table_without_essays_is_told_of(source_of):
    source = await source_of("bigint", "n", n=0)
    with pytest.raises(NoEssaysError, match="Pupil essays"):
        await source.divide(2)


async def test_a_table_or_column_that_is_not_there_is_named(source_of, database_url):
    database = ResolvedDatabase(database_url, embedded=False)
    with pytest.raises(MissingTableError, match="absent"):
        await DatabaseEssaySource(database, EssaySource(table="absent")).divide(2)
    columns = EssayColumns(text="essay_text", prompt_text=None, language=None)
    await source_of("bigint", "n")
    other = EssaySource(table="Pupil essays", columns=columns)
    with pytest.raises(MissingTableColumnsError, match="essay_text"):
        await DatabaseEssaySource(database, other).divide(2)
