"""Feature vectors in PostgreSQL."""

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_ml_training.database.translation import translated_errors
from huleedu_ml_training.features.protocols import FeatureKey
from huleedu_ml_training.features.tables import FeatureVectorRow

_KEYS_PER_QUERY = 1000


class PostgresFeatureStore:
    """Keeps feature vectors in ``ml_training.feature_vectors``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, keys: Sequence[FeatureKey]) -> dict[FeatureKey, NDArray[np.float32]]:
        """Return the stored vectors, each of shape (n_features,); absent keys are left out.

        Raises:
            MigrationsMissingError: The table is not there yet.
            InfrastructureError: The database cannot be read.
        """
        row = FeatureVectorRow
        columns = (row.text_digest, row.schema_digest, row.prompt_digest)
        found: dict[FeatureKey, NDArray[np.float32]] = {}
        wanted = iter(dict.fromkeys(keys))
        with translated_errors(self._engine):
            async with self._engine.connect() as connection:
                while chunk := list(islice(wanted, _KEYS_PER_QUERY)):
                    query = select(*columns, row.vector).where(tuple_(*columns).in_(chunk))
                    for *key, vector in await connection.execute(query):
                        found[FeatureKey(*key)] = np.array(vector, dtype=np.float32)
        return found

    async def put(self, vectors: Mapping[FeatureKey, NDArray[np.float32]]) -> None:
        """Store vectors of shape (n_features,), float32, all or none of them.

        A key that is there already keeps its vector.

        Raises:
            MigrationsMissingError: The table is not there yet.
            InfrastructureError: The database cannot be written.
        """
        if not vectors:
            return
        # In order of key, so that two processes with the same essays cannot block each other.
        rows = [{**key._asdict(), "vector": vectors[key].tolist()} for key in sorted(vectors)]
        with translated_errors(self._engine):
            async with self._engine.begin() as connection:
                await connection.execute(insert(FeatureVectorRow).on_conflict_do_nothing(), rows)

    async def count(self, schema_digest: str) -> int:
        """Return how many vectors of a schema are stored.

        Raises:
            MigrationsMissingError: The table is not there yet.
            InfrastructureError: The database cannot be read.
        """
        query = (
            select(func.count())
            .select_from(FeatureVectorRow)
            .where(FeatureVectorRow.schema_digest == schema_digest)
        )
        with translated_errors(self._engine):
            async with self._engine.connect() as connection:
                return int(await connection.scalar(query) or 0)
