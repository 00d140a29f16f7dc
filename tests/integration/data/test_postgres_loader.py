"""Reading essays from a real PostgreSQL."""

import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest

from huleedu_ml_training.config import EssayColumns, EssaySource, FeatureColumns, RatingSource
from huleedu_ml_training.container import create_container
from huleedu_ml_training.data.column_errors import (
    ColumnTypeError,
    MissingTableColumnsError,
    UnmappedColumnError,
)
from huleedu_ml_training.data.errors import EmptyDatasetError, UnknownGradesError
from huleedu_ml_training.data.loader import PostgresDataLoader
from huleedu_ml_training.data.protocols import DataLoaderProtocol
from huleedu_ml_training.data.table_errors import (
    DuplicateEssayError,
    MissingTableError,
    TablePermissionError,
)
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.errors import DatabaseUnavailableError
from huleedu_ml_training.domain.concatenation import concatenate
from huleedu_ml_training.domain.dataset import EssaySelection
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.testing.essays import (
    ELLIPSE_OVERALL,
    NEW_YEAR,
    SWEDISH_8,
    dated_essays,
    varied_essays,
)
from huleedu_ml_training.testing.loader_suite import DataLoaderSuite

BARE = EssayColumns(
    prompt=None,
    prompt_text=None,
    language=None,
    created_at=None,
    scale=None,
    source=None,
    ratings=None,
    metadata=None,
)


class TestPostgresDataLoader(DataLoaderSuite):
    @pytest.fixture
    def open_loader(self, engine, store):
        async def opened(dataset, scale):
            source = EssaySource(columns=EssayColumns(scale=None))
            return PostgresDataLoader(engine, await store(dataset, source), scale, batch_size=3)

        return opened


async def test_the_container_gives_a_loader_of_the_settings(settings, store):
    await store(dated_essays([0, 1, 2]))
    container = create_container(settings)
    loader = await container.get(DataLoaderProtocol)
    assert 3 == len(await loader.load())
    await container.close()


