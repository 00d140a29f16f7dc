"""The statements with which versions move and the ledger grows, inside one transaction."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from huleedu_ml_training.registry import commits
from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.records import EventAction, GateReport, Stage
from huleedu_ml_training.registry.tables import ModelEventRow, ModelRow

_LOCK_TIMEOUT = "30s"
_IDLE_TIMEOUT = "5min"


async def lock_name(session: AsyncSession, model_name: str) -> datetime:
    """Wait until no other transaction changes versions of a name, and keep others waiting.

    The lock ends with the transaction. Because every change takes it first, entries of a name get
    ascending numbers in the order in which they are committed.

    Returns:
        The time that the entries of this transaction bear. It never lies before an earlier entry
        of the name, even when the server's clock was set back.
    """
    await _lock(session, f"ml_training.ml_models:{model_name}")
    last = (
        select(ModelEventRow.occurred_at)
        .where(ModelEventRow.model_name == model_name)
        .order_by(ModelEventRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    moment: datetime = (
        await session.scalars(select(func.greatest(func.clock_timestamp(), last)))
    ).one()
    return moment


async def lock_bundle(session: AsyncSession, path: str) -> None:
    """Wait until nobody else registers or discards the bundle at a path, and keep others waiting.

    Taken after the lock of the name where both are needed. It ends with the transaction.
    """
    await _lock(session, f"ml_training.bundles:{path}")


async def _lock(session: AsyncSession, name: str) -> None:
    waiting = func.set_config("lock_timeout", _LOCK_TIMEOUT, True)
    # A holder whose machine is gone or asleep must not keep all others out for ever.
    idling = func.set_config("idle_in_transaction_session_timeout", _IDLE_TIMEOUT, True)
    await session.execute(select(waiting, idling))
    key = func.hashtextextended(name, 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def lock_rows(
    session: AsyncSession, model_name: str, *model_ids: UUID
) -> dict[UUID, ModelRow]:
    """Return the given versions and those in staging and production, locked in order of id."""
    # Written out, so that the planner can use the partial index of each stage.
    exclusive = [is_literally(ModelRow.stage, stage) for stage in Stage if stage.is_exclusive]
    rows = await session.scalars(
        select(ModelRow)
        .where(ModelRow.model_name == model_name)
        .where(or_(ModelRow.id.in_(model_ids), *exclusive))
        .order_by(ModelRow.id)
        .with_for_update()
    )
    return {row.id: row for row in rows}


async def earlier_in_production(
    session: AsyncSession, model_name: str, *, wanted: UUID | None = None
) -> list[UUID]:
    """Return the versions that were in production before the present one, the latest first.

    As :func:`~huleedu_ml_training.registry.rollbacks.earlier_in_production` reads them from the
    whole ledger, but along the pointers of the entries, and no further than need be.

    Args:
        session: In a transaction.
        model_name: Whose ledger is read.
        wanted: Where to stop; None for the first one alone.
    """
    row = ModelEventRow
    entered = or_(
        *(is_literally(row.action, a) for a in (EventAction.PROMOTED, EventAction.ROLLED_BACK))
    )
    top = (
        select(row.model_id, row.beneath, literal(0).label("depth"))
        .where(row.model_name == model_name, is_literally(row.to_stage, Stage.PRODUCTION), entered)
        .order_by(row.id.desc())
        .limit(1)
    )
    stack = select(top.subquery()).cte("stack", recursive=True)
    on_top = stack.c.depth == 0
    goes_on = on_top if wanted is None else or_(on_top, stack.c.model_id != wanted)
    beneath = (
        select(row.model_id, row.beneath, stack.c.depth + 1)
        .join(stack, row.id == stack.c.beneath)
        .where(goes_on)
    )
    stack = stack.union_all(beneath)
    earlier = select(stack.c.model_id).where(stack.c.depth > 0).order_by(stack.c.depth)
    return list(await session.scalars(earlier))


async def last_at_production(
    session: AsyncSession, model_name: str, moment: datetime
) -> ModelEventRow | None:
    """Return the newest entry until a moment by which a version entered or left production."""
    entered = is_literally(ModelEventRow.to_stage, Stage.PRODUCTION)
    left = is_literally(ModelEventRow.from_stage, Stage.PRODUCTION)
    newest_first = (
        select(ModelEventRow)
        .where(ModelEventRow.model_name == model_name, ModelEventRow.occurred_at <= moment)
        .where(or_(entered, left))
        .where(~is_literally(ModelEventRow.action, EventAction.REFUSED))
        .order_by(ModelEventRow.occurred_at.desc(), ModelEventRow.id.desc())
    )
    return (await session.scalars(newest_first.limit(1))).one_or_none()


def is_literally(column: SQLColumnExpression[Any], value: StrEnum) -> ColumnElement[bool]:
    """Return a comparison whose value stands in the statement, where partial indexes need it."""
    return column == literal_column(f"'{value.value}'")


async def move(
    session: AsyncSession,
    row: ModelRow,
    to_stage: Stage,
    *,
    action: EventAction,
    by: Attribution,
    at: datetime,
    report: GateReport | None = None,
    forced: bool = False,
) -> None:
    """Put a version into a stage and say so in the ledger."""
    from_stage = Stage(row.stage)
    row.stage = to_stage.value
    # The version that leaves a stage must be gone in the database before the next one enters.
    await session.flush()
    await write_entry(
        session,
        row,
        action=action,
        from_stage=from_stage,
        to_stage=to_stage,
        by=by,
        at=at,
        report=report,
        forced=forced,
    )


async def write_entry(
    session: AsyncSession,
    row: ModelRow,
    *,
    action: EventAction,
    from_stage: Stage | None,
    to_stage: Stage,
    by: Attribution,
    at: datetime,
    report: GateReport | None = None,
    forced: bool = False,
) -> None:
    """Add an entry to the ledger.

    Args:
        session: In a transaction that holds the lock of the name.
        row: The version that the entry is about.
        action: What happened.
        from_stage: Where it stood; None at registration.
        to_stage: Where it goes, or was to go.
        by: Who, why, and in the course of what.
        at: When, as :func:`lock_name` returned it.
        report: What the gate saw; None where none was asked.
        forced: Whether a rule was set aside; kept beside the report.
    """
    entry = ModelEventRow(
        model_id=row.id,
        model_name=row.model_name,
        version=row.version,
        occurred_at=at,
        actor=by.actor,
        action=action.value,
        from_stage=None if from_stage is None else from_stage.value,
        to_stage=to_stage.value,
        reason=by.reason,
        gate_report=None if report is None else {**report.to_dict(), "forced": forced},
        correlation_id=by.correlation_id,
    )
    session.add(entry)
    await session.flush()
    same = (ModelEventRow.model_id == row.id, ModelEventRow.occurred_at == at)
    commits.bear_witness(
        session, select(ModelEventRow.id).where(ModelEventRow.id == entry.id, *same)
    )
