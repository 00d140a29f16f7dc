"""From the host's table into the feature store, a shard at a time."""

import numpy as np
import pytest

from huleedu_essay_features import EssayInput
from huleedu_ml_training.config import EssayColumns, EssaySource
from huleedu_ml_training.database.engine import ResolvedDatabase
from huleedu_ml_training.distributed.database_source import DatabaseEssaySource
from huleedu_ml_training.distributed.shards import Job
from huleedu_ml_training.distributed.store_sink import StoreSink
from huleedu_ml_training.distributed.work import extract_shard
from huleedu_ml_training.features.inputs import feature_keys
from huleedu_ml_training.features.store import PostgresFeatureStore
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline

BARE = EssaySource(columns=EssayColumns(prompt_text=None, language=None))


@pytest.fixture
async def database(engine, database_url):
    """A database with 40 essays, of which 25 are different."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE essays (id bigint PRIMARY KEY, text text)")
        await connection.exec_driver_sql(
            "INSERT INTO essays SELECT n, 'Dog ' || (n % 25) || ' barks.' "
            "FROM generate_series(1, 40) AS n"
        )
    return ResolvedDatabase(database_url, embedded=False)


async def test_each_text_is_computed_once_and_is_stored_as_the_pipeline_gave_it(database, engine):
    source, sink, pipeline = (
        DatabaseEssaySource(database, BARE),
        StoreSink(database),
        CountingFeaturePipeline(),
    )
    what, shards = await source.divide(3)
    schema = pipeline.schema
    job = await sink.prepare(Job(what, schema.to_dict(), schema.digest, shards))
    assert {} == await sink.done(job)

    async def extract_all():
        results = [
            await extract_shard(shard, source, sink, pipeline, batch_size=4) for shard in job.shards
        ]
        return sum(each.n_essays for each in results), sum(each.n_computed for each in results)

    assert (40, 25) == await extract_all()
    assert (40, 0) == await extract_all()
    assert 25 == len(pipeline.extracted)

    store = PostgresFeatureStore(engine)
    inputs = [EssayInput(f"Dog {n} barks.") for n in range(25)]
    keys = feature_keys(inputs, schema.digest)
    stored = await store.get(keys)
    expected = CountingFeaturePipeline().extract(inputs)
    assert expected.tobytes() == np.stack([stored[key] for key in keys]).tobytes()
    (holding,) = await store.holdings()
    assert (schema.digest, 25) == (holding.schema_digest, holding.n_vectors)