class TestForeignTables:
    """The host's tables are as they are: other names, other types, fewer columns."""

    async def test_hostile_names_are_quoted(self, engine, store, schema):
        source = EssaySource(
            schema=schema,
            table='essays\'); DROP TABLE "x" %s $1 :a',
            columns=EssayColumns(id='The "Id"', text="select", grade="%(grade)s", prompt="a:b"),
        )
        await store(varied_essays(), source)
        loader = PostgresDataLoader(engine, source, SWEDISH_8)
        selection = EssaySelection(prompts=("sea",), min_words=1)
        assert ("a10", "b") == (await loader.load(selection)).essay_ids

    async def test_few_columns_of_other_types(self, engine, execute):
        await execute(
            "CREATE TABLE work (nr integer, body varchar, mark numeric(2, 1))",
            "INSERT INTO work VALUES (10, 'ten', 3), (9, 'nine', 3.5), (11, 'ungraded', NULL), "
            "(12, NULL, 4)",
        )
        columns = BARE.model_copy(update={"id": "nr", "text": "body", "grade": "mark"})
        source = EssaySource(table="work", columns=columns)
        loaded = await PostgresDataLoader(engine, source, ELLIPSE_OVERALL).load()
        assert (("10", "9"), [4, 5]) == (loaded.essay_ids, loaded.grades.tolist())
        assert (("en", "en"), (None, None)) == (loaded.languages, loaded.prompts)
        assert (2, 0) == loaded.ratings.shape

    @pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date"])
    async def test_times_without_a_zone_are_in_utc(self, database_url, execute, kind):
        await execute(
            f"CREATE TABLE essays (id uuid, text text, grade text, at {kind})",
            "INSERT INTO essays VALUES (gen_random_uuid(), 'one', 'A', '2025-03-01 00:00:00Z')",
        )
        url = f"{database_url}&timezone=Asia/Tokyo"
        engine = create_engine(ResolvedDatabase(url, embedded=False))
        source = EssaySource(columns=BARE.model_copy(update={"created_at": "at"}))
        loader = PostgresDataLoader(engine, source, SWEDISH_8)
        first_of_march = datetime(2025, 3, 1, tzinfo=UTC)
        loaded = await loader.load(EssaySelection(since=first_of_march))
        assert (first_of_march,) == loaded.created_at
        with pytest.raises(EmptyDatasetError):
            await loader.load(EssaySelection(until=first_of_march))
        await engine.dispose()

    async def test_ratings_may_be_an_array_of_labels(self, engine, execute):
        await execute(
            "CREATE TABLE essays (id text, text text, grade text, raters text[])",
            "INSERT INTO essays VALUES ('a', 'one', 'A', '{A,NULL,B}'), ('b', 'two', 'F', NULL)",
        )
        source = EssaySource(columns=BARE.model_copy(update={"ratings": "raters"}))
        loaded = await PostgresDataLoader(engine, source, SWEDISH_8).load()
        nan = np.nan
        np.testing.assert_array_equal([[7, nan, 6], [nan] * 3], loaded.ratings)

    async def test_ratings_may_stand_in_columns_of_raters(self, engine, execute):
        await execute(
            'CREATE TABLE essays (id text, text text, grade text, rater_1 text, "Rater 2" text)',
            "INSERT INTO essays VALUES ('a', 'one', 'A', NULL, 'B'), ('b', 'two', 'F', 'F', 'E')",
        )
        ratings = RatingSource(columns=("rater_1", "Rater 2"))
        loaded = await PostgresDataLoader(
            engine, EssaySource(columns=BARE, ratings=ratings), SWEDISH_8
        ).load()
        np.testing.assert_array_equal([[np.nan, 6], [0, 1]], loaded.ratings)

    @pytest.mark.parametrize("kind", ["integer", "text"])
    async def test_ratings_may_stand_in_a_table(self, engine, execute, kind):
        await execute(
            "CREATE TABLE essays (id integer, text text, grade text)",
            "INSERT INTO essays VALUES (1, 'one', 'A'), (2, 'two', 'F'), (3, 'three', 'C')",
            f"CREATE TABLE essay_ratings (essay_id {kind}, rater_id text, grade text)",
            "INSERT INTO essay_ratings VALUES ('2', 'b', 'E'), ('1', 'b', 'B'), ('2', 'B', 'F'), "
            "('2', 'a', NULL), ('1', 'c', 'A'), ('1', 'a', 'C+'), ('9', 'a', 'A')",
        )
        source = EssaySource(
            columns=EssayColumns(**{**BARE.model_dump(), "ratings": "not_there"}),
            ratings=RatingSource(table="essay_ratings"),
        )
        loader = PostgresDataLoader(engine, source, SWEDISH_8, batch_size=1)
        nan = np.nan
        loaded = await loader.load()
        np.testing.assert_array_equal([[5, 6, 7], [0, 1, nan], [nan] * 3], loaded.ratings)
        streamed = concatenate([batch async for batch in loader.stream()])
        assert loaded.digest == streamed.digest

    async def test_a_table_of_ratings_goes_with_a_table_of_features(self, engine, execute):
        await execute(
            "CREATE TABLE essays (id text, text text, grade text)",
            "INSERT INTO essays VALUES ('a', 'one', 'A')",
            "CREATE TABLE essay_ratings (essay_id text, rater_id text, grade text)",
            "INSERT INTO essay_ratings VALUES ('a', 'x', 'B')",
            "CREATE TABLE vectors (essay_id text, features jsonb)",
            r"""INSERT INTO vectors VALUES ('a', '{"words"\: 3}')""",
        )
        source = EssaySource(
            columns=BARE,
            ratings=RatingSource(table="essay_ratings"),
            features=FeatureColumns(table="vectors"),
        )
        loaded = await PostgresDataLoader(engine, source, SWEDISH_8).load()
        assert ([[6]], [[3]]) == (loaded.ratings.tolist(), loaded.features.tolist())

    async def test_numbers_in_documents_are_texts(self, engine, execute):
        await execute(
            "CREATE TABLE essays (id text, text text, grade text, raters jsonb, more json)",
            r"INSERT INTO essays VALUES ('a', 'one', '3', '[3, 3.5]', "
            r"""'{"year"\: 9, "class"\: {"a"\: 1}, "none"\: null}')""",
        )
        columns = BARE.model_copy(update={"ratings": "raters", "metadata": "more"})
        source = EssaySource(columns=columns)
        loaded = await PostgresDataLoader(engine, source, ELLIPSE_OVERALL).load()
        np.testing.assert_array_equal([[4, 5]], loaded.ratings)
        assert {"year": ("9",), "class": ('{"a": 1}',), "none": (None,)} == dict(loaded.metadata)

    async def test_a_view_is_as_good_as_a_table(self, engine, store, execute):
        await store(varied_essays())
        await execute("CREATE VIEW swedish AS SELECT * FROM essays WHERE language = 'sv'")
        loader = PostgresDataLoader(engine, EssaySource(table="swedish"), SWEDISH_8)
        assert 3 == len(await loader.load())

    async def test_essays_on_another_scale_are_left_out(self, engine, store):
        await store(varied_essays())
        await store(dated_essays([0, 8], scale=ELLIPSE_OVERALL))
        loader = PostgresDataLoader(engine, EssaySource(), ELLIPSE_OVERALL)
        assert ("essay-0000", "essay-0001") == (await loader.load()).essay_ids

    async def test_other_scales_are_named_where_one_is_empty(self, engine, store):
        await store(varied_essays())
        with pytest.raises(EmptyDatasetError) as caught:
            await PostgresDataLoader(engine, EssaySource(), ELLIPSE_OVERALL).load()
        assert {"swedish_8": 8} == caught.value.scales
        assert "choose their scale: --scale swedish_8" == caught.value.remedy
        assert ExitCode.INVALID_DATA == caught.value.exit_code

    async def test_unknown_grades_are_counted(self, engine, execute, store):
        await store(dated_essays([0, 1, 2, 3, 4, 5]))
        await execute(
            "UPDATE essays SET grade = 'MVG' WHERE id <= 'essay-0001'",
            "UPDATE essays SET grade = 'IG' WHERE id = 'essay-0005'",
        )
        loader = PostgresDataLoader(engine, EssaySource(), SWEDISH_8, batch_size=1)
        with pytest.raises(UnknownGradesError) as caught:
            await loader.load()
        assert {"MVG": 2, "IG": 1} == caught.value.counts
        assert "'MVG' (2×), 'IG' (1×)" in str(caught.value)


