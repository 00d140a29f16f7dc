"""Reading versions and the ledger."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from huleedu_ml_training.export.manifest import MODEL_NAME, VERSION
from huleedu_ml_training.registry.errors import AmbiguousModelIdError, ModelNotFoundError
from huleedu_ml_training.registry.model_ids import id_digits, id_range
from huleedu_ml_training.registry.records import ModelEvent, ModelRecord, Stage
from huleedu_ml_training.registry.rows import event_record, model_record
from huleedu_ml_training.registry.tables import ModelEventRow, ModelRow


async def model_by_id(session: AsyncSession, text: str) -> ModelRecord:
    """Return the version whose id begins with the digits that a text holds.

    Raises:
        ModelNotFoundError: No id begins with that.
        AmbiguousModelIdError: Several do.
        InvalidModelIdError: The text is no such prefix.
    """
    digits = id_digits(text)
    found = await _models(session, ModelRow.id.between(*id_range(digits)))
    if not found:
        raise ModelNotFoundError(wanted=f"no id begins with {digits}")
    if len(found) > 1:
        raise AmbiguousModelIdError(prefix=digits, candidates=found)
    return found[0]


async def models(
    session: AsyncSession,
    model_name: str | None = None,
    stage: Stage | None = None,
    version: str | None = None,
    limit: int | None = None,
) -> list[ModelRecord]:
    """Return the versions that fit what is given, newest first."""
    if not _can_exist(model_name, version):
        return []
    criteria: list[ColumnElement[bool]] = []
    if model_name is not None:
        criteria.append(ModelRow.model_name == model_name)
    if stage is not None:
        criteria.append(ModelRow.stage == stage.value)
    if version is not None:
        criteria.append(ModelRow.version == version)
    return await _models(session, *criteria, limit=limit)


async def events(session: AsyncSession, model_name: str) -> list[ModelEvent]:
    """Return the ledger of a name, oldest first."""
    if not _can_exist(model_name, None):
        return []
    of_name = select(ModelEventRow).where(ModelEventRow.model_name == model_name)
    return [event_record(row) for row in await session.scalars(of_name.order_by(ModelEventRow.id))]


async def _models(
    session: AsyncSession, *criteria: ColumnElement[bool], limit: int | None = None
) -> list[ModelRecord]:
    statement: Select[Any] = select(ModelRow).where(*criteria).limit(limit)
    newest_first = statement.order_by(ModelRow.created_at.desc(), ModelRow.version.desc())
    return [model_record(row) for row in await session.scalars(newest_first)]


def _can_exist(model_name: str | None, version: str | None) -> bool:
    """Whether a text could have been registered; others would trouble the driver (NUL)."""
    name_fits = model_name is None or MODEL_NAME.fullmatch(model_name) is not None
    return name_fits and (version is None or VERSION.fullmatch(version) is not None)
