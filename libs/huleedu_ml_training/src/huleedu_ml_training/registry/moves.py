"""Registrations, promotions, demotions and rollbacks, each inside one transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from huleedu_ml_training.registry import ledger, promotion, queries, rollbacks
from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.errors import ModelNotFoundError, VersionExistsError
from huleedu_ml_training.registry.promotion import Decision
from huleedu_ml_training.registry.records import (
    EventAction,
    ModelCandidate,
    ModelRecord,
    PromotionPlan,
    Stage,
)
from huleedu_ml_training.registry.rows import model_record, model_row
from huleedu_ml_training.registry.runs.errors import RunNotFoundError
from huleedu_ml_training.registry.tables import ModelRow
from huleedu_ml_training.registry.transactions import constraint


async def add(
    session: AsyncSession, candidate: ModelCandidate, by: Attribution, *, at: datetime
) -> ModelRow:
    """Add a version in stage dev, with its entry in the ledger.

    Raises:
        VersionExistsError: The name has that version already.
        RunNotFoundError: There is no such run.
    """
    row = model_row(candidate)
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        if constraint(error) == "uq_ml_models_model_name_version":
            raise VersionExistsError(
                model_name=candidate.model_name, version=candidate.version
            ) from error
        if constraint(error) == "fk_ml_models_run_id_ml_runs":
            raise RunNotFoundError(run_id=str(candidate.run_id)) from error
        raise
    await session.refresh(row)
    stage = Stage(row.stage)
    await ledger.write_entry(
        session, row, action=EventAction.REGISTERED, from_stage=None, to_stage=stage, by=by, at=at
    )
    return row


async def look(session: AsyncSession, model_id: str) -> tuple[ModelRecord, list[ModelRecord]]:
    """Return a version, and those of its name in staging and production; locks nothing.

    Raises:
        ModelNotFoundError: There is no such version.
    """
    model = await queries.model_by_id(session, model_id)
    inside: list[ModelRecord] = []
    for stage in Stage:
        if stage.is_exclusive:
            inside += await queries.models(session, model.model_name, stage)
    return model, inside


async def look_ahead(session: AsyncSession, model_id: str, decide: Decision) -> PromotionPlan:
    """Return what :func:`carry_out` would do now; changes nothing.

    Raises:
        ModelNotFoundError: There is no such version.
        HuleEduMLError: What ``decide`` raises.
    """
    return decide(*await look(session, model_id))


async def carry_out(
    session: AsyncSession, model: ModelRecord, decide: Decision, by: Attribution
) -> PromotionPlan:
    """Decide on the locked rows and do it, or write down that it was refused.

    Raises:
        HuleEduMLError: What ``decide`` raises; nothing was changed.
    """
    at = await ledger.lock_name(session, model.model_name)
    rows = await ledger.lock_rows(session, model.model_name, model.id)
    row = rows[model.id]
    inside = [model_record(r) for r in rows.values() if Stage(r.stage).is_exclusive]
    plan = decide(model_record(row), inside)
    if plan.refused:
        await ledger.write_entry(
            session,
            row,
            action=plan.action,
            from_stage=plan.model.stage,
            to_stage=plan.target,
            by=by,
            at=at,
            report=plan.report,
        )
        return plan
    if plan.incumbent is not None:
        await ledger.move(
            session,
            rows[plan.incumbent.id],
            plan.incumbent_goes_to,
            action=EventAction.DEMOTED,
            by=replace(by, reason=f"replaced by {plan.model.version}"),
            at=at,
        )
    await ledger.move(
        session,
        row,
        plan.target,
        action=plan.action,
        by=by,
        at=at,
        report=plan.report,
        forced=plan.forced,
    )
    return plan


async def roll_back(
    session: AsyncSession,
    model_name: str,
    *,
    to_version: str | None,
    expected_current: str | None,
    by: Attribution,
    check: Callable[[ModelRecord], Awaitable[None]],
) -> ModelRecord:
    """Put an earlier production version back and the present one aside.

    Args:
        session: In a transaction.
        model_name: Whose production version changes.
        to_version: Where to go back to; None for one step.
        expected_current: Who is expected in production; None does not ask.
        by: Who, why, and in the course of what.
        check: Raises if the version to go back to cannot be served.

    Raises:
        ModelNotFoundError: The name has no version in production, or no such version.
        StaleDecisionError: Another version is in production than was expected.
        NothingToRollBackError: No version was in production before.
        NoRollbackTargetError: The wanted version was not.
        HuleEduMLError: What ``check`` raises; nothing was changed.
    """
    at = await ledger.lock_name(session, model_name)
    found = await queries.models(session, model_name, Stage.PRODUCTION)
    current = promotion.standing_in(Stage.PRODUCTION, found)
    promotion.check_current(
        expected_current, current, model_name=model_name, stage=Stage.PRODUCTION
    )
    if current is None:
        raise ModelNotFoundError.of(model_name, stage=Stage.PRODUCTION)
    wanted = None if to_version is None else await _version(session, model_name, to_version)
    earlier = await ledger.earlier_in_production(
        session, model_name, wanted=None if wanted is None else wanted.id
    )
    target_id = rollbacks.rollback_target(current, earlier, wanted)
    rows = await ledger.lock_rows(session, model_name, target_id)
    target, leaving = rows[target_id], rows[current.id]
    await check(model_record(target))
    away = replace(by, reason=f"rolled back to {target.version}")
    await ledger.move(session, leaving, Stage.ARCHIVED, action=EventAction.DEMOTED, by=away, at=at)
    await ledger.move(
        session, target, Stage.PRODUCTION, action=EventAction.ROLLED_BACK, by=by, at=at
    )
    return model_record(target)


async def _version(session: AsyncSession, model_name: str, version: str) -> ModelRecord:
    found = await queries.models(session, model_name, version=version, limit=1)
    if not found:
        raise ModelNotFoundError.of(model_name, version=version)
    return found[0]
