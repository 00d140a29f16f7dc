"""Feature vectors in memory."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.features.protocols import FeatureKey


class InMemoryFeatureStore:
    """Keeps vectors for as long as its table lives.

    Args:
        table: Shared with other stores that play other processes; None makes a new one.
    """

    def __init__(self, table: dict[FeatureKey, NDArray[np.float32]] | None = None) -> None:
        self._table = {} if table is None else table

    async def get(self, keys: Sequence[FeatureKey]) -> dict[FeatureKey, NDArray[np.float32]]:
        """Return copies of the vectors that are there."""
        return {key: self._table[key].copy() for key in keys if key in self._table}

    async def put(self, vectors: Mapping[FeatureKey, NDArray[np.float32]]) -> None:
        """Add copies of the vectors whose keys are new."""
        for key, vector in vectors.items():
            self._table.setdefault(key, np.array(vector, dtype=np.float32))

    async def count(self, schema_digest: str) -> int:
        """Return how many keys have that schema."""
        return sum(key.schema_digest == schema_digest for key in self._table)
