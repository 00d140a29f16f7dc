"""Features in the database's feature store, where training looks for them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.distributed.protocols import ShardWriterProtocol
from huleedu_ml_training.distributed.shards import Essay, Job, Shard, ShardResult
from huleedu_ml_training.features.inputs import feature_keys
from huleedu_ml_training.features.protocols import FeatureStoreProtocol
from huleedu_ml_training.features.store import PostgresFeatureStore


class StoreSink:
    """Writes features into PostgreSQL, batch by batch.

    What is done is what is stored: a shard that was done before costs reading its essays, and
    nothing else.

    Args:
        database: Where the store is; every machine must be able to connect to it.
    """

    def __init__(self, database: ResolvedDatabase) -> None:
        self._database = database

    async def prepare(self, job: Job) -> Job:
        """Keep what the features mean.

        Raises:
            InfrastructureError: The database cannot be written.
        """
        async with self._store() as store:
            await store.remember_schema(FeatureSchema.from_dict(job.schema))
        return job

    async def done(self, job: Job) -> Mapping[int, ShardResult]:
        """Return none: each shard's worker looks up its essays."""
        del job
        return {}

    def open(
        self, shard: Shard, schema: FeatureSchema
    ) -> AbstractAsyncContextManager[ShardWriterProtocol]:
        """Give what writes one shard; see the protocol.

        Raises:
            InfrastructureError: The database cannot be written.
        """
        del shard
        return self._open(schema)

    async def finish(self, job: Job, results: Mapping[int, ShardResult]) -> None:
        """Do nothing: the store is its own account."""

    @asynccontextmanager
    async def _open(self, schema: FeatureSchema) -> AsyncGenerator[ShardWriterProtocol, None]:
        async with self._store() as store:
            yield _StoreWriter(store, schema.digest)

    @asynccontextmanager
    async def _store(self) -> AsyncGenerator[FeatureStoreProtocol, None]:
        engine = create_engine(self._database)
        try:
            yield PostgresFeatureStore(engine)
        finally:
            await engine.dispose()


class _StoreWriter:
    def __init__(self, store: FeatureStoreProtocol, schema_digest: str) -> None:
        self._store = store
        self._digest = schema_digest

    async def missing(self, essays: Sequence[Essay]) -> list[Essay]:
        keys = feature_keys([essay.content for essay in essays], self._digest)
        present = await self._store.present(keys)
        wanted = {key: essay for key, essay in zip(keys, essays, strict=True) if key not in present}
        return list(wanted.values())

    async def write(self, essays: Sequence[Essay], features: NDArray[np.float32]) -> None:
        keys = feature_keys([essay.content for essay in essays], self._digest)
        await self._store.put(dict(zip(keys, features, strict=True)))

    def skip(self, n_rows: int) -> None:
        pass
