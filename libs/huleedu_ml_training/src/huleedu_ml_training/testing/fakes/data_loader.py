"""A loader of essays that are in memory already."""

from collections.abc import AsyncGenerator

import numpy as np

from huleedu_ml_training.data.errors import EmptyDatasetError
from huleedu_ml_training.data.records import dataset_of, records_of
from huleedu_ml_training.data.selecting import select_essays
from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssayDataset, EssaySelection
from huleedu_ml_training.domain.grades import GradeScale

_SOURCE = "the memory"


class InMemoryDataLoader:
    """Selects from a data set as a real loader selects from a table.

    Args:
        dataset: What there is to be read; features included, if it has any.
        scale: The scale on which labels are looked up; None for that of the data set.
        batch_size: Essays yielded at a time.
    """

    def __init__(
        self, dataset: EssayDataset, scale: GradeScale | None = None, *, batch_size: int = 500
    ) -> None:
        self._dataset = dataset
        self._scale = scale or dataset.scale
        self._batch_size = batch_size

    async def stream(
        self, selection: EssaySelection = ALL_ESSAYS, *, batch_size: int | None = None
    ) -> AsyncGenerator[EssayDataset, None]:
        """Yield the selected essays in batches, in order of id."""
        selected = self._selected(selection)
        size = batch_size or self._batch_size
        for start in range(0, len(selected), size):
            rows = np.arange(start, min(start + size, len(selected)), dtype=np.int64)
            yield selected.take(rows)

    async def load(self, selection: EssaySelection = ALL_ESSAYS) -> EssayDataset:
        """Return all selected essays, in order of id."""
        selected = self._selected(selection)
        if not len(selected):
            scales = {self._scale.name: len(self._dataset)} if len(self._dataset) else {}
            raise EmptyDatasetError(source=_SOURCE, scale=self._scale, scales=scales)
        return selected

    def _selected(self, selection: EssaySelection) -> EssayDataset:
        picked = select_essays(self._dataset, selection)
        if self._scale == picked.scale:
            return picked
        read = dataset_of(list(records_of(picked)), self._scale, source=_SOURCE)
        if picked.features is None or picked.feature_schema_digest is None:
            return read
        return read.with_features(
            picked.features, picked.feature_names, picked.feature_schema_digest
        )
