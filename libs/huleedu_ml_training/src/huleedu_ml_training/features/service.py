"""Features for a data set: what is stored is fetched, what is missing is computed and stored."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import EssayInput, FeatureSchema
from huleedu_essay_features.protocols import FeaturePipelineProtocol
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.features.errors import (
    InfiniteFeaturesError,
    StoredVectorMismatchError,
    translated_feature_errors,
)
from huleedu_ml_training.features.inputs import essay_inputs, feature_keys
from huleedu_ml_training.features.protocols import FeatureKey, FeatureStoreProtocol
from huleedu_ml_training.features.report import (
    DEFAULT_NEAR_DUPLICATE,
    FeatureReport,
    feature_report,
)

ExtractionProgress = Callable[[int, int], None]
"""Called as ``callback(done, total)``, in essays, possibly in another thread."""

EMBEDDING_GROUP = "embedding"
"""Group of the columns that a report summarises."""


class _StoppedError(Exception):
    """Ends an extraction in its thread after the task that wanted it was cancelled."""


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """Essays with features, and where these came from.

    Attributes:
        dataset: The essays, with features.
        report: What is to be said of the columns.
        n_stored: Essays whose features were stored already.
        n_computed: Vectors that were computed and stored. Further essays are copies of others.
    """

    dataset: EssayDataset
    report: FeatureReport
    n_stored: int
    n_computed: int


class FeatureService:
    """Adds features to data sets.

    Extraction runs in a thread and is stored batch by batch, so that the event loop stays free
    and a killed extraction goes on where it stopped. Safe for concurrent use.

    Args:
        pipeline: Computes features.
        store: Keeps them.
        batch_size: Essays that are computed before they are stored together.
        near_duplicate: Least ``|r|`` of columns that are reported as near-duplicates.
    """

    def __init__(
        self,
        pipeline: FeaturePipelineProtocol,
        store: FeatureStoreProtocol,
        *,
        batch_size: int = 64,
        near_duplicate: float = DEFAULT_NEAR_DUPLICATE,
    ) -> None:
        self._pipeline = pipeline
        self._store = store
        self._batch_size = batch_size
        self._near_duplicate = near_duplicate

    @property
    def schema(self) -> FeatureSchema:
        """What the columns mean."""
        return self._pipeline.schema

    async def with_features(
        self, dataset: EssayDataset, *, progress: ExtractionProgress | None = None
    ) -> EssayDataset:
        """Return the same essays with features; see :meth:`extract`."""
        return (await self.extract(dataset, progress=progress)).dataset

    async def extract(
        self, dataset: EssayDataset, *, progress: ExtractionProgress | None = None
    ) -> Extraction:
        """Return the same essays with features; columns that say nothing or the same are logged.

        Args:
            dataset: Any number of essays.
            progress: Told how many essays have features, stored ones included.

        Raises:
            FeatureExtractionError: A part of the pipeline is missing or failed.
            InfiniteFeaturesError: The pipeline computed an infinity.
            StoredVectorMismatchError: The store holds vectors of another length.
            InfrastructureError: The store cannot be read or written.
        """
        essays = essay_inputs(dataset)
        schema = self.schema
        keys = feature_keys(essays, schema.digest)
        matrix = np.empty((len(essays), len(schema)), dtype=np.float32)
        stored = await self._store.get(keys)
        # Copies of an essay share a key and are computed once.
        first_rows = {key: row for row, key in reversed(list(enumerate(keys)))}
        missing = sorted(row for key, row in first_rows.items() if key not in stored)
        n_stored = sum(key in stored for key in keys)
        done = len(essays) - len(missing)
        if progress is not None:
            progress(done, len(essays))
        if missing:
            await self._store.remember_schema(schema)
        computed: dict[FeatureKey, NDArray[np.float32]] = {}
        for start in range(0, len(missing), self._batch_size):
            rows = missing[start : start + self._batch_size]
            ids = [dataset.essay_ids[row] for row in rows]
            vectors = await self.compute(
                [essays[row] for row in rows], ids, progress, (done + start, len(essays))
            )
            batch = {keys[row]: vector for row, vector in zip(rows, vectors, strict=True)}
            await self._store.put(batch)
            computed.update(batch)
        for row, key in enumerate(keys):
            matrix[row] = self.checked(stored[key]) if key in stored else computed[key]
        report = await asyncio.to_thread(
            feature_report,
            matrix,
            schema.names,
            embedding=schema.columns(EMBEDDING_GROUP),
            threshold=self._near_duplicate,
        )
        report.log()
        featured = dataset.with_features(matrix, schema.names, schema.digest)
        return Extraction(featured, report, n_stored, len(missing))

    async def compute(
        self,
        essays: Sequence[EssayInput],
        ids: Sequence[str],
        progress: ExtractionProgress | None = None,
        so_far: tuple[int, int] | None = None,
    ) -> NDArray[np.float32]:
        """Return features computed now, whatever is stored; nothing is stored.

        Runs in a thread; if this task is cancelled, the thread stops with the essay it is at.

        Args:
            essays: Any number.
            ids: Their ids, for errors.
            progress: Told how many essays are done.
            so_far: Essays done before, and all that there are; None for this call's alone.

        Returns:
            ndarray of shape (n_essays, n_features), without infinities.

        Raises:
            FeatureExtractionError: A part of the pipeline is missing or failed.
            InfiniteFeaturesError: The pipeline computed an infinity.
        """
        stopped = threading.Event()
        before, total = so_far or (0, len(essays))

        def report(done: int, _: int) -> None:
            if stopped.is_set():
                raise _StoppedError
            if progress is not None:
                progress(before + done, total)

        work = asyncio.ensure_future(
            asyncio.to_thread(self._pipeline.extract, essays, progress=report)
        )
        try:
            with translated_feature_errors(ids):
                vectors = await asyncio.shield(work)
        except asyncio.CancelledError:
            stopped.set()
            # Whoever owns the pipeline may close it as soon as this call is over.
            await asyncio.wait([work])
            work.exception()
            raise
        infinite = np.isinf(vectors)
        if infinite.any():
            row = int(np.flatnonzero(infinite.any(axis=1))[0])
            names = [self.schema.names[column] for column in np.flatnonzero(infinite[row])]
            raise InfiniteFeaturesError(essay_id=ids[row], names=names)
        return vectors

    def checked(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a stored vector if it has as many values as the schema has features.

        Raises:
            StoredVectorMismatchError: It has not.
        """
        if len(vector) != len(self.schema):
            raise StoredVectorMismatchError(expected=len(self.schema), got=len(vector))
        return vector
