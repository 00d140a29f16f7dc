"""A registry in memory that obeys the same rules as the real one."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from huleedu_ml_training.registry import promotion
from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.candidates import checked_candidate
from huleedu_ml_training.registry.errors import (
    AmbiguousModelIdError,
    DamagedModelError,
    ModelNotFoundError,
    VersionExistsError,
)
from huleedu_ml_training.registry.model_ids import id_digits
from huleedu_ml_training.registry.promotion_errors import (
    NothingToRollBackError,
    PromotionRefusedError,
    RollbackTargetDamagedError,
)
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, PromotionGateProtocol
from huleedu_ml_training.registry.records import (
    EventAction,
    GateReport,
    ModelCandidate,
    ModelEvent,
    ModelRecord,
    PromotionPlan,
    Stage,
)
from huleedu_ml_training.registry.verification import read_registered_bundle


class InMemoryModelRegistry:
    """Keeps versions and their ledger for as long as it lives; safe for tasks of one event loop.

    Args:
        gate: Asked on every promotion.
        artifacts: Where the bundles of the registered versions lie.
    """

    def __init__(self, gate: PromotionGateProtocol, artifacts: ArtifactStoreProtocol) -> None:
        self._gate = gate
        self._artifacts = artifacts
        self._models: dict[UUID, ModelRecord] = {}
        self._events: list[ModelEvent] = []
        self._lock = asyncio.Lock()

    async def register(
        self, candidate: ModelCandidate, *, actor: str, correlation_id: str | None = None
    ) -> ModelRecord:
        """Add a version in stage dev."""
        candidate = checked_candidate(candidate)
        by = Attribution(actor, correlation_id=correlation_id)
        name, version = candidate.model_name, candidate.version
        if any((m.model_name, m.version) == (name, version) for m in self._models.values()):
            raise VersionExistsError(model_name=name, version=version)
        fields = {field: getattr(candidate, field) for field in ModelCandidate.__slots__}
        model = ModelRecord(**fields, id=uuid4(), created_at=datetime.now(UTC), stage=Stage.DEV)
        self._models[model.id] = model
        self._record(
            model, action=EventAction.REGISTERED, from_stage=None, to_stage=Stage.DEV, by=by
        )
        return model

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
        self, *, model_name: str | None = None, stage: Stage | None = None
    ) -> list[ModelRecord]:
        """Return versions, newest first."""
        return [
            model
            for model in reversed(self._models.values())
            if (model_name is None or model.model_name == model_name)
            and (stage is None or model.stage is stage)
        ]

    async def plan_promotion(
        self, model_id: str, stage: Stage, *, reason: str | None = None, force: bool = False
    ) -> PromotionPlan:
        """Return what :meth:`promote` would do now."""
        model = await self.get(model_id)
        incumbents = await self.list_models(model_name=model.model_name, stage=stage)
        return promotion.plan(
            model,
            stage,
            incumbent=incumbents[0] if incumbents and stage.is_exclusive else None,
            gate=self._gate,
            reason=reason,
            force=force,
        )

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
        """Move a version and the incumbent of its new stage in one step."""
        by = Attribution(actor, reason, correlation_id)
        async with self._lock:
            plan = await self.plan_promotion(model_id, stage, reason=by.reason, force=force)
            if stage.is_exclusive:
                await read_registered_bundle(self._artifacts, plan.model)
            if plan.refused:
                self._record(
                    plan.model,
                    action=plan.action,
                    from_stage=plan.model.stage,
                    to_stage=stage,
                    by=by,
                    report=plan.report,
                )
                raise PromotionRefusedError(model=plan.model, target=stage, report=plan.report)
            if plan.incumbent is not None:
                self._move(
                    plan.incumbent,
                    plan.incumbent_goes_to,
                    action=EventAction.DEMOTED,
                    by=replace(by, reason=f"replaced by {plan.model.version}"),
                )
            return self._move(
                plan.model, stage, action=plan.action, by=by, report=plan.report, forced=plan.forced
            )

    async def rollback(
        self,
        model_name: str,
        *,
        actor: str,
        reason: str | None = None,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Put the previous production version of the ledger back."""
        by = Attribution(actor, reason, correlation_id)
        async with self._lock:
            current = await self.find(model_name, stage=Stage.PRODUCTION)
            previous = promotion.previous_in_production(self._productions(model_name))
            if previous is None:
                raise NothingToRollBackError(model_name=model_name, version=current.version)
            target = self._models[previous]
            try:
                await read_registered_bundle(self._artifacts, target)
            except DamagedModelError as error:
                raise RollbackTargetDamagedError(model=target, defect=error.defect) from error
            away = replace(by, reason=f"rolled back to {target.version}")
            self._move(current, Stage.ARCHIVED, action=EventAction.DEMOTED, by=away)
            return self._move(target, Stage.PRODUCTION, action=EventAction.ROLLED_BACK, by=by)

    async def history(self, model_name: str) -> list[ModelEvent]:
        """Return the ledger of a name, oldest first."""
        return [event for event in self._events if event.model_name == model_name]

    def _productions(self, model_name: str) -> Iterator[tuple[EventAction, UUID]]:
        for event in self._events:
            if event.model_name == model_name and event.to_stage is Stage.PRODUCTION:
                yield event.action, event.model_id

    def _move(
        self,
        model: ModelRecord,
        to_stage: Stage,
        *,
        action: EventAction,
        by: Attribution,
        report: GateReport | None = None,
        forced: bool = False,
    ) -> ModelRecord:
        moved = replace(model, stage=to_stage)
        self._models[model.id] = moved
        self._record(
            model,
            action=action,
            from_stage=model.stage,
            to_stage=to_stage,
            by=by,
            report=report,
            forced=forced,
        )
        return moved

    def _record(
        self,
        model: ModelRecord,
        *,
        action: EventAction,
        from_stage: Stage | None,
        to_stage: Stage,
        by: Attribution,
        report: GateReport | None = None,
        forced: bool = False,
    ) -> None:
        self._events.append(
            ModelEvent(
                id=len(self._events) + 1,
                model_id=model.id,
                model_name=model.model_name,
                version=model.version,
                occurred_at=datetime.now(UTC),
                action=action,
                from_stage=from_stage,
                to_stage=to_stage,
                gate_report=None if report is None else {**report.to_dict(), "forced": forced},
                **asdict(by),
            )
        )
