"""Features for a data set: what is stored is fetched, what is missing is computed and stored."""

import asyncio
import threading
from collections.abc import Callable, Sequence

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
from huleedu_ml_training.features.report import feature_report

ExtractionProgress = Callable[[int, int], None]
"""Called as ``callback(done, total)``, in essays, possibly in another thread."""


class _StoppedError(Exception):
    """Ends an extraction in its thread after the task that wanted it was cancelled."""


class FeatureService:
    """Adds features to data sets.

    Extraction runs in a thread and is stored batch by batch, so that the event loop stays free
    and a killed extraction goes on where it stopped. Safe for concurrent use.

    Args:
        pipeline: Computes features.
        store: Keeps them.
        batch_size: Essays that are computed before they are stored together.
    """

    def __init__(
        self,
        pipeline: FeaturePipelineProtocol,
        store: FeatureStoreProtocol,
        *,
        batch_size: int = 64,
    ) -> None:
        self._pipeline = pipeline
        self._store = store
        self._batch_size = batch_size

    @property
    def schema(self) -> FeatureSchema:
        """What the columns mean."""
        return self._pipeline.schema

    async def with_features(
        self, dataset: EssayDataset, *, progress: ExtractionProgress | None = None
    ) -> EssayDataset:
        """Return the same essays with features; constant columns are logged.

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
        keys = feature_keys(essays, self.schema.digest)
        matrix = np.empty((len(essays), len(self.schema)), dtype=np.float32)
        stored = await self._store.get(keys)
        # Copies of an essay share a key and are computed once.
        first_rows = {key: row for row, key in reversed(list(enumerate(keys)))}
        missing = sorted(row for key, row in first_rows.items() if key not in stored)
        done = len(essays) - len(missing)
        if progress is not None:
            progress(done, len(essays))
        computed: dict[FeatureKey, NDArray[np.float32]] = {}
        for start in range(0, len(missing), self._batch_size):
            rows = missing[start : start + self._batch_size]
            ids = [dataset.essay_ids[row] for row in rows]
            vectors = await self._extract(
                [essays[row] for row in rows], ids, progress, (done + start, len(essays))
            )
            batch = {keys[row]: vector for row, vector in zip(rows, vectors, strict=True)}
            await self._store.put(batch)
            computed.update(batch)
        for row, key in enumerate(keys):
            matrix[row] = self._checked(stored[key]) if key in stored else computed[key]
        feature_report(matrix, self.schema.names).log()
        return dataset.with_features(matrix, self.schema.names, self.schema.digest)

    async def _extract(
        self,
        essays: Sequence[EssayInput],
        ids: Sequence[str],
        progress: ExtractionProgress | None,
        so_far: tuple[int, int],
    ) -> NDArray[np.float32]:
        """Compute a batch in a thread; if this task is cancelled, the thread stops soon after."""
        stopped = threading.Event()
        before, total = so_far

        def report(done: int, _: int) -> None:
            if stopped.is_set():
                raise _StoppedError
            if progress is not None:
                progress(before + done, total)

        try:
            with translated_feature_errors(ids):
                vectors = await asyncio.to_thread(self._pipeline.extract, essays, progress=report)
        finally:
            stopped.set()
        infinite = np.isinf(vectors)
        if infinite.any():
            row = int(np.flatnonzero(infinite.any(axis=1))[0])
            names = [self.schema.names[column] for column in np.flatnonzero(infinite[row])]
            raise InfiniteFeaturesError(essay_id=ids[row], names=names)
        return vectors

    def _checked(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        if len(vector) != len(self.schema):
            raise StoredVectorMismatchError(expected=len(self.schema), got=len(vector))
        return vector
