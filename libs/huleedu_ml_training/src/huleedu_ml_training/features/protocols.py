"""Contract of keeping extracted features."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema


class FeatureKey(NamedTuple):
    """What a feature vector depends on; three sha256 digests in hex.

    Attributes:
        text_digest: Of the exact text.
        schema_digest: Of the feature schema: names, definitions, backends and their versions.
        prompt_digest: Of the exact prompt text and the language.
    """

    text_digest: str
    schema_digest: str
    prompt_digest: str


@dataclass(frozen=True, slots=True)
class StoredFeatures:
    """What a store holds of one feature schema.

    Attributes:
        schema_digest: The schema's digest.
        n_vectors: Number of vectors.
        size_bytes: Space that the vectors take, without indexes.
        document: What :meth:`~huleedu_essay_features.FeatureSchema.to_dict` gave when the schema
            was remembered; None where only vectors were ever given.
    """

    schema_digest: str
    n_vectors: int
    size_bytes: int
    document: Mapping[str, Any] | None


class FeatureStoreProtocol(Protocol):
    """Keeps feature vectors. Safe for concurrent use by tasks and by processes.

    A vector that :meth:`put` has returned for is there for every later :meth:`get`, also after
    the process was killed. Writing a key again with the same values is not an error; the first
    vector of a key stays.
    """

    async def get(self, keys: Sequence[FeatureKey]) -> dict[FeatureKey, NDArray[np.float32]]:
        """Return the stored vectors, each of shape (n_features,); absent keys are left out.

        All bits are as they were, those that tell one NaN from another excepted.

        Raises:
            InfrastructureError: The store cannot be read.
        """
        ...

    async def put(self, vectors: Mapping[FeatureKey, NDArray[np.float32]]) -> None:
        """Store vectors of shape (n_features,), float32; those of one schema all or none.

        Raises:
            InfrastructureError: The store cannot be written.
        """
        ...

    async def present(self, keys: Sequence[FeatureKey]) -> AbstractSet[FeatureKey]:
        """Return those of the keys that a vector is stored under; no vector is read.

        Raises:
            InfrastructureError: The store cannot be read.
        """
        ...

    async def count(self, schema_digest: str) -> int:
        """Return how many vectors of a schema are stored."""
        ...

    async def remember_schema(self, schema: FeatureSchema) -> None:
        """Keep what the columns of a schema mean; to do so again changes nothing.

        Vectors may be stored under a schema that was never remembered.

        Raises:
            InfrastructureError: The store cannot be written.
        """
        ...

    async def holdings(self) -> tuple[StoredFeatures, ...]:
        """Return what is held of every schema that has vectors or was remembered, by digest.

        Raises:
            InfrastructureError: The store cannot be read.
        """
        ...
