"""Versions and their ledger in memory, apart from the rules by which they move."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID, uuid4

from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.records import (
    EventAction,
    GateReport,
    ModelCandidate,
    ModelEvent,
    ModelRecord,
    Stage,
)


class InMemoryLedger:
    """Keeps versions, and an entry for each thing that happened to one.

    Attributes:
        models: Id → version, in order of registration.
        events: All entries, oldest first.
    """

    def __init__(self) -> None:
        self.models: dict[UUID, ModelRecord] = {}
        self.events: list[ModelEvent] = []

    def now(self) -> datetime:
        """Return the time, never before that of an earlier entry."""
        moment = datetime.now(UTC)
        return max(moment, self.events[-1].occurred_at) if self.events else moment

    def add(self, candidate: ModelCandidate, by: Attribution) -> ModelRecord:
        """Add a version in stage dev."""
        fields = {field: getattr(candidate, field) for field in ModelCandidate.__slots__}
        at = self.now()
        model = ModelRecord(**fields, id=uuid4(), created_at=at, stage=Stage.DEV)
        self.models[model.id] = model
        self.record(
            model, action=EventAction.REGISTERED, from_stage=None, to_stage=Stage.DEV, by=by, at=at
        )
        return model

    def move(
        self,
        model: ModelRecord,
        to_stage: Stage,
        *,
        action: EventAction,
        by: Attribution,
        at: datetime,
        report: GateReport | None = None,
        forced: bool = False,
    ) -> ModelRecord:
        """Put a version into a stage and say so."""
        moved = replace(model, stage=to_stage)
        self.models[model.id] = moved
        self.record(
            model,
            action=action,
            from_stage=model.stage,
            to_stage=to_stage,
            by=by,
            at=at,
            report=report,
            forced=forced,
        )
        return moved

    def record(
        self,
        model: ModelRecord,
        *,
        action: EventAction,
        from_stage: Stage | None,
        to_stage: Stage,
        by: Attribution,
        at: datetime,
        report: GateReport | None = None,
        forced: bool = False,
    ) -> None:
        """Add an entry."""
        self.events.append(
            ModelEvent(
                id=len(self.events) + 1,
                model_id=model.id,
                model_name=model.model_name,
                version=model.version,
                occurred_at=at,
                action=action,
                from_stage=from_stage,
                to_stage=to_stage,
                gate_report=None if report is None else {**report.to_dict(), "forced": forced},
                **asdict(by),
            )
        )

    def history(self, model_name: str, limit: int | None = None) -> list[ModelEvent]:
        """Return the newest entries of a name, oldest first."""
        newest_first = (event for event in reversed(self.events) if event.model_name == model_name)
        return list(islice(newest_first, limit))[::-1]

    def productions(self, model_name: str) -> Iterator[tuple[EventAction, UUID]]:
        """Yield action and version of the entries about production as target, oldest first."""
        for event in self.history(model_name):
            if event.to_stage is Stage.PRODUCTION:
                yield event.action, event.model_id

    def production_at(self, model_name: str, moment: datetime) -> ModelEvent | None:
        """Return the entry by which a version was in production at a moment, if one was."""
        for event in reversed(self.history(model_name)):
            touches = Stage.PRODUCTION in {event.from_stage, event.to_stage}
            if touches and event.action is not EventAction.REFUSED and event.occurred_at <= moment:
                return event if event.to_stage is Stage.PRODUCTION else None
        return None
