"""The registry in PostgreSQL."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from huleedu_ml_training.export.manifest import MODEL_NAME
from huleedu_ml_training.registry import ledger, moves, promotion, queries
from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.candidates import checked_candidate
from huleedu_ml_training.registry.deciding import PromotionRequest, decide_on_evidence
from huleedu_ml_training.registry.errors import DamagedModelError, ModelNotFoundError
from huleedu_ml_training.registry.promotion_errors import (
    PromotionRefusedError,
    RollbackTargetDamagedError,
)
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, PromotionGateProtocol
from huleedu_ml_training.registry.records import (
    BundleReference,
    ModelCandidate,
    ModelEvent,
    ModelRecord,
    PromotionPlan,
    Stage,
)
from huleedu_ml_training.registry.rows import model_record
from huleedu_ml_training.registry.transactions import in_transaction
from huleedu_ml_training.registry.verification import (
    is_discardable,
    read_registered_bundle,
    require_bundle,
)

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
            at = await ledger.lock_name(session, candidate.model_name)
            row = await moves.add(session, candidate, by, at=at)
            await ledger.lock_bundle(session, candidate.model_path)
            await require_bundle(self._artifacts, candidate)
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
        self,
        *,
        model_name: str | None = None,
        stage: Stage | None = None,
        limit: int | None = None,
    ) -> list[ModelRecord]:
        """Return versions, newest first."""
        return await self._run(
            partial(queries.models, model_name=model_name, stage=stage, limit=limit)
        )

    async def history(self, model_name: str, *, limit: int | None = None) -> list[ModelEvent]:
        """Return the ledger of a name, oldest first."""
        return await self._run(partial(queries.events, model_name=model_name, limit=limit))

    async def events_of(self, model_id: str) -> list[ModelEvent]:
        """Return the entries of the ledger about one version, oldest first."""
        return await self._run(partial(queries.events_of, model_id=model_id))

    async def production_at(self, model_name: str, moment: datetime) -> ModelEvent | None:
        """Return the entry that put a version into production that was there at a moment."""
        return await self._run(partial(queries.production_at, model_name=model_name, moment=moment))

    async def bundle_references(self) -> list[BundleReference]:
        """Return which versions name which bundles, ordered by name and version."""
        return await self._run(queries.bundle_references)

    async def plan_promotion(
        self,
        model_id: str,
        stage: Stage,
        *,
        reason: str | None = None,
        force: bool = False,
        expected_current: str | None = None,
    ) -> PromotionPlan:
        """Return what :meth:`promote` would do now; writes nothing, not even a refusal."""
        request = PromotionRequest(self._gate, stage, reason, force, expected_current)

        async def act(model: ModelRecord, decide: promotion.Decision) -> PromotionPlan:
            return await self._run(partial(moves.look_ahead, model_id=str(model.id), decide=decide))

        return await self._decide(request, model_id, act)

    async def promote(
        self,
        model_id: str,
        stage: Stage,
        *,
        actor: str,
        reason: str | None = None,
        force: bool = False,
        expected_current: str | None = None,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Move a version one stage up and the incumbent of that stage out of it, in one step."""
        by = Attribution(actor, reason, correlation_id)
        request = PromotionRequest(self._gate, stage, by.reason, force, expected_current)
        return await self._decide(request, model_id, partial(self._carry_out, by=by))

    async def demote(
        self,
        model_id: str,
        stage: Stage | None = None,
        *,
        actor: str,
        reason: str | None = None,
        force: bool = False,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Move a version down: from production to staging, to dev, to archived."""
        by = Attribution(actor, reason, correlation_id)
        target = stage or promotion.stage_below(await self.get(model_id))
        decide = promotion.decide_demotion(target, gate=self._gate, reason=by.reason, force=force)
        plan = await self._run(partial(moves.look_ahead, model_id=model_id, decide=decide))
        if target.is_exclusive:
            await read_registered_bundle(self._artifacts, plan.model)
        return await self._carry_out(plan.model, decide, by)

    async def rollback(
        self,
        model_name: str,
        *,
        actor: str,
        to_version: str | None = None,
        reason: str | None = None,
        expected_current: str | None = None,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Put the previous production version of the ledger back; twice goes back two steps."""
        by = Attribution(actor, reason, correlation_id)
        promotion.check_reason(
            self._gate, by.reason, touches_production=True, asked_for="a rollback"
        )
        if not MODEL_NAME.fullmatch(model_name):
            raise ModelNotFoundError.of(model_name, stage=Stage.PRODUCTION)
        return await self._run(
            partial(
                moves.roll_back,
                model_name=model_name,
                to_version=to_version,
                expected_current=expected_current,
                by=by,
                check=self._check_rollback_target,
            )
        )

    async def discard_bundle(
        self, path: str, *, stored_before: datetime, digest: str | None = None
    ) -> bool:
        """Remove a bundle that no version names; nobody can register it meanwhile."""

        async def work(session: AsyncSession) -> bool:
            await ledger.lock_bundle(session, path)
            discardable = await is_discardable(
                self._artifacts, path, stored_before=stored_before, digest=digest
            )
            if not discardable or await queries.names_bundle(session, path, digest):
                return False
            await self._artifacts.delete(path)
            return True

        return await self._run(work)

    async def _decide(
        self,
        request: PromotionRequest,
        model_id: str,
        act: Callable[[ModelRecord, promotion.Decision], Awaitable[_T]],
    ) -> _T:
        async def look() -> tuple[ModelRecord, list[ModelRecord]]:
            return await self._run(partial(moves.look, model_id=model_id))

        return await decide_on_evidence(request, self._artifacts, look=look, act=act)

    async def _carry_out(
        self, model: ModelRecord, decide: promotion.Decision, by: Attribution
    ) -> ModelRecord:
        plan = await self._run(partial(moves.carry_out, model=model, decide=decide, by=by))
        if plan.refused:
            raise PromotionRefusedError(model=plan.model, target=plan.target, report=plan.report)
        return replace(plan.model, stage=plan.target)

    async def _check_rollback_target(self, target: ModelRecord) -> None:
        try:
            await read_registered_bundle(self._artifacts, target)
        except DamagedModelError as error:
            raise RollbackTargetDamagedError(model=target, defect=error.defect) from error

    async def _run(self, work: Callable[[AsyncSession], Awaitable[_T]]) -> _T:
        return await in_transaction(self._engine, work)
