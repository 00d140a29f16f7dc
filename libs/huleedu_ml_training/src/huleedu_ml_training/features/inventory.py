"""What a feature store holds, seen from the pipeline that is in use."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.features.inputs import essay_inputs, feature_keys
from huleedu_ml_training.features.protocols import FeatureStoreProtocol, StoredFeatures


@dataclass(frozen=True, slots=True)
class BackendDifference:
    """A backend in which a stored schema differs from the current one.

    Attributes:
        name: Its name in the schema.
        stored: What the stored vectors depend on; None where they do not depend on it.
        current: What the pipeline depends on now; None where it does not.
    """

    name: str
    stored: str | None
    current: str | None


@dataclass(frozen=True, slots=True)
class HeldSchema:
    """What is stored under one schema, compared with the current one.

    Attributes:
        digest: The schema's digest.
        n_vectors: Number of vectors.
        size_bytes: Space they take.
        current: Whether it is the schema of the pipeline in use.
        n_features: Number of columns; None where the schema was never remembered, here and below.
        backends: Backends that differ, by name.
        columns: Columns that only one of the two has, or whose definitions differ, by name.
    """

    digest: str
    n_vectors: int
    size_bytes: int
    current: bool
    n_features: int | None
    backends: tuple[BackendDifference, ...] | None
    columns: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many essays have features of the current schema.

    Attributes:
        n_essays: Essays asked about.
        n_stored: Those with stored features.
    """

    n_essays: int
    n_stored: int

    @property
    def n_missing(self) -> int:
        """Essays without stored features."""
        return self.n_essays - self.n_stored


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a store holds.

    Attributes:
        current_digest: Digest of the schema of the pipeline in use.
        n_features: Its number of columns.
        schemas: What is held, the current schema first, then by number of vectors.
        coverage: How many of the selected essays have features; None where none were asked about.
    """

    current_digest: str
    n_features: int
    schemas: tuple[HeldSchema, ...]
    coverage: Coverage | None

    def to_dict(self) -> dict[str, Any]:
        """Return the inventory as a JSON-ready document."""
        document = asdict(self)
        if self.coverage is not None:
            document["coverage"]["n_missing"] = self.coverage.n_missing
        return document


async def take_inventory(
    store: FeatureStoreProtocol, schema: FeatureSchema, dataset: EssayDataset | None
) -> Inventory:
    """Return what a store holds; no vector is read.

    Args:
        store: The store.
        schema: That of the pipeline in use.
        dataset: Essays to be looked for; None for none.

    Raises:
        InfrastructureError: The store cannot be read.
    """
    held = [_compared(entry, schema) for entry in await store.holdings()]
    held.sort(key=lambda entry: (not entry.current, -entry.n_vectors, entry.digest))
    coverage = None
    if dataset is not None:
        keys = feature_keys(essay_inputs(dataset), schema.digest)
        present = await store.present(keys)
        coverage = Coverage(len(keys), sum(key in present for key in keys))
    return Inventory(schema.digest, len(schema), tuple(held), coverage)


def _compared(held: StoredFeatures, schema: FeatureSchema) -> HeldSchema:
    known = held.document is not None
    document = held.document or {"features": [], "backends": {}}
    return HeldSchema(
        digest=held.schema_digest,
        n_vectors=held.n_vectors,
        size_bytes=held.size_bytes,
        current=held.schema_digest == schema.digest,
        n_features=len(document["features"]) if known else None,
        backends=tuple(_backends(document["backends"], schema.backends)) if known else None,
        columns=tuple(_columns(document["features"], schema)) if known else None,
    )


def _backends(stored: Mapping[str, str], current: Mapping[str, str]) -> list[BackendDifference]:
    return [
        BackendDifference(name, stored.get(name), current.get(name))
        for name in sorted({*stored, *current})
        if stored.get(name) != current.get(name)
    ]


def _columns(stored: Sequence[Mapping[str, Any]], schema: FeatureSchema) -> list[str]:
    # Through the document, so that tuples are what JSON makes of them.
    before = {entry["name"]: _plain(entry) for entry in stored}
    now = {entry["name"]: _plain(entry) for entry in schema.to_dict()["features"]}
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in entry.items()
    }