class TestWhatIsWrongIsNamed:
    async def test_missing_table(self, engine):
        with pytest.raises(MissingTableError) as caught:
            await PostgresDataLoader(engine, EssaySource(), SWEDISH_8).load()
        assert "the database has no table essays" == caught.value.what
        assert "essays.table" in caught.value.remedy
        assert "db create-host-tables" in caught.value.remedy

    async def test_missing_schema(self, engine):
        source = EssaySource(schema="nowhere")
        with pytest.raises(MissingTableError, match=r"no table nowhere\.essays"):
            await PostgresDataLoader(engine, source, SWEDISH_8).load()

    async def test_a_missing_table_or_column_of_ratings(self, engine, execute):
        await execute("CREATE TABLE essays (id text, text text, grade text)")
        source = EssaySource(columns=BARE, ratings=RatingSource(table="essay_ratings"))
        with pytest.raises(MissingTableError) as absent:
            await PostgresDataLoader(engine, source, SWEDISH_8).load()
        assert "set essays.ratings.table to the host's table" in absent.value.remedy
        assert "create-host-tables" not in absent.value.remedy
        await execute("CREATE TABLE essay_ratings (essay_id text, grade text)")
        with pytest.raises(MissingTableColumnsError) as caught:
            await PostgresDataLoader(engine, source, SWEDISH_8).load()
        assert {"essays.ratings.rater": "rater_id"} == caught.value.missing
        columns = EssaySource(columns=BARE, ratings=RatingSource(columns=("rater_1",)))
        with pytest.raises(MissingTableColumnsError) as caught:
            await PostgresDataLoader(engine, columns, SWEDISH_8).load()
        assert {"essays.ratings.columns[rater_1]": "rater_1"} == caught.value.missing

    async def test_missing_columns(self, engine, execute):
        await execute('CREATE TABLE essays (id text, text text, "Grade" text)')
        source = EssaySource(columns=BARE.model_copy(update={"prompt": "topic"}))
        with pytest.raises(MissingTableColumnsError) as caught:
            await PostgresDataLoader(engine, source, SWEDISH_8).load()
        assert {
            "essays.columns.grade": "grade",
            "essays.columns.prompt": "topic",
        } == caught.value.missing
        assert "its columns are id, text, Grade" == caught.value.why

    async def test_empty_table(self, engine, store):
        await store(varied_essays().take(np.array([], dtype=np.int64)))
        with pytest.raises(EmptyDatasetError) as caught:
            await PostgresDataLoader(engine, EssaySource(), SWEDISH_8).load()
        assert "the table essays holds no graded essay" == caught.value.what
        assert "data import" in caught.value.remedy

    async def test_an_id_that_occurs_twice(self, engine, execute):
        await execute(
            "CREATE TABLE essays (id text, text text, grade text)",
            "INSERT INTO essays VALUES ('a', 'one', 'A'), ('b', 'two', 'A'), ('b', 'two', 'A')",
        )
        loader = PostgresDataLoader(engine, EssaySource(columns=BARE), SWEDISH_8, batch_size=2)
        with pytest.raises(DuplicateEssayError, match="more than one row for the essay 'b'"):
            await loader.load()

    @pytest.mark.parametrize(
        ("selection", "setting"),
        [
            (EssaySelection(since=NEW_YEAR), "created_at"),
            (EssaySelection(until=NEW_YEAR), "created_at"),
            (EssaySelection(prompts=("x",)), "prompt"),
            (EssaySelection(exclude_prompts=("x",)), "prompt"),
            (EssaySelection(languages=("sv",)), "language"),
            (EssaySelection(sources=("x",)), "source"),
        ],
    )
    async def test_selecting_by_a_column_that_is_not_there(self, engine, store, selection, setting):
        source = await store(dated_essays([0, 1]), EssaySource(columns=BARE))
        with pytest.raises(UnmappedColumnError) as caught:
            await PostgresDataLoader(engine, source, SWEDISH_8).load(selection)
        assert f"essays.columns.{setting}" == caught.value.setting

    async def test_a_time_that_is_none(self, engine, execute):
        await execute("CREATE TABLE essays (id text, text text, grade text, at text)")
        source = EssaySource(columns=BARE.model_copy(update={"created_at": "at"}))
        with pytest.raises(ColumnTypeError, match="'at' of essays is of type text"):
            await PostgresDataLoader(engine, source, SWEDISH_8).load()

    async def test_a_connection_that_is_lost(self, engine, execute, store):
        dataset = dated_essays([i % 8 for i in range(300)])
        loader = PostgresDataLoader(engine, await store(dataset), SWEDISH_8)
        stream = aiter(loader.stream(batch_size=1))
        await anext(stream)
        await execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = current_schema() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(DatabaseUnavailableError):
            [batch async for batch in stream]
        assert 300 == len(await loader.load())


