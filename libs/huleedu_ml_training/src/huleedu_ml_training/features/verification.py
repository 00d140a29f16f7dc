"""Whether stored features are what the pipeline computes."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.features.command_errors import (
    FeaturesNotExtractedError,
    StoredFeaturesDifferError,
)
from huleedu_ml_training.features.inputs import essay_inputs, feature_keys
from huleedu_ml_training.features.protocols import FeatureStoreProtocol
from huleedu_ml_training.features.service import FeatureService


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared, and found equal.

    Attributes:
        schema_digest: Of the features.
        n_checked: Essays whose features were computed anew.
        n_stored: Essays that they were drawn from: those with stored features.
        n_essays: All essays that were asked about.
        seed: Of the drawing.
    """

    schema_digest: str
    n_checked: int
    n_stored: int
    n_essays: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as a JSON-ready document."""
        return asdict(self)


async def verify_features(
    service: FeatureService,
    store: FeatureStoreProtocol,
    dataset: EssayDataset,
    *,
    sample: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Compute the features of a random sample of essays anew, and compare them bit for bit.

    Args:
        service: Has the pipeline that computes.
        store: Has what is compared.
        dataset: Essays to draw from; those without stored features are passed over.
        sample: Number of essays, at least 1; all, if there are fewer.
        seed: Equal seeds draw equal essays.
        progress: Called as ``progress(done, total)``, possibly in another thread.

    Raises:
        FeaturesNotExtractedError: No essay has stored features.
        StoredFeaturesDifferError: A bit differs; names all such essays and columns.
        FeatureExtractionError: A part of the pipeline is missing or failed.
        InfrastructureError: The store cannot be read.
    """
    schema = service.schema
    essays = essay_inputs(dataset)
    keys = feature_keys(essays, schema.digest)
    present = await store.present(keys)
    candidates = [row for row, key in enumerate(keys) if key in present]
    if not candidates:
        raise FeaturesNotExtractedError(
            n_missing=len(keys), n_essays=len(keys), schema_digest=schema.digest
        )
    drawn = np.random.default_rng(seed).permutation(len(candidates))[:sample]
    rows = sorted(candidates[index] for index in drawn)
    stored = await store.get([keys[row] for row in rows])
    expected = np.stack([service.checked(stored[keys[row]]) for row in rows])
    ids = [dataset.essay_ids[row] for row in rows]
    computed = await service.compute([essays[row] for row in rows], ids, progress)
    differs = _differing(expected, computed)
    if differs.any():
        raise StoredFeaturesDifferError(
            differences={
                ids[row]: [schema.names[column] for column in np.flatnonzero(differs[row])]
                for row in map(int, np.flatnonzero(differs.any(axis=1)))
            },
            n_checked=len(rows),
        )
    return Verification(schema.digest, len(rows), len(candidates), len(keys), seed)


def _differing(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where bits differ; any NaN equals any other."""
    both_undefined = np.isnan(a) & np.isnan(b)
    bits_a, bits_b = (np.ascontiguousarray(matrix).view(np.uint32) for matrix in (a, b))
    differs: NDArray[np.bool_] = (bits_a != bits_b) & ~both_undefined
    return differs
