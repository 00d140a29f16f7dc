"""Feature vectors that the host keeps, in all four layouts, good and bad."""

import json

import numpy as np
import pytest

from huleedu_ml_training.config import EssaySource, FeatureColumns
from huleedu_ml_training.data.column_errors import ColumnTypeError, MissingTableColumnsError
from huleedu_ml_training.data.feature_errors import (
    FeatureNamesError,
    InvalidStoredFeaturesError,
    MissingFeaturesError,
)
from huleedu_ml_training.data.loader import PostgresDataLoader
from huleedu_ml_training.data.table_errors import DuplicateEssayError, MissingTableError
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.testing.essays import SWEDISH_8, dated_essays

NAMES = ("words", "The 'Mean' %", "errors")
IDS = ("essay-0000", "essay-0001")
EXPECTED = np.array([[100, 0.1, np.nan], [-2, 1e-30, 3]], dtype=np.float32)
JSON_ROWS = ([100, 0.1, None], [-2, 1e-30, 3])


def as_object(values):
    return dict(zip(NAMES, values, strict=True))


@pytest.fixture
def fill(execute, store, engine):
    """A function that stores two essays and their features, and gives a loader of both."""

    async def filled(layout, column_type, rows, *, names=NAMES, vector="vector"):
        await store(dated_essays([0, 1]))
        await execute(
            f'CREATE TABLE vectors (of_essay text, "{vector}" {column_type}, note text)',
            *(
                f"INSERT INTO vectors VALUES ('{essay_id}', '{value}')"
                for essay_id, value in zip(IDS, rows, strict=True)
            ),
        )
        features = FeatureColumns(
            table="vectors", essay_id="of_essay", layout=layout, vector=vector, names=names
        )
        return PostgresDataLoader(engine, EssaySource(features=features), SWEDISH_8)

    return filled


@pytest.mark.parametrize(
    ("layout", "column_type", "rows"),
    [
        ("jsonb_array", "jsonb", map(json.dumps, JSON_ROWS)),
        ("jsonb_array", "json", map(json.dumps, JSON_ROWS)),
        ("jsonb_object", "jsonb", (json.dumps(as_object(row)) for row in JSON_ROWS)),
        ("real_array", "real[]", ("{100, 0.1, NULL}", "{-2, 1e-30, 3}")),
        ("real_array", "float8[]", ("{100, 0.1, NULL}", "{-2, 1e-30, 3}")),
        ("real_array", "numeric[]", ("{100, 0.1, NULL}", "{-2, 1e-30, 3}")),
    ],
)
async def test_vectors_come_with_the_essays(fill, layout, column_type, rows):
    rows = tuple(row.replace("'", "''").replace(":", r"\:") for row in rows)
    loader = await fill(layout, column_type, rows)
    loaded = await loader.load()
    assert NAMES == loaded.feature_names
    np.testing.assert_array_equal(EXPECTED, loaded.features)
    assert np.float32 == loaded.features.dtype
    streamed = [batch async for batch in loader.stream(batch_size=1)]
    np.testing.assert_array_equal(EXPECTED, np.vstack([each.features for each in streamed]))
    assert {loaded.feature_schema_digest} == {each.feature_schema_digest for each in streamed}


class TestColumns:
    @pytest.fixture
    async def source(self, execute, store):
        await store(dated_essays([0, 1]))
        await execute(
            "CREATE TABLE vectors (of_essay text, note text, words integer, "
            "\"The 'Mean' %\" double precision, errors numeric, made_at timestamptz)",
            "INSERT INTO vectors VALUES ('essay-0000', 'x', 100, 0.1, NULL), "
            "('essay-0001', 'y', -2, 1e-30, 3)",
        )
        return FeatureColumns(table="vectors", essay_id="of_essay", layout="columns")

    async def test_all_columns_of_numbers_are_features(self, engine, source):
        loader = PostgresDataLoader(engine, EssaySource(features=source), SWEDISH_8)
        loaded = await loader.load()
        assert NAMES == loaded.feature_names
        np.testing.assert_array_equal(EXPECTED, loaded.features)

    async def test_named_ones_come_in_the_order_of_the_names(self, engine, source):
        source = source.model_copy(update={"names": ("errors", "words")})
        loaded = await PostgresDataLoader(engine, EssaySource(features=source), SWEDISH_8).load()
        np.testing.assert_array_equal(EXPECTED[:, [2, 0]], loaded.features)

    async def test_a_column_that_is_not_there(self, engine, source):
        source = source.model_copy(update={"names": ("words", "smog")})
        with pytest.raises(MissingTableColumnsError) as caught:
            await PostgresDataLoader(engine, EssaySource(features=source), SWEDISH_8).load()
        assert {"essays.features.names[smog]": "smog"} == caught.value.missing

    @pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e39"])
    async def test_what_is_not_finite_is_an_error(self, engine, source, execute, value):
        await execute(f"UPDATE vectors SET \"The 'Mean' %\" = '{value}' WHERE note = 'y'")
        with pytest.raises(InvalidStoredFeaturesError) as caught:
            await PostgresDataLoader(engine, EssaySource(features=source), SWEDISH_8).load()
        error = caught.value
        assert ("essay-0001", "vectors.The 'Mean' %") == (error.essay_id, error.column)
        assert ExitCode.INVALID_DATA == error.exit_code
        assert "write null, never NaN" in error.remedy


