"""A registry in memory that obeys the same rules as the real one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeVar

from huleedu_ml_training.registry import promotion, rollbacks
from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.candidates import checked_candidate
from huleedu_ml_training.registry.deciding import PromotionRequest, decide_on_evidence
from huleedu_ml_training.registry.errors import (
    AmbiguousModelIdError,
    DamagedModelError,
    ModelNotFoundError,
    VersionExistsError,
)
from huleedu_ml_training.registry.model_ids import id_digits
from huleedu_ml_training.registry.promotion_errors import (
    PromotionRefusedError,
    RollbackTargetDamagedError,
)
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, PromotionGateProtocol
from huleedu_ml_training.registry.records import (
    BundleReference,
    EventAction,
    ModelCandidate,
    ModelEvent,
    ModelRecord,
    PromotionPlan,
    Stage,
)
from huleedu_ml_training.registry.verification import (
    is_discardable,
    read_registered_bundle,
    require_bundle,
)
from huleedu_ml_training.testing.registry_ledger import InMemoryLedger

_T = TypeVar("_T")


class InMemoryModelRegistry:
    """Keeps versions and their ledger for as long as it lives; safe for tasks of one event loop.

    Args:
        gate: Asked on every promotion.
        artifacts: Where the bundles of the registered versions lie.
    """

    def __init__(self, gate: PromotionGateProtocol, artifacts: ArtifactStoreProtocol) -> None:
        self._gate = gate
        self._artifacts = artifacts
        self._ledger = InMemoryLedger()
        self._lock = asyncio.Lock()

    async def register(
        self, candidate: ModelCandidate, *, actor: str, correlation_id: str | None = None
    ) -> ModelRecord:
        """Add a version in stage dev."""
        candidate = checked_candidate(candidate)
        by = Attribution(actor, correlation_id=correlation_id)
        name, version = candidate.model_name, candidate.version
        async with self._lock:
            if any(
                (m.model_name, m.version) == (name, version) for m in self._ledger.models.values()
            ):
                raise VersionExistsError(model_name=name, version=version)
            await require_bundle(self._artifacts, candidate)
            return self._ledger.add(candidate, by)

    async def get(self, model_id: str) -> ModelRecord:
        """Return a version by its id or an unambiguous prefix of it."""
        digits = id_digits(model_id)
        found = [m for m in await self.list_models() if m.id.hex.startswith(digits)]
        if not found:
            raise ModelNotFoundError(wanted=f"no id begins with {digits}")
        if len(found) > 1:
            raise AmbiguousModelIdError(prefix=digits, candidates=found)
        return found[0]

    async def find(
        self, model_name: str, *, stage: Stage | None = None, version: str | None = None
    ) -> ModelRecord:
        """Return the one version of a name in a stage, or with a version."""
        found = [
            m
            for m in await self.list_models(model_name=model_name, stage=stage)
            if version is None or m.version == version
        ]
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
        found = (
            model
            for model in reversed(self._ledger.models.values())
            if (model_name is None or model.model_name == model_name)
            and (stage is None or model.stage is stage)
        )
        return list(islice(found, limit))

    async def plan_promotion(
        self,
        model_id: str,
        stage: Stage,
        *,
        reason: str | None = None,
        force: bool = False,
        expected_current: str | None = None,
    ) -> PromotionPlan:
        """Return what :meth:`promote` would do now."""
        request = PromotionRequest(self._gate, stage, reason, force, expected_current)

        async def act(model: ModelRecord, decide: promotion.Decision) -> PromotionPlan:
            return decide(*await self._look(str(model.id)))

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
        """Move a version and the incumbent of its new stage in one step."""
        by = Attribution(actor, reason, correlation_id)
        request = PromotionRequest(self._gate, stage, by.reason, force, expected_current)

        async def act(model: ModelRecord, decide: promotion.Decision) -> ModelRecord:
            async with self._lock:
                return self._carry_out(decide(*await self._look(str(model.id))), by)

        return await self._decide(request, model_id, act)

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
        """Move a version down."""
        by = Attribution(actor, reason, correlation_id)
        async with self._lock:
            target = stage or promotion.stage_below(await self.get(model_id))
            decide = promotion.decide_demotion(
                target, gate=self._gate, reason=by.reason, force=force
            )
            plan = decide(*await self._look(model_id))
            if target.is_exclusive:
                await read_registered_bundle(self._artifacts, plan.model)
            return self._carry_out(plan, by)

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
        """Put the previous production version of the ledger back."""
        by = Attribution(actor, reason, correlation_id)
        promotion.check_reason(
            self._gate, by.reason, touches_production=True, asked_for="a rollback"
        )
        async with self._lock:
            found = await self.list_models(model_name=model_name, stage=Stage.PRODUCTION)
            current = promotion.standing_in(Stage.PRODUCTION, found)
            promotion.check_current(
                expected_current, current, model_name=model_name, stage=Stage.PRODUCTION
            )
            if current is None:
                raise ModelNotFoundError.of(model_name, stage=Stage.PRODUCTION)
            wanted = None
            if to_version is not None:
                wanted = await self.find(model_name, version=to_version)
            earlier = rollbacks.earlier_in_production(self._ledger.productions(model_name))
            target = self._ledger.models[rollbacks.rollback_target(current, earlier, wanted)]
            try:
                await read_registered_bundle(self._artifacts, target)
            except DamagedModelError as error:
                raise RollbackTargetDamagedError(model=target, defect=error.defect) from error
            away = replace(by, reason=f"rolled back to {target.version}")
            at = self._ledger.now()
            self._ledger.move(current, Stage.ARCHIVED, action=EventAction.DEMOTED, by=away, at=at)
            return self._ledger.move(
                target, Stage.PRODUCTION, action=EventAction.ROLLED_BACK, by=by, at=at
            )

    async def history(self, model_name: str, *, limit: int | None = None) -> list[ModelEvent]:
        """Return the ledger of a name, oldest first."""
        return self._ledger.history(model_name, limit)

    async def events_of(self, model_id: str) -> list[ModelEvent]:
        """Return the entries of the ledger about one version, oldest first."""
        model = await self.get(model_id)
        return [e for e in self._ledger.history(model.model_name) if e.model_id == model.id]

    async def production_at(self, model_name: str, moment: datetime) -> ModelEvent | None:
        """Return the entry that put a version into production that was there at a moment."""
        return self._ledger.production_at(model_name, moment)

    async def bundle_references(self) -> list[BundleReference]:
        """Return which versions name which bundles, ordered by name and version."""
        ordered = sorted(self._ledger.models.values(), key=lambda m: (m.model_name, m.version))
        return [
            BundleReference(m.model_path, m.id, m.model_name, m.version, m.stage) for m in ordered
        ]

    async def discard_bundle(
        self, path: str, *, stored_before: datetime, digest: str | None = None
    ) -> bool:
        """Remove a bundle that no version names."""
        async with self._lock:
            discardable = await is_discardable(
                self._artifacts, path, stored_before=stored_before, digest=digest
            )
            named = any(
                model.model_path == path and digest in {None, model.digest}
                for model in self._ledger.models.values()
            )
            if not discardable or named:
                return False
            await self._artifacts.delete(path)
            return True

    async def _look(self, model_id: str) -> tuple[ModelRecord, list[ModelRecord]]:
        model = await self.get(model_id)
        return model, await self.list_models(model_name=model.model_name)

    async def _decide(
        self,
        request: PromotionRequest,
        model_id: str,
        act: Callable[[ModelRecord, promotion.Decision], Awaitable[_T]],
    ) -> _T:
        look = partial(self._look, model_id)
        return await decide_on_evidence(request, self._artifacts, look=look, act=act)

    def _carry_out(self, plan: PromotionPlan, by: Attribution) -> ModelRecord:
        at = self._ledger.now()
        if plan.refused:
            self._ledger.record(
                plan.model,
                action=plan.action,
                from_stage=plan.model.stage,
                to_stage=plan.target,
                by=by,
                at=at,
                report=plan.report,
            )
            raise PromotionRefusedError(model=plan.model, target=plan.target, report=plan.report)
        if plan.incumbent is not None:
            self._ledger.move(
                plan.incumbent,
                plan.incumbent_goes_to,
                action=EventAction.DEMOTED,
                by=replace(by, reason=f"replaced by {plan.model.version}"),
                at=at,
            )
        return self._ledger.move(
            plan.model,
            plan.target,
            action=plan.action,
            by=by,
            at=at,
            report=plan.report,
            forced=plan.forced,
        )
