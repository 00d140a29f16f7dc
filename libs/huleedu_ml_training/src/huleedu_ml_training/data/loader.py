"""Reading graded essays from the host's tables in PostgreSQL."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from huleedu_ml_training.config import EssaySource
from huleedu_ml_training.data.catalogue import read_columns
from huleedu_ml_training.data.errors import EmptyDatasetError, UnknownGradesError
from huleedu_ml_training.data.essay_query import EssayQuery, essay_table_name, read_columns_of
from huleedu_ml_training.data.feature_errors import MissingFeaturesError
from huleedu_ml_training.data.feature_vectors import (
    FeatureVectors,
    feature_table_name,
    host_feature_schema,
)
from huleedu_ml_training.data.rating_tables import RatingTable, rating_table_name
from huleedu_ml_training.data.records import EssayRecord, dataset_of, unknown_grades
from huleedu_ml_training.data.table_errors import DuplicateEssayError
from huleedu_ml_training.data.table_rows import record_of
from huleedu_ml_training.data.translation import table_access
from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssayDataset, EssaySelection
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.text_identity import count_words

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Essays and their feature vectors; no vectors where the host keeps none."""

    records: list[EssayRecord] = field(default_factory=list)
    vectors: list[NDArray[np.float32]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One transaction, and what the database says of the tables in it."""

    connection: AsyncConnection
    query: EssayQuery
    features: FeatureVectors | None
    ratings: RatingTable | None


class PostgresDataLoader:
    """Reads essays, and features where the host keeps them, with ``SELECT`` only.

    Rows come through a server-side cursor in one read-only transaction: a reading sees one state
    of the tables, and its memory is bounded by the batch. Batches may have different raters and
    metadata columns: each has those that occur in it.

    Args:
        engine: Where the tables are.
        source: Names of tables and columns.
        scale: The scale of the grades.
        batch_size: Essays fetched at a time.
    """

    def __init__(
        self, engine: AsyncEngine, source: EssaySource, scale: GradeScale, *, batch_size: int = 500
    ) -> None:
        self._engine = engine
        self._source = source
        self._scale = scale
        self._batch_size = batch_size
        self._table = essay_table_name(source)

    async def stream(
        self, selection: EssaySelection = ALL_ESSAYS, *, batch_size: int | None = None
    ) -> AsyncGenerator[EssayDataset, None]:
        """Yield the essays in batches; see :class:`DataLoaderProtocol`.

        Unknown grades and missing features are told of once all rows were read, so that the error
        names all of them; no batch is yielded after the first such row.

        Raises:
            UnknownGradesError: A selected essay's grade is not on the scale.
            MissingFeaturesError: A selected essay has no feature vector.
            InvalidStoredFeaturesError: A stored vector cannot be used.
            DuplicateEssayError: An id occurs twice.
            UsageError: The selection asks for a column that the settings do not map.
            InfrastructureError: The tables are not there, not readable, or the database fails.
        """
        async with (
            self._open() as reading,
            aclosing(self._batches(reading, selection, batch_size)) as batches,
        ):
            async for batch in batches:
                yield self._dataset(batch, reading)

    async def load(self, selection: EssaySelection = ALL_ESSAYS) -> EssayDataset:
        """Return all selected essays; see :class:`DataLoaderProtocol`.

        Raises:
            EmptyDatasetError: Nothing is selected.
            HuleEduMLError: As for :meth:`stream`.
        """
        whole = _Batch()
        async with self._open() as reading:
            async for batch in self._batches(reading, selection, None):
                whole.records.extend(batch.records)
                whole.vectors.extend(batch.vectors)
            if not whole.records:
                counts = await reading.connection.execute(reading.query.count_by_scale())
                raise EmptyDatasetError(
                    source=f"the table {self._table}",
                    scale=self._scale,
                    scales={row.scale: row.n for row in counts},
                )
            return self._dataset(whole, reading)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[_Reading]:
        features_table = feature_table_name(self._source.features)
        ratings_table = rating_table_name(self._source.ratings)
        with table_access(self._engine, self._table, "SELECT"):
            async with self._engine.connect() as connection:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                columns = await read_columns(connection, self._table)
                columns.require(read_columns_of(self._source))
                ratings = None
                if ratings_table is not None:
                    with table_access(self._engine, ratings_table, "SELECT"):
                        rating_columns = await read_columns(connection, ratings_table)
                    ratings = RatingTable(self._source.ratings, rating_columns)
                features = None
                if features_table is not None:
                    with table_access(self._engine, features_table, "SELECT"):
                        feature_columns = await read_columns(connection, features_table)
                    features = FeatureVectors(self._source.features, feature_columns)
                query = EssayQuery(self._source, columns, self._scale.name)
                yield _Reading(connection, query, features, ratings)

    async def _batches(
        self, reading: _Reading, selection: EssaySelection, batch_size: int | None
    ) -> AsyncGenerator[_Batch]:
        query = reading.query.select(selection)
        if reading.features is not None:
            query = reading.features.join(query, reading.query.essay_id)
        if reading.ratings is not None:
            query = reading.ratings.join(query, reading.query.essay_id)
        unknown: Counter[str] = Counter()
        featureless: list[str] = []
        async for rows in self._rows(reading.connection, query, selection, batch_size):
            batch = _Batch([record_of(row) for row in rows])
            unknown.update(unknown_grades(batch.records, self._scale))
            if reading.features is not None:
                for row in rows:
                    vector = reading.features.read(row["essay_id"], row)
                    if vector is None:
                        featureless.append(row["essay_id"])
                    else:
                        batch.vectors.append(vector)
            if not unknown and not featureless:
                yield batch
        if unknown:
            raise UnknownGradesError(
                counts=dict(unknown.most_common()),
                scale=self._scale,
                source=f"the table {self._table}",
            )
        if featureless and reading.features is not None:
            raise MissingFeaturesError(essay_ids=featureless, table=reading.features.table_name)

    async def _rows(
        self,
        connection: AsyncConnection,
        query: Select[Any],
        selection: EssaySelection,
        batch_size: int | None,
    ) -> AsyncIterator[Sequence[_Row]]:
        """Yield non-empty batches of rows within the word limits, each id once."""
        size = batch_size or self._batch_size
        left = selection.limit
        previous: str | None = None
        async with connection.stream(query, execution_options={"yield_per": size}) as result:
            async for partition in result.mappings().partitions():
                kept: list[_Row] = []
                for row in map(dict, partition):
                    essay_id = row["essay_id"]
                    if essay_id == previous:
                        raise DuplicateEssayError(essay_id=essay_id, table=str(self._table))
                    previous = essay_id
                    if _within(selection, row["text"]):
                        kept.append(row)
                if left is not None:
                    kept = kept[:left]
                    left -= len(kept)
                if kept:
                    yield kept
                if left == 0:
                    return

    def _dataset(self, batch: _Batch, reading: _Reading) -> EssayDataset:
        dataset = dataset_of(batch.records, self._scale, source=f"the table {self._table}")
        if reading.features is None:
            return dataset
        names = reading.features.names
        return dataset.with_features(
            np.stack(batch.vectors), names, host_feature_schema(names).digest
        )


def _within(selection: EssaySelection, text: str) -> bool:
    if not selection.min_words and selection.max_words is None:
        return True
    n_words = count_words(text)
    return n_words >= selection.min_words and (
        selection.max_words is None or n_words <= selection.max_words
    )
