"""Reading versions and the ledger."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from huleedu_ml_training.export.manifest import MODEL_NAME, VERSION
from huleedu_ml_training.registry.errors import AmbiguousModelIdError, ModelNotFoundError
from huleedu_ml_training.registry.ledger import is_literally, last_at_production
from huleedu_ml_training.registry.model_ids import id_digits, id_range
from huleedu_ml_training.registry.records import BundleReference, ModelEvent, ModelRecord, Stage
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
        criteria.append(is_literally(ModelRow.stage, stage))
    if version is not None:
        criteria.append(ModelRow.version == version)
    return await _models(session, *criteria, limit=limit)


async def events(
    session: AsyncSession, model_name: str, limit: int | None = None
) -> list[ModelEvent]:
    """Return the ledger of a name, oldest first; with a limit, its newest entries."""
    if not _can_exist(model_name, None):
        return []
    of_name = select(ModelEventRow).where(ModelEventRow.model_name == model_name)
    newest_first = of_name.order_by(ModelEventRow.id.desc()).limit(limit)
    found = [event_record(row) for row in await session.scalars(newest_first)]
    return found[::-1]


async def events_of(session: AsyncSession, model_id: str) -> list[ModelEvent]:
    """Return the entries of the ledger about one version, oldest first."""
    model = await model_by_id(session, model_id)
    of_model = select(ModelEventRow).where(ModelEventRow.model_id == model.id)
    return [event_record(row) for row in await session.scalars(of_model.order_by(ModelEventRow.id))]


async def production_at(
    session: AsyncSession, model_name: str, moment: datetime
) -> ModelEvent | None:
    """Return the entry that put a version into production that was there at a moment."""
    if not _can_exist(model_name, None):
        return None
    row = await last_at_production(session, model_name, moment)
    return None if row is None or row.to_stage != Stage.PRODUCTION else event_record(row)


async def bundle_references(session: AsyncSession) -> list[BundleReference]:
    """Return which versions name which bundles, ordered by name and version."""
    columns = (ModelRow.model_path, ModelRow.id, ModelRow.model_name, ModelRow.version)
    rows = await session.execute(
        select(*columns, ModelRow.stage).order_by(ModelRow.model_name, ModelRow.version)
    )
    return [
        BundleReference(path, model_id, name, version, Stage(stage))
        for path, model_id, name, version, stage in rows
    ]


async def names_bundle(session: AsyncSession, path: str, digest: str | None) -> bool:
    """Return whether any version names the bundle at a path, or that of a digest there."""
    named = select(ModelRow.id).where(ModelRow.model_path == path)
    if digest is not None:
        named = named.where(ModelRow.digest == digest)
    return await session.scalar(named.limit(1)) is not None


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