class TestPermissions:
    @pytest.fixture
    async def source(self, store, schema):
        return await store(varied_essays(), EssaySource(schema=schema))

    @pytest.fixture
    def loader(self, source, reader):
        return PostgresDataLoader(reader[1], source, SWEDISH_8)

    async def test_the_schema_is_closed(self, loader, reader):
        with pytest.raises(TablePermissionError) as caught:
            await loader.load()
        assert (reader[0], ("SELECT",)) == (caught.value.role, caught.value.privileges)
        assert ExitCode.INFRASTRUCTURE == caught.value.exit_code

    async def test_the_table_is_closed(self, loader, reader, execute):
        with pytest.raises(TablePermissionError) as caught:
            await loader.load()
        usage, _ = caught.value.statements
        await execute(usage)
        with pytest.raises(TablePermissionError, match=f"the role {reader[0]} lacks SELECT on"):
            await loader.load()

    async def test_the_statements_in_the_message_are_enough(self, loader, execute):
        with pytest.raises(TablePermissionError) as caught:
            await loader.load()
        await execute(*caught.value.statements)
        assert 8 == len(await loader.load())
        assert "; ".join(caught.value.statements) in caught.value.remedy


async def test_memory_is_bounded_by_the_batch(engine, execute, store):
    """A stream of 30 MB is read with a fraction of it in memory at any time."""
    source = await store(dated_essays([0]))
    await execute(
        "INSERT INTO essays (id, text, grade, scale, text_digest) "
        "SELECT i::text, repeat('word ', 3000), 'A', 'swedish_8', '' "
        "FROM generate_series(1, 2000) AS i"
    )
    loader = PostgresDataLoader(engine, source, SWEDISH_8)
    n_read = 0
    tracemalloc.start()
    async for batch in loader.stream(batch_size=20):
        n_read += len(batch)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 2001 == n_read
    assert peak < 6e6
