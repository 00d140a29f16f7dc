"""What the run store remembers, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class RunKind(StrEnum):
    """What a run does."""

    TRAIN = "train"
    TUNE = "tune"
    EVALUATE = "evaluate"
    CV = "cv"

    @property
    def goes_on(self) -> bool:
        """Whether an interrupted run of this kind goes on where it stopped."""
        return self is not RunKind.EVALUATE


class RunState(StrEnum):
    """How far a run is. Only ``running`` and ``interrupted`` runs can go on."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    COMPLETED = "completed"


class Retention(StrEnum):
    """Why a run must not be discarded."""

    AT_WORK = "a process is at work on it"
    REGISTERED = "its model is registered"
    TAGGED = "it is tagged keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """An experiment that is about to begin.

    Attributes:
        kind: What the run does.
        experiment_name: The user's name for it.
        inputs_digest: Sha256 of configuration and data; equal digests mean equal work.
        config: All settings, secrets masked.
        dataset_digest: Digest of the essays; None before they were read.
        correlation_id: Ties the run to logs.
        request: What was asked for beside the settings, such as which essays.
        tags: Names to find it by, ascending.
        reproduces: The run that it trains again; None for all others.
    """

    kind: RunKind
    experiment_name: str
    inputs_digest: str
    config: Mapping[str, Any]
    dataset_digest: str | None
    correlation_id: str | None
    request: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    reproduces: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord(NewRun):
    """One experiment, as the store remembers it.

    Attributes:
        id: Identifier; also the name of its directory under ``runs``.
        state: How far it is.
        metrics: Results; empty before the end. What kinds have in common stands under ``values``:
            metric → value, low, high.
        error: Code and text of the failure, if any.
        started_at: UTC; of the first attempt.
        finished_at: UTC; None while it runs.
    """

    id: UUID
    state: RunState
    metrics: Mapping[str, Any]
    error: Mapping[str, Any] | None
    started_at: datetime
    finished_at: datetime | None

    @property
    def can_go_on(self) -> bool:
        """Whether another process may resume it, if none is at work on it."""
        return self.kind.goes_on and self.state in {RunState.RUNNING, RunState.INTERRUPTED}

    @property
    def last_change(self) -> datetime:
        """When it ended, or, without an end, when it began."""
        return self.finished_at or self.started_at
