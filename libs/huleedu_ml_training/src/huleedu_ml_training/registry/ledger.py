"""The statements with which versions move and the ledger grows, inside one transaction."""

from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.records import EventAction, GateReport, Stage
from huleedu_ml_training.registry.tables import ModelEventRow, ModelRow

_LOCK_TIMEOUT = "30s"


async def lock_name(session: AsyncSession, model_name: str) -> None:
    """Wait until no other transaction changes versions of a name, and keep others waiting.

    The lock ends with the transaction. Because every change takes it first, entries of a name get
    ascending numbers in the order in which they are committed.
    """
    await session.execute(select(func.set_config("lock_timeout", _LOCK_TIMEOUT, True)))
    key = func.hashtextextended(f"ml_training.ml_models:{model_name}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def lock_rows(
    session: AsyncSession, model_name: str, *model_ids: UUID
) -> dict[UUID, ModelRow]:
    """Return the given versions and those in staging and production, locked in order of id."""
    exclusive = [stage.value for stage in Stage if stage.is_exclusive]
    rows = await session.scalars(
        select(ModelRow)
        .where(ModelRow.model_name == model_name)
        .where(or_(ModelRow.id.in_(model_ids), ModelRow.stage.in_(exclusive)))
        .order_by(ModelRow.id)
        .with_for_update()
    )
    return {row.id: row for row in rows}


async def productions(session: AsyncSession, model_name: str) -> list[tuple[EventAction, UUID]]:
    """Return action and version of the entries about production as target, oldest first."""
    rows = await session.execute(
        select(ModelEventRow.action, ModelEventRow.model_id)
        .where(ModelEventRow.model_name == model_name)
        .where(ModelEventRow.to_stage == Stage.PRODUCTION.value)
        .where(ModelEventRow.action != EventAction.REFUSED.value)
        .order_by(ModelEventRow.id)
    )
    return [(EventAction(action), model_id) for action, model_id in rows]


async def move(
    session: AsyncSession,
    row: ModelRow,
    to_stage: Stage,
    *,
    action: EventAction,
    by: Attribution,
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
        report: What the gate saw; None where none was asked.
        forced: Whether a rule was set aside; kept beside the report.
    """
    session.add(
        ModelEventRow(
            model_id=row.id,
            model_name=row.model_name,
            version=row.version,
            actor=by.actor,
            action=action.value,
            from_stage=None if from_stage is None else from_stage.value,
            to_stage=to_stage.value,
            reason=by.reason,
            gate_report=None if report is None else {**report.to_dict(), "forced": forced},
            correlation_id=by.correlation_id,
        )
    )
    await session.flush()
