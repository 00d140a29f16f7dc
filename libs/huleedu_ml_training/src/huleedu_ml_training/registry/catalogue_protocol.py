"""Contract of finding versions by what is known of them, and of naming them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol
from uuid import UUID

from huleedu_ml_training.registry.filters import ALL_MODELS, ModelFilter
from huleedu_ml_training.registry.records import ModelRecord


class ModelCatalogueProtocol(Protocol):
    """Finds versions, and keeps the tags that people give them.

    Tags are notes: they move no version, no gate looks at them, and they are not in the ledger. A
    call that returned is visible to all later reads. Safe for concurrent use by tasks and
    processes.
    """

    async def search(
        self, wanted: ModelFilter = ALL_MODELS, *, limit: int | None = None
    ) -> list[ModelRecord]:
        """Return the versions that a filter lets through, newest first."""
        ...

    async def tags_of(self, model_ids: Collection[UUID]) -> Mapping[UUID, tuple[str, ...]]:
        """Return the tags of those of the versions that have any, ascending."""
        ...

    async def tag(
        self, model_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Add and remove tags of a version, in whatever stage it is, and return those it has then.

        Args:
            model_id: The version's id or an unambiguous prefix of it.
            add: Tags to add.
            remove: Tags to remove; one that is not there is no error.

        Raises:
            ModelNotFoundError: There is no such version.
            AmbiguousModelIdError: Several ids begin with that.
            InvalidModelIdError: The text is no id.
            InvalidTagError: A tag cannot be kept, or is both added and removed.
        """
        ...
