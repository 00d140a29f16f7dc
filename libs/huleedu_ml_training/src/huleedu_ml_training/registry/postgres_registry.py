"""The registry in PostgreSQL."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from huleedu_ml_training.export.manifest import MODEL_NAME
from huleedu_ml_training.registry import ledger, promotion, queries
from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.candidates import checked_candidate
from huleedu_ml_training.registry.errors import (
    DamagedModelError,
    ModelNotFoundError,
    VersionExistsError,
)
from huleedu_ml_training.registry.promotion_errors import (
    NothingToRollBackError,
    PromotionRefusedError,
    RollbackTargetDamagedError,
)
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, PromotionGateProtocol
from huleedu_ml_training.registry.records import (
    EventAction,
    ModelCandidate,
    ModelEvent,
    ModelRecord,
    PromotionPlan,
    Stage,
)
from huleedu_ml_training.registry.rows import model_record, model_row
from huleedu_ml_training.registry.run_errors import RunNotFoundError
from huleedu_ml_training.registry.transactions import constraint, in_transaction
from huleedu_ml_training.registry.verification import read_registered_bundle

_T = TypeVar("_T")


class PostgresModelRegistry:
    """Keeps versions and their ledger in the schema ``ml_training``.

    The methods raise what :class:`ModelRegistryProtocol` says, and an
    :class:`~huleedu_ml_training.domain.errors.InfrastructureError` where the database fails.

    Args:
        engine: The database, migrated.
        gate: Asked on every promotion, inside its transaction.
        artifacts: Where the bundles of the registered versions lie.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        gate: PromotionGateProtocol,
        artifacts: ArtifactStoreProtocol,
    ) -> None:
        self._engine = engine
        self._gate = gate
        self._artifacts = artifacts

    async def register(
        self, candidate: ModelCandidate, *, actor: str, correlation_id: str | None = None
    ) -> ModelRecord:
        """Add a version in stage dev."""
        candidate = checked_candidate(candidate)
        by = Attribution(actor, correlation_id=correlation_id)

        async def work(session: AsyncSession) -> ModelRecord:
            await ledger.lock_name(session, candidate.model_name)
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
                session, row, action=EventAction.REGISTERED, from_stage=None, to_stage=stage, by=by
            )
            return model_record(row)

        return await self._run(work)

    async def get(self, model_id: str) -> ModelRecord:
        """Return a version by its id or an unambiguous prefix of at least four digits."""
        return await self._run(partial(queries.model_by_id, text=model_id))

    async def find(
        self, model_name: str, *, stage: Stage | None = None, version: str | None = None
    ) -> ModelRecord:
        """Return the newest version of a name in a stage, or the one with a version."""
        found = await self._run(
            partial(queries.models, model_name=model_name, stage=stage, version=version, limit=1)
        )
        if not found:
            raise ModelNotFoundError.of(model_name, stage=stage, version=version)
        return found[0]

    async def list_models(
        self, *, model_name: str | None = None, stage: Stage | None = None
    ) -> list[ModelRecord]:
        """Return versions, newest first."""
        return await self._run(partial(queries.models, model_name=model_name, stage=stage))

    async def history(self, model_name: str) -> list[ModelEvent]:
        """Return the ledger of a name, oldest first."""
        return await self._run(partial(queries.events, model_name=model_name))

    async def plan_promotion(
        self, model_id: str, stage: Stage, *, reason: str | None = None, force: bool = False
    ) -> PromotionPlan:
        """Return what :meth:`promote` would do now; writes nothing, not even a refusal."""

        async def work(session: AsyncSession) -> PromotionPlan:
            model = await queries.model_by_id(session, model_id)
            inside = await queries.models(session, model.model_name, stage)
            return self._plan(model, stage, inside, reason=reason, force=force)

        return await self._run(work)

    async def promote(
        self,
        model_id: str,
        stage: Stage,
        *,
        actor: str,
        reason: str | None = None,
        force: bool = False,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Move a version one stage up and the incumbent of that stage out of it, in one step."""
        by = Attribution(actor, reason, correlation_id)
        model = (await self.plan_promotion(model_id, stage, reason=by.reason, force=force)).model
        if stage.is_exclusive:
            await read_registered_bundle(self._artifacts, model)

        async def work(session: AsyncSession) -> PromotionPlan:
            await ledger.lock_name(session, model.model_name)
            rows = await ledger.lock_rows(session, model.model_name, model.id)
            row = rows[model.id]
            inside = [model_record(r) for r in rows.values() if r.stage == stage.value]
            plan = self._plan(model_record(row), stage, inside, reason=by.reason, force=force)
            if plan.refused:
                await ledger.write_entry(
                    session,
                    row,
                    action=plan.action,
                    from_stage=plan.model.stage,
                    to_stage=stage,
                    by=by,
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
                )
            await ledger.move(
                session,
                row,
                stage,
                action=plan.action,
                by=by,
                report=plan.report,
                forced=plan.forced,
            )
            return plan

        plan = await self._run(work)
        if plan.refused:
            raise PromotionRefusedError(model=plan.model, target=stage, report=plan.report)
        return replace(plan.model, stage=stage)

    async def rollback(
        self,
        model_name: str,
        *,
        actor: str,
        reason: str | None = None,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Put the previous production version of the ledger back; twice goes back two steps."""
        by = Attribution(actor, reason, correlation_id)
        if not MODEL_NAME.fullmatch(model_name):
            raise ModelNotFoundError.of(model_name, stage=Stage.PRODUCTION)

        async def work(session: AsyncSession) -> ModelRecord:
            await ledger.lock_name(session, model_name)
            entries = await ledger.productions(session, model_name)
            previous = promotion.previous_in_production(entries)
            wanted = [] if previous is None else [previous]
            rows = await ledger.lock_rows(session, model_name, *wanted)
            current = next((r for r in rows.values() if r.stage == Stage.PRODUCTION.value), None)
            if current is None:
                raise ModelNotFoundError.of(model_name, stage=Stage.PRODUCTION)
            if previous is None:
                raise NothingToRollBackError(model_name=model_name, version=current.version)
            target = rows[previous]
            await self._check_rollback_target(model_record(target))
            away = replace(by, reason=f"rolled back to {target.version}")
            await ledger.move(session, current, Stage.ARCHIVED, action=EventAction.DEMOTED, by=away)
            await ledger.move(
                session, target, Stage.PRODUCTION, action=EventAction.ROLLED_BACK, by=by
            )
            return model_record(target)

        return await self._run(work)

    async def _check_rollback_target(self, target: ModelRecord) -> None:
        try:
            await read_registered_bundle(self._artifacts, target)
        except DamagedModelError as error:
            raise RollbackTargetDamagedError(model=target, defect=error.defect) from error

    def _plan(
        self,
        model: ModelRecord,
        stage: Stage,
        inside: list[ModelRecord],
        *,
        reason: str | None,
        force: bool,
    ) -> PromotionPlan:
        return promotion.plan(
            model,
            stage,
            incumbent=inside[0] if inside and stage.is_exclusive else None,
            gate=self._gate,
            reason=reason,
            force=force,
        )

    async def _run(self, work: Callable[[AsyncSession], Awaitable[_T]]) -> _T:
        return await in_transaction(self._engine, work)