@pytest.mark.parametrize(
    ("layout", "column_type", "bad", "column", "expected", "got"),
    [
        ("jsonb_array", "jsonb", "[1, 2]", "vector", "3 values", "2"),
        ("jsonb_array", "jsonb", "[1, 2, 3, 4]", "vector", "3 values", "4"),
        ("jsonb_array", "jsonb", '{"a"\\: 1}', "vector", "an array of numbers", '{"a": 1}'),
        ("jsonb_array", "jsonb", '[1, "NaN", 3]', "vector, feature 'b'", "a number", '"NaN"'),
        ("jsonb_array", "jsonb", "[1, true, 3]", "vector, feature 'b'", "a number", "true"),
        ("jsonb_array", "jsonb", "[1, 2, 1e999]", "vector, feature 'c'", "a finite number", "inf"),
        ("jsonb_object", "jsonb", '{"a"\\: 1, "b"\\: 2}', "vector", "3 features by name", "no 'c'"),
        ("jsonb_object", "jsonb", "[1, 2, 3]", "vector", "an object of named numbers", "[1, 2, 3]"),
        ("real_array", "real[]", "{1, 2}", "vector", "3 values", "2"),
        ("real_array", "real[]", "{1, NaN, 3}", "vector, feature 'b'", "a finite number", "nan"),
        ("real_array", "real[]", "{1, 2, -inf}", "vector, feature 'c'", "a finite number", "-inf"),
        ("real_array", "real[]", "{{1, 2, 3}}", "vector", "3 values", "1"),
    ],
)
async def test_a_bad_vector_names_essay_column_and_what_was_expected(
    fill, layout, column_type, bad, column, expected, got
):
    good = {
        "jsonb_array": "[1, 2, 3]",
        "jsonb_object": '{"a"\\: 1, "b"\\: 2, "c"\\: 3, "more"\\: null}',
        "real_array": "{1, 2, 3}",
    }
    loader = await fill(layout, column_type, (good[layout], bad), names=("a", "b", "c"))
    with pytest.raises(InvalidStoredFeaturesError) as caught:
        await loader.load()
    error = caught.value
    assert ("essay-0001", f"vectors.{column}") == (error.essay_id, error.column)
    assert (expected, got) == (error.expected, error.got)


class TestObjectsWithoutSetNames:
    async def test_the_first_names_hold_in_alphabetical_order(self, fill):
        rows = ('{"b"\\: 2, "a"\\: 1}', '{"a"\\: 3, "b"\\: 4}')
        loaded = await (await fill("jsonb_object", "jsonb", rows, names=())).load()
        assert ("a", "b") == loaded.feature_names
        np.testing.assert_array_equal([[1, 2], [3, 4]], loaded.features)

    async def test_others_are_an_error(self, fill):
        rows = ('{"a"\\: 1, "b"\\: 2}', '{"a"\\: 3, "c"\\: 4}')
        loader = await fill("jsonb_object", "jsonb", rows, names=())
        with pytest.raises(InvalidStoredFeaturesError, match="got no 'b', also 'c'"):
            await loader.load()


class TestTheTable:
    async def test_essays_without_a_vector_are_named(self, fill, execute):
        loader = await fill("real_array", "real[]", ("{1,2,3}", "{1,2,3}"))
        await execute("DELETE FROM vectors WHERE of_essay = 'essay-0000'")
        await execute("UPDATE vectors SET vector = NULL")
        with pytest.raises(MissingFeaturesError) as caught:
            await loader.load()
        assert IDS == caught.value.essay_ids

    async def test_two_vectors_of_an_essay_are_an_error(self, fill, execute):
        loader = await fill("real_array", "real[]", ("{1,2,3}", "{1,2,3}"))
        await execute("INSERT INTO vectors SELECT * FROM vectors")
        with pytest.raises(DuplicateEssayError, match=r"essays\.features\.essay_id"):
            await loader.load()

    async def test_arrays_need_names(self, fill):
        loader = await fill("real_array", "real[]", ("{1,2,3}", "{1,2,3}"), names=())
        with pytest.raises(FeatureNamesError, match=r"essays\.features\.names"):
            await loader.load()

    async def test_columns_need_numbers(self, fill):
        loader = await fill("columns", "text", ("a", "b"), names=())
        with pytest.raises(FeatureNamesError, match="no column of numbers"):
            await loader.load()

    async def test_the_layout_must_fit_the_column(self, fill):
        loader = await fill("jsonb_array", "real[]", ("{1,2,3}", "{1,2,3}"))
        with pytest.raises(ColumnTypeError, match=r"'vector' of vectors is of type real\[\]"):
            await loader.load()

    async def test_a_table_that_is_not_there(self, engine, store):
        await store(dated_essays([0, 1]))
        source = EssaySource(features=FeatureColumns(table="absent"))
        with pytest.raises(MissingTableError) as caught:
            await PostgresDataLoader(engine, source, SWEDISH_8).load()
        assert "essays.features.table" == caught.value.setting
