"""What the registry remembers, as plain values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

SYNTHETIC_MARK = "synthetic"
"""Label of a version that learnt from generated essays."""


class Stage(StrEnum):
    """Where a model version stands on its way to the classroom."""

    DEV = "dev"
    STAGING = "staging"
    PRODUCTION = "production"
    ARCHIVED = "archived"

    @property
    def rank(self) -> int:
        """Height on the ladder archived, dev, staging, production, from 0."""
        return _LADDER.index(self)

    @property
    def is_exclusive(self) -> bool:
        """Whether at most one version of a name can stand here."""
        return self in {Stage.STAGING, Stage.PRODUCTION}


_LADDER = (Stage.ARCHIVED, Stage.DEV, Stage.STAGING, Stage.PRODUCTION)


class EventAction(StrEnum):
    """Kinds of entries in the ledger."""

    REGISTERED = "registered"
    PROMOTED = "promoted"
    DEMOTED = "demoted"
    ROLLED_BACK = "rolled_back"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ModelCandidate:
    """A finished bundle that asks to be registered.

    Attributes:
        model_name: Name under which versions are counted.
        version: UTC time as ``YYYYMMDD_HHMMSS``.
        model_path: Where the bundle lies, relative to the artifact store's root.
        digest: Sha256 of the bundle's manifest.
        scale: Labels of the grade scale, lowest first.
        metrics: Metrics of the held-out test part, with intervals.
        hyperparameters: What the model was fitted with.
        feature_names: Column order of the model's input.
        metadata: Data digest, library versions, labels such as ``synthetic``.
        run_id: The run that made it.
    """

    model_name: str
    version: str
    model_path: str
    digest: str
    scale: tuple[str, ...]
    metrics: Mapping[str, Any]
    hyperparameters: Mapping[str, Any]
    feature_names: tuple[str, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ModelRecord(ModelCandidate):
    """A registered model version."""

    id: UUID = field(kw_only=True)
    created_at: datetime = field(kw_only=True)
    stage: Stage = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class BundleReference:
    """That a registered version names a bundle.

    Attributes:
        model_path: The bundle, relative to the artifact store's root.
        model_id: The version that names it.
        model_name: Its name.
        version: Its version.
        stage: Where it stands.
    """

    model_path: str
    model_id: UUID
    model_name: str
    version: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """One entry of the append-only ledger.

    Attributes:
        id: Ascending number.
        model_id: The model version it is about.
        model_name: Its name.
        version: Its version.
        occurred_at: When (UTC), by the database's clock.
        actor: Who: user name or service name.
        action: What happened.
        from_stage: Stage before; None at registration.
        to_stage: Stage after; for a refusal, the stage that was asked for.
        reason: Why, in the actor's words.
        gate_report: What the gates saw; None where none was asked.
        correlation_id: Ties the entry to logs.
    """

    id: int
    model_id: UUID
    model_name: str
    version: str
    occurred_at: datetime
    actor: str
    action: EventAction
    from_stage: Stage | None
    to_stage: Stage
    reason: str | None
    gate_report: Mapping[str, Any] | None
    correlation_id: str | None

    @property
    def is_forced(self) -> bool:
        """Whether a rule was set aside; the ledger keeps it for ever."""
        return bool(self.gate_report and self.gate_report.get("forced"))

    @property
    def overridden(self) -> tuple[str, ...]:
        """Names of the checks that failed and were overridden."""
        if not self.is_forced or self.gate_report is None:
            return ()
        checks = self.gate_report.get("checks") or ()
        return tuple(str(check.get("name")) for check in checks if not check.get("passed"))


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One question of a gate, with its answer.

    Attributes:
        name: What was looked at.
        passed: Whether it was good enough.
        observed: What was found, in words or digits.
        required: What was needed.
        is_warning: Whether it passed although it was not good enough, or could not be asked.
    """

    name: str
    passed: bool
    observed: str
    required: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class GateReport:
    """All checks of a gate, in the order in which they were made.

    Attributes:
        checks: The checks.
        policy: Name, version and digest of the policy that asked for them; None without one.
        comparison: Figures of the comparison with the incumbent; None where none was asked for.
    """

    checks: tuple[GateCheck, ...] = ()
    policy: Mapping[str, Any] | None = None
    comparison: Mapping[str, Any] | None = None

    @property
    def passed(self) -> bool:
        """Whether every check passed; a gate without checks lets everything through."""
        return all(check.passed for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return the checks as a JSON-ready document for the ledger."""
        return {
            "passed": self.passed,
            "checks": [asdict(check) for check in self.checks],
            **({} if self.policy is None else {"policy": dict(self.policy)}),
            **({} if self.comparison is None else {"comparison": dict(self.comparison)}),
        }


@dataclass(frozen=True, slots=True)
class PromotionPlan:
    """What a promotion will do.

    Attributes:
        model: The version to move, as it is now.
        target: Where it goes.
        incumbent: The version that has to leave the target stage, if any.
        report: What the gate sees.
        forced: Whether a rule is set aside: the gate refuses, or the move is not one stage up.
        refused: Whether nothing will move, because the gate refuses and nobody forces.
    """

    model: ModelRecord
    target: Stage
    incumbent: ModelRecord | None
    report: GateReport
    forced: bool
    refused: bool

    @property
    def action(self) -> EventAction:
        """What the ledger will say of the version."""
        if self.refused:
            return EventAction.REFUSED
        return (
            EventAction.PROMOTED
            if self.target.rank > self.model.stage.rank
            else EventAction.DEMOTED
        )

    @property
    def incumbent_goes_to(self) -> Stage:
        """Where an incumbent goes: from production to archived, from staging back to dev."""
        return Stage.ARCHIVED if self.target is Stage.PRODUCTION else Stage.DEV
