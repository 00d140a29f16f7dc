"""Shards in a directory: whole or not at all, verified, and of one job."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huleedu_essay_features import EssayInput, FeatureDefinition, FeatureSchema
from huleedu_essay_features.errors import UnsupportedLanguageError
from huleedu_ml_training.distributed.errors import OtherJobError, UnreadableJobError
from huleedu_ml_training.distributed.parquet_source import ParquetEssaySource
from huleedu_ml_training.distributed.shard_files import ShardDirectory
from huleedu_ml_training.distributed.shards import Essay, Job
from huleedu_ml_training.distributed.work import extract_shard
from huleedu_ml_training.domain.errors import HuleEduMLError
from huleedu_ml_training.features.errors import InfiniteFeaturesError, UnsupportedEssayError
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline

N_ESSAYS = 10
TEXTS = ["Dog. " * (1 + i) for i in range(N_ESSAYS)]


@pytest.fixture
async def job(tmp_path):
    """A job of ten essays in three shards, and its source."""
    path = tmp_path / "essays.parquet"
    texts = [*TEXTS[:5], None, *TEXTS[5:]]
    pq.write_table(pa.table({"id": list(range(11)), "text": texts}), path)
    source = ParquetEssaySource(path)
    return job_of(*await source.divide(3)), source


COUNTING = CountingFeaturePipeline().schema


def job_of(source, shards, schema=COUNTING):
    return Job(source, schema.to_dict(), schema.digest, shards)


async def extract(directory, job, source, shards=None, pipeline=None):
    pipeline = pipeline or CountingFeaturePipeline()
    return {
        shard.index: await extract_shard(shard, source, directory, pipeline, batch_size=2)
        for shard in (job.shards if shards is None else shards)
    }


def files(directory):
    return {path.name: path.read_bytes() for path in directory.path.iterdir()}


async def test_shards_hold_what_the_pipeline_gives(tmp_path, job):
    job, source = job
    directory = ShardDirectory(tmp_path / "out")
    await directory.prepare(job)
    results = await extract(directory, job, source)
    await directory.finish(job, results)

    assert [(4, 0), (3, 1), (3, 0)] == [(r.n_essays, r.n_skipped) for r in results.values()]
    expected = CountingFeaturePipeline().extract([EssayInput(text) for text in TEXTS])
    ids, matrices = zip(*directory.features(), strict=True)
    assert expected.tobytes() == np.concatenate(matrices).tobytes()
    assert [str(i) for i in range(11) if i != 5] == [name for part in ids for name in part]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (10, 3) == (manifest["essays"], len(manifest["shards"]))
    assert job.schema_digest == manifest["feature_schema_digest"]


async def test_the_same_essays_give_the_same_bytes_whatever_the_batch(tmp_path, job):
    job, source = job
    one, other = ShardDirectory(tmp_path / "one"), ShardDirectory(tmp_path / "other")
    for directory, batch_size in ((one, 1), (other, 7)):
        await directory.prepare(job)
        for shard in job.shards:
            pipeline = CountingFeaturePipeline()
            await extract_shard(shard, source, directory, pipeline, batch_size=batch_size)
    assert files(one) == files(other)


async def test_many_rows_are_written_in_groups_of_one_size(tmp_path):
    schema = FeatureSchema((FeatureDefinition("x", "task", "count", "X."),))
    job = job_of({}, (), schema)
    directory = ShardDirectory(tmp_path / "out")
    await directory.prepare(job)
    shard = type("S", (), {"index": 0, "where": {}})()
    async with directory.open(shard, schema) as writer:
        for start in range(0, 3000, 700):
            rows = range(start, min(start + 700, 3000))
            await writer.write(
                [Essay(str(i), EssayInput(str(i))) for i in rows],
                np.array([[i] for i in rows], dtype=np.float32),
            )
    file = pq.ParquetFile(tmp_path / "out" / "shard-00000.parquet")
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert [1024, 1024, 952] == sizes
    assert [str(i) for i in range(3000)] == file.read()["essay_id"].to_pylist()


async def test_what_is_done_is_found_and_what_was_changed_is_not_done(tmp_path, job):
    job, source = job
    directory = ShardDirectory(tmp_path / "out")
    await directory.prepare(job)
    await extract(directory, job, source)
    assert [0, 1, 2] == list(await directory.done(job))

    damaged = directory.path / "shard-00001.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    (directory.path / "shard-00002.json").unlink()
    assert [0] == list(await directory.done(job))
    with pytest.raises(UnreadableJobError, match="shard-00001"):
        list(directory.features())


async def test_a_failure_leaves_nothing_behind(tmp_path, job):
    job, source = job
    directory = ShardDirectory(tmp_path / "out")
    await directory.prepare(job)

    class Failing(CountingFeaturePipeline):
        def extract(self, essays, *, progress=None):
            if len(self.extracted) >= 2:
                raise HuleEduMLError("no more")
            return super().extract(essays, progress=progress)

    with pytest.raises(HuleEduMLError):
        await extract(directory, job, source, pipeline=Failing())
    assert ["job.json"] == [path.name for path in directory.path.iterdir()]


async def test_what_a_dead_worker_left_is_removed(tmp_path, job):
    job, source = job
    directory = ShardDirectory(tmp_path / "out")
    await directory.prepare(job)
    stray = directory.path / ".shard-00000.parquet.0123.tmp"
    stray.write_text("half")
    await extract(directory, job, source, shards=job.shards[:1])
    assert not stray.exists()


async def test_a_job_that_was_begun_keeps_its_shards(tmp_path, job):
    job, source = job
    directory = ShardDirectory(tmp_path / "out")
    await directory.prepare(job)
    divided_otherwise = job_of(*await source.divide(5))
    assert divided_otherwise.digest != job.digest
    assert job.digest == (await directory.prepare(divided_otherwise)).digest


async def test_another_job_is_refused_with_what_differs(tmp_path, job):
    job, _ = job
    directory = ShardDirectory(tmp_path / "out")
    await directory.prepare(job)
    schema = FeatureSchema((FeatureDefinition("x", "task", "count", "X."),))
    for other, difference in (
        (job_of(job.source, job.shards, schema), "its features are"),
        (job_of({"kind": "parquet", "files": []}, job.shards), "its essays are others"),
    ):
        with pytest.raises(OtherJobError, match=difference):
            await directory.prepare(other)


@pytest.mark.parametrize("text", ["{", '{"format": 99}', "{}", "[]"])
async def test_a_document_that_is_none_is_named(tmp_path, job, text):
    directory = ShardDirectory(tmp_path / "out")
    directory.path.mkdir()
    (directory.path / "job.json").write_text(text)
    with pytest.raises(UnreadableJobError, match=r"job\.json"):
        await directory.prepare(job[0])


async def test_an_essay_that_has_no_features_is_named(tmp_path):
    path = tmp_path / "essays.parquet"
    table = pa.table({"id": ["good", "bad"], "text": ["a", "b"], "language": ["en", "de"]})
    pq.write_table(table, path)
    source = ParquetEssaySource(path)
    job = job_of(*await source.divide(1))
    directory = ShardDirectory(tmp_path / "out")
    await directory.prepare(job)

    class Particular(CountingFeaturePipeline):
        def extract(self, essays, *, progress=None):
            raise UnsupportedLanguageError(language="de", supported=["en"], index=1)

    class Endless(CountingFeaturePipeline):
        def extract(self, essays, *, progress=None):
            matrix = super().extract(essays, progress=progress)
            matrix[1, 2] = np.inf
            return matrix

    with pytest.raises(UnsupportedEssayError, match="'bad'"):
        await extract(directory, job, source, pipeline=Particular())
    with pytest.raises(InfiniteFeaturesError, match="'bad' has infinite features: prompt_words"):
        await extract(directory, job, source, pipeline=Endless())
