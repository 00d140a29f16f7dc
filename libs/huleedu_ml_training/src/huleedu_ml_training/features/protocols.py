"""Contract of keeping extracted features."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


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


class FeatureStoreProtocol(Protocol):
    """Keeps feature vectors. Safe for concurrent use by tasks and by processes.

    A vector that :meth:`put` has returned for is there for every later :meth:`get`, also after
    the process was killed. Writing a key again with the same values is not an error.
    """

    async def get(self, keys: Sequence[FeatureKey]) -> dict[FeatureKey, NDArray[np.float32]]:
        """Return the stored vectors, each of shape (n_features,); absent keys are left out.

        Raises:
            InfrastructureError: The store cannot be read.
        """
        ...

    async def put(self, vectors: Mapping[FeatureKey, NDArray[np.float32]]) -> None:
        """Store vectors of shape (n_features,), float32, all or none of them.

        Raises:
            InfrastructureError: The store cannot be written.
        """
        ...

    async def count(self, schema_digest: str) -> int:
        """Return how many vectors of a schema are stored."""
        ...
