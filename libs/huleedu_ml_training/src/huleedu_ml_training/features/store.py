"""Feature vectors in PostgreSQL."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.database.translation import translated_errors
from huleedu_ml_training.features.protocols import FeatureKey, StoredFeatures
from huleedu_ml_training.features.tables import FeatureSchemaRow, FeatureVectorRow

_KEYS_PER_QUERY = 1000
_KEY = (
    FeatureVectorRow.text_digest,
    FeatureVectorRow.schema_digest,
    FeatureVectorRow.prompt_digest,
)


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
        found: dict[FeatureKey, NDArray[np.float32]] = {}
        with translated_errors(self._engine):
            async with self._engine.connect() as connection:
                for chunk in _chunks(keys):
                    query = select(*_KEY, FeatureVectorRow.vector).where(tuple_(*_KEY).in_(chunk))
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

    async def present(self, keys: Sequence[FeatureKey]) -> frozenset[FeatureKey]:
        """Return those of the keys that a vector is stored under.

        Raises:
            MigrationsMissingError: The table is not there yet.
            InfrastructureError: The database cannot be read.
        """
        found: set[FeatureKey] = set()
        with translated_errors(self._engine):
            async with self._engine.connect() as connection:
                for chunk in _chunks(keys):
                    query = select(*_KEY).where(tuple_(*_KEY).in_(chunk))
                    found.update(FeatureKey(*key) for key in await connection.execute(query))
        return frozenset(found)

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

    async def remember_schema(self, schema: FeatureSchema) -> None:
        """Keep what the columns of a schema mean.

        Raises:
            MigrationsMissingError: The table is not there yet.
            InfrastructureError: The database cannot be written.
        """
        statement = insert(FeatureSchemaRow).on_conflict_do_nothing()
        row = {"digest": schema.digest, "document": schema.to_dict()}
        with translated_errors(self._engine):
            async with self._engine.begin() as connection:
                await connection.execute(statement, row)

    async def holdings(self) -> tuple[StoredFeatures, ...]:
        """Return what is held of every schema, by digest.

        Raises:
            MigrationsMissingError: The table is not there yet.
            InfrastructureError: The database cannot be read.
        """
        vectors = (
            select(
                FeatureVectorRow.schema_digest.label("digest"),
                func.count().label("n"),
                func.sum(func.pg_column_size(FeatureVectorRow.vector)).label("size"),
            )
            .group_by(FeatureVectorRow.schema_digest)
            .subquery()
        )
        schema = FeatureSchemaRow
        digest = func.coalesce(vectors.c.digest, schema.digest)
        query = (
            select(digest, vectors.c.n, vectors.c.size, schema.document)
            .select_from(vectors)
            .join(schema, schema.digest == vectors.c.digest, full=True)
            .order_by(digest)
        )
        with translated_errors(self._engine):
            async with self._engine.connect() as connection:
                return tuple(
                    StoredFeatures(digest, n or 0, int(size or 0), document)
                    for digest, n, size, document in await connection.execute(query)
                )


def _chunks(keys: Sequence[FeatureKey]) -> Iterator[list[FeatureKey]]:
    """Yield the distinct keys, as many at a time as one query takes."""
    wanted = iter(dict.fromkeys(keys))
    while chunk := list(islice(wanted, _KEYS_PER_QUERY)):
        yield chunk
