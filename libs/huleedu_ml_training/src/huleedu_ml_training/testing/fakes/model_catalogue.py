"""A catalogue in memory."""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from uuid import UUID

from huleedu_ml_training.registry.filters import ALL_MODELS, ModelFilter
from huleedu_ml_training.registry.protocols import ModelRegistryProtocol
from huleedu_ml_training.registry.records import ModelRecord
from huleedu_ml_training.registry.tags import changed_tags


class InMemoryModelCatalogue:
    """Finds versions of a registry, and keeps their tags for as long as it lives.

    Args:
        registry: Whose versions are found; any registry does.
    """

    def __init__(self, registry: ModelRegistryProtocol) -> None:
        self._registry = registry
        self._tags: dict[UUID, tuple[str, ...]] = {}

    async def search(
        self, wanted: ModelFilter = ALL_MODELS, *, limit: int | None = None
    ) -> list[ModelRecord]:
        """Return the versions that a filter lets through, newest first."""
        found = (
            model
            for model in await self._registry.list_models()
            if wanted.lets_through(model, frozenset(self._tags.get(model.id, ())))
        )
        return list(islice(found, limit))

    async def tags_of(self, model_ids: Collection[UUID]) -> Mapping[UUID, tuple[str, ...]]:
        """Return the tags of those of the versions that have any."""
        return {key: self._tags[key] for key in model_ids if self._tags.get(key)}

    async def tag(
        self, model_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Add and remove tags of a version."""
        model = await self._registry.get(model_id)
        tags = changed_tags(self._tags.get(model.id, ()), add=add, remove=remove)
        self._tags[model.id] = tags
        return tags
