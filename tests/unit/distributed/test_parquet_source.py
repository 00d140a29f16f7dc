"""Essays of Parquet files in ranges of rows: each once, in order, in bounded memory."""

import asyncio

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.data.file_errors import DataFileNotFoundError
from huleedu_ml_training.distributed.errors import (
    EssayFileColumnsError,
    NoEssaysError,
    UnreadableJobError,
)
from huleedu_ml_training.distributed.parquet_source import ParquetEssaySource


def write(path, start, n, *, group=4, **more):
    columns = {
        "id": list(range(start, start + n)),
        "text": [f"t{i}" for i in range(start, start + n)],
    }
    pq.write_table(pa.table({**columns, **more}), path, row_group_size=group)


async def read_all(source, shards, batch_size=3):
    return [
        [essay async for batch in source.read(shard, batch_size) for essay in batch]
        for shard in shards
    ]


@given(
    sizes=st.lists(st.integers(0, 12), min_size=1, max_size=4).filter(any),
    n_shards=st.none() | st.integers(1, 40),
    group=st.integers(1, 5),
    batch_size=st.integers(1, 5),
)
@settings(max_examples=40, deadline=None)
def test_every_row_is_in_one_shard_in_order(tmp_path_factory, sizes, n_shards, group, batch_size):
    directory = tmp_path_factory.mktemp("essays")
    total = 0
    for number, size in enumerate(sizes):
        write(directory / f"{number}.parquet", total, size, group=group)
        total += size
    source = ParquetEssaySource(directory)
    what, shards = asyncio.run(source.divide(n_shards))
    read = asyncio.run(read_all(source, shards, batch_size))

    assert [str(i) for i in range(total)] == [e.essay_id for part in read for e in part]
    assert [shard.n_essays for shard in shards] == [len(part) for part in read]
    assert len(shards) <= (n_shards or 1)
    assert len({len(part) for part in read[:-1]}) <= 1
    assert sum(file["rows"] for file in what["files"]) == total


async def test_prompts_and_languages_are_read_where_they_are(tmp_path):
    path = tmp_path / "essays.parquet"
    more = {"prompt_text": ["Write.", None], "language": ["sv", None], "grade": ["A", "B"]}
    write(path, 0, 2, **more)
    source = ParquetEssaySource(path)
    _, shards = await source.divide(None)
    ((first, second),) = await read_all(source, shards)
    assert ("Write.", "sv") == (first.content.prompt_text, first.content.language)
    assert (None, "en") == (second.content.prompt_text, second.content.language)


async def test_a_row_without_text_is_left_out(tmp_path):
    path = tmp_path / "essays.parquet"
    pq.write_table(pa.table({"id": ["a", "b", None], "text": ["A.", None, "C."]}), path)
    source = ParquetEssaySource(path)
    _, shards = await source.divide(None)
    ((first, *others),) = await read_all(source, shards)
    assert ("a", [None, None]) == (first.essay_id, others)


async def test_changed_essays_are_another_source(tmp_path):
    path = tmp_path / "essays.parquet"
    write(path, 0, 5)
    before, _ = await ParquetEssaySource(path).divide(None)
    again, _ = await ParquetEssaySource(path).divide(3)
    assert before == again
    write(path, 1, 5)
    changed, _ = await ParquetEssaySource(path).divide(None)
    assert before != changed


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ({"id": [1], "essay": ["x"]}, ("text",)),
        ({"text": ["x"]}, ("id",)),
        ({"id": [1], "text": [3]}, ("text of texts",)),
        ({"id": [1], "text": ["x"], "language": [3]}, ("language of texts",)),
    ],
)
async def test_a_file_with_other_columns_is_refused(tmp_path, columns, missing):
    path = tmp_path / "essays.parquet"
    pq.write_table(pa.table(columns), path)
    with pytest.raises(EssayFileColumnsError) as caught:
        await ParquetEssaySource(path).divide(2)
    assert missing == caught.value.missing


async def test_files_that_are_not_there_empty_or_no_parquet_are_told_of(tmp_path):
    with pytest.raises(DataFileNotFoundError):
        await ParquetEssaySource(tmp_path / "absent.parquet").divide(2)
    with pytest.raises(NoEssaysError):
        await ParquetEssaySource(tmp_path).divide(2)
    (tmp_path / "text.parquet").write_text("no parquet")
    with pytest.raises(UnreadableJobError, match=r"text\.parquet"):
        await ParquetEssaySource(tmp_path).divide(2)
