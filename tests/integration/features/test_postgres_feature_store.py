"""The store in PostgreSQL, alone and under the service."""

import numpy as np
import pytest
from dishka import Provider, Scope, provide
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_essay_features.protocols import FeaturePipelineProtocol
from huleedu_ml_training.container import create_container
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.migration_errors import MigrationsMissingError
from huleedu_ml_training.features.protocols import FeatureKey, FeatureStoreProtocol
from huleedu_ml_training.features.service import FeatureService
from huleedu_ml_training.features.store import PostgresFeatureStore
from huleedu_ml_training.testing.essays import dated_essays
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.feature_store_suite import FeatureStoreSuite


class TestPostgresFeatureStore(FeatureStoreSuite):
    @pytest.fixture
    def open_store(self, engine: AsyncEngine):
        async def open_store():
            return PostgresFeatureStore(engine)

        return open_store


async def test_a_vector_is_stored_whole_or_not_at_all(engine):
    store = PostgresFeatureStore(engine)
    good, bad = (FeatureKey(text * 64, "5" * 64, "9" * 64) for text in "ab")
    with pytest.raises(Exception, match="vector"):
        await store.put({good: np.ones(2, dtype=np.float32), bad: np.ones(0, dtype=np.float32)})
    assert {} == await store.get([good, bad])


async def test_without_migrations_it_says_what_to_do(empty_database_url):
    engine = create_engine(ResolvedDatabase(empty_database_url, embedded=False))
    try:
        with pytest.raises(MigrationsMissingError):
            await PostgresFeatureStore(engine).count("5" * 64)
    finally:
        await engine.dispose()


class _Counting(Provider):
    scope = Scope.APP

    def __init__(self, pipeline):
        super().__init__()
        self._pipeline = pipeline

    @provide
    def provide_pipeline(self) -> FeaturePipelineProtocol:
        return self._pipeline


async def test_a_second_process_extracts_nothing(settings):
    """Two containers on one database stand for two processes."""
    dataset = dated_essays([i % 8 for i in range(150)])
    matrices = []
    for expected in (150, 0):
        pipeline = CountingFeaturePipeline()
        container = create_container(settings, _Counting(pipeline))
        try:
            service = await container.get(FeatureService)
            matrices.append((await service.with_features(dataset)).features.tobytes())
            store = await container.get(FeatureStoreProtocol)
            assert 150 == await store.count(service.schema.digest)
        finally:
            await container.close()
        assert expected == len(pipeline.extracted)
    assert matrices[0] == matrices[1]


async def test_the_container_makes_the_pipeline_of_the_settings(settings):
    features = settings.features.model_copy(
        update={"embedder": "none", "parser": "none", "checker": "none", "workers": 1}
    )
    container = create_container(settings.model_copy(update={"features": features}))
    try:
        service = await container.get(FeatureService)
        assert 25 == len(service.schema)
        featured = await service.with_features(dated_essays([1, 2]))
        column = featured.feature_names.index("total_words")
        assert [20.0, 21.0] == featured.features[:, column].tolist()
    finally:
        await container.close()
