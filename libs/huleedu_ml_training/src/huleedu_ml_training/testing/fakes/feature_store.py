"""Feature vectors in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.features.protocols import FeatureKey, StoredFeatures


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """What stores share that play several processes.

    Attributes:
        vectors: Key → vector of shape (n_features,), float32.
        schemas: Digest → document of each schema that was remembered.
    """

    vectors: dict[FeatureKey, NDArray[np.float32]] = field(default_factory=dict)
    schemas: dict[str, Mapping[str, Any]] = field(default_factory=dict)


class InMemoryFeatureStore:
    """Keeps vectors for as long as its table lives.

    Args:
        table: Shared with other stores that play other processes; None makes a new one.
    """

    def __init__(self, table: FeatureTable | None = None) -> None:
        self._table = FeatureTable() if table is None else table

    async def get(self, keys: Sequence[FeatureKey]) -> dict[FeatureKey, NDArray[np.float32]]:
        """Return copies of the vectors that are there."""
        held = self._table.vectors
        return {key: held[key].copy() for key in keys if key in held}

    async def put(self, vectors: Mapping[FeatureKey, NDArray[np.float32]]) -> None:
        """Add copies of the vectors whose keys are new."""
        for key, vector in vectors.items():
            self._table.vectors.setdefault(key, np.array(vector, dtype=np.float32))

    async def present(self, keys: Sequence[FeatureKey]) -> frozenset[FeatureKey]:
        """Return the keys that are there."""
        return frozenset(key for key in keys if key in self._table.vectors)

    async def count(self, schema_digest: str) -> int:
        """Return how many keys have that schema."""
        return sum(key.schema_digest == schema_digest for key in self._table.vectors)

    async def remember_schema(self, schema: FeatureSchema) -> None:
        """Keep the schema's document."""
        self._table.schemas[schema.digest] = schema.to_dict()

    async def holdings(self) -> tuple[StoredFeatures, ...]:
        """Return counts and sizes by schema."""
        n_vectors: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        for key, vector in self._table.vectors.items():
            n_vectors[key.schema_digest] += 1
            sizes[key.schema_digest] += vector.nbytes
        return tuple(
            StoredFeatures(
                digest, n_vectors[digest], sizes[digest], self._table.schemas.get(digest)
            )
            for digest in sorted(n_vectors.keys() | self._table.schemas.keys())
        )
