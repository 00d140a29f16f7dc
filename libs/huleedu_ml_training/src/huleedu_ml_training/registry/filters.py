"""Which runs and which versions are meant."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from huleedu_ml_training.registry.conditions import MetricCondition
from huleedu_ml_training.registry.records import ModelRecord, Stage
from huleedu_ml_training.registry.runs.records import RunKind, RunRecord, RunState

LABELS = "labels"
"""Key of a version's metadata: names that its bundle bears for good."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs; a field that is empty or None lets all through.

    Attributes:
        kind: Of this kind.
        states: In one of these states.
        since: Started at this time (timezone-aware) or later.
        until: Started before it.
        changed_before: Ended before it; of those without an end, started before it.
        tags: With all of these tags.
        conditions: With figures that fulfil all of these.
        model_name: About models of this name.
    """

    kind: RunKind | None = None
    states: frozenset[RunState] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    changed_before: datetime | None = None
    tags: tuple[str, ...] = ()
    conditions: tuple[MetricCondition, ...] = ()
    model_name: str | None = None

    def lets_through(self, run: RunRecord) -> bool:
        """Return whether a run is meant."""
        return (
            (self.kind is None or run.kind is self.kind)
            and (not self.states or run.state in self.states)
            and (self.since is None or run.started_at >= self.since)
            and (self.until is None or run.started_at < self.until)
            and (self.changed_before is None or run.last_change < self.changed_before)
            and set(self.tags) <= set(run.tags)
            and all(condition.holds(run.metrics) for condition in self.conditions)
            and (self.model_name is None or run.request.get("model_name") == self.model_name)
        )


ALL_RUNS = RunFilter()
"""Lets every run through."""


@dataclass(frozen=True, slots=True)
class ModelFilter:
    """Which versions; a field that is empty or None lets all through.

    Attributes:
        model_name: Of this name.
        stage: In this stage.
        since: Registered at this time (timezone-aware) or later.
        until: Registered before it.
        tags: With all of these, be they tags or labels of the bundle.
        conditions: With figures that fulfil all of these.
    """

    model_name: str | None = None
    stage: Stage | None = None
    since: datetime | None = None
    until: datetime | None = None
    tags: tuple[str, ...] = ()
    conditions: tuple[MetricCondition, ...] = ()

    def lets_through(self, model: ModelRecord, tags: AbstractSet[str]) -> bool:
        """Return whether a version with some tags is meant."""
        labels = model.metadata.get(LABELS)
        names = {*tags, *(labels if isinstance(labels, list | tuple) else ())}
        return (
            (self.model_name is None or model.model_name == self.model_name)
            and (self.stage is None or model.stage is self.stage)
            and (self.since is None or model.created_at >= self.since)
            and (self.until is None or model.created_at < self.until)
            and set(self.tags) <= names
            and all(condition.holds(model.metrics) for condition in self.conditions)
        )


ALL_MODELS = ModelFilter()
"""Lets every version through."""
