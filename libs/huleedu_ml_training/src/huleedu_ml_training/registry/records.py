"""What the registry and the run store remember, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Stage(StrEnum):
    """Where a model version stands on its way to the classroom."""

    DEV = "dev"
    STAGING = "staging"
    PRODUCTION = "production"
    ARCHIVED = "archived"


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


class RunKind(StrEnum):
    """What a run does."""

    TRAIN = "train"
    TUNE = "tune"
    EVALUATE = "evaluate"


class RunState(StrEnum):
    """How far a run is. Only ``running`` and ``interrupted`` runs can go on."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One experiment.

    Attributes:
        id: Identifier; also the name of its directory under ``runs``.
        kind: What the run does.
        experiment_name: The user's name for it.
        state: How far it is.
        inputs_digest: Sha256 of configuration and data; equal digests mean equal work.
        config: All settings, secrets masked.
        dataset_digest: Digest of the essays; None before they were read.
        metrics: Results; empty before the end.
        error: Code and text of the failure, if any.
        correlation_id: Ties the run to logs.
        started_at: UTC.
        finished_at: UTC; None while it runs.
    """

    id: UUID
    kind: RunKind
    experiment_name: str
    state: RunState
    inputs_digest: str
    config: Mapping[str, Any]
    dataset_digest: str | None
    metrics: Mapping[str, Any]
    error: Mapping[str, Any] | None
    correlation_id: str | None
    started_at: datetime
    finished_at: datetime | None
