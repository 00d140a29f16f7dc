"""The catalogue in PostgreSQL."""

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from huleedu_ml_training.registry.filters import ALL_MODELS, LABELS, ModelFilter
from huleedu_ml_training.registry.queries import model_by_id
from huleedu_ml_training.registry.records import ModelRecord
from huleedu_ml_training.registry.rows import model_record
from huleedu_ml_training.registry.runs.queries import holds
from huleedu_ml_training.registry.storable import is_storable
from huleedu_ml_training.registry.tables import ModelRow, ModelTagRow
from huleedu_ml_training.registry.tags import changed_tags
from huleedu_ml_training.registry.transactions import in_transaction


class PostgresModelCatalogue:
    """Implements ModelCatalogueProtocol.

    The methods raise what the protocol says, and an
    :class:`~huleedu_ml_training.domain.errors.InfrastructureError` where the database fails.

    Args:
        engine: The database, migrated.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def search(
        self, wanted: ModelFilter = ALL_MODELS, *, limit: int | None = None
    ) -> list[ModelRecord]:
        """Return the versions that a filter lets through, newest first."""
        return await in_transaction(self._engine, partial(_search, wanted=wanted, limit=limit))

    async def tags_of(self, model_ids: Collection[UUID]) -> Mapping[UUID, tuple[str, ...]]:
        """Return the tags of those of the versions that have any, ascending."""

        async def work(session: AsyncSession) -> Mapping[UUID, tuple[str, ...]]:
            rows = await session.execute(
                select(ModelTagRow.model_id, func.array_agg(ModelTagRow.tag))
                .where(ModelTagRow.model_id.in_(model_ids))
                .group_by(ModelTagRow.model_id)
            )
            return {model_id: tuple(sorted(tags)) for model_id, tags in rows}

        return await in_transaction(self._engine, work)

    async def tag(
        self, model_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Add and remove tags of a version, and return those it has then."""
        change = partial(_tag, text=model_id, add=tuple(add), remove=tuple(remove))
        return await in_transaction(self._engine, change)


async def _search(
    session: AsyncSession, wanted: ModelFilter, limit: int | None
) -> list[ModelRecord]:
    texts = [*wanted.tags, *([] if wanted.model_name is None else [wanted.model_name])]
    if not all(map(is_storable, texts)):
        return []
    newest_first = (
        select(ModelRow)
        .where(*_criteria(wanted))
        .order_by(ModelRow.created_at.desc(), ModelRow.version.desc())
        .limit(limit)
    )
    return [model_record(row) for row in await session.scalars(newest_first)]


async def _tag(
    session: AsyncSession, text: str, add: Collection[str], remove: Collection[str]
) -> tuple[str, ...]:
    model = await model_by_id(session, text)
    # Writers of one version wait for each other, without locking its row against promotions.
    key = func.hashtextextended(f"ml_training.ml_model_tags:{model.id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    of_model = ModelTagRow.model_id == model.id
    before = frozenset(await session.scalars(select(ModelTagRow.tag).where(of_model)))
    tags = changed_tags(before, add=add, remove=remove)
    gone, new = before.difference(tags), sorted(set(tags) - before)
    if gone:
        await session.execute(delete(ModelTagRow).where(of_model, ModelTagRow.tag.in_(gone)))
    if new:
        rows = [{"model_id": model.id, "tag": tag} for tag in new]
        await session.execute(insert(ModelTagRow).values(rows))
    return tags


def _criteria(wanted: ModelFilter) -> list[ColumnElement[bool]]:
    criteria = [holds(condition, ModelRow.metrics) for condition in wanted.conditions]
    if wanted.model_name is not None:
        criteria.append(ModelRow.model_name == wanted.model_name)
    if wanted.stage is not None:
        criteria.append(ModelRow.stage == wanted.stage.value)
    if wanted.since is not None:
        criteria.append(ModelRow.created_at >= wanted.since)
    if wanted.until is not None:
        criteria.append(ModelRow.created_at < wanted.until)
    for tag in wanted.tags:
        tagged = select(ModelTagRow.model_id).where(ModelTagRow.tag == tag)
        labelled = ModelRow.metadata_[LABELS].contains([tag])
        criteria.append(or_(ModelRow.id.in_(tagged), labelled))
    return criteria
