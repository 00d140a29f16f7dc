"""Rows of the registry's tables as records, and back."""

from huleedu_ml_training.registry.records import (
    EventAction,
    ModelCandidate,
    ModelEvent,
    ModelRecord,
    Stage,
)
from huleedu_ml_training.registry.runs.records import RunKind, RunRecord, RunState
from huleedu_ml_training.registry.tables import ModelEventRow, ModelRow, RunRow


def model_row(candidate: ModelCandidate) -> ModelRow:
    """Return the row of a new version; the database gives it id, time and stage."""
    return ModelRow(
        model_name=candidate.model_name,
        version=candidate.version,
        model_path=candidate.model_path,
        digest=candidate.digest,
        scale=list(candidate.scale),
        metrics=candidate.metrics,
        hyperparameters=candidate.hyperparameters,
        feature_names=list(candidate.feature_names),
        metadata_=candidate.metadata,
        run_id=candidate.run_id,
    )


def model_record(row: ModelRow) -> ModelRecord:
    """Return a version's row as a record."""
    return ModelRecord(
        model_name=row.model_name,
        version=row.version,
        model_path=row.model_path,
        digest=row.digest,
        scale=tuple(row.scale),
        metrics=row.metrics,
        hyperparameters=row.hyperparameters,
        feature_names=tuple(row.feature_names),
        metadata=row.metadata_,
        run_id=row.run_id,
        id=row.id,
        created_at=row.created_at,
        stage=Stage(row.stage),
    )


def event_record(row: ModelEventRow) -> ModelEvent:
    """Return an entry of the ledger as a record."""
    return ModelEvent(
        id=row.id,
        model_id=row.model_id,
        model_name=row.model_name,
        version=row.version,
        occurred_at=row.occurred_at,
        actor=row.actor,
        action=EventAction(row.action),
        from_stage=None if row.from_stage is None else Stage(row.from_stage),
        to_stage=Stage(row.to_stage),
        reason=row.reason,
        gate_report=row.gate_report,
        correlation_id=row.correlation_id,
    )


def run_record(row: RunRow) -> RunRecord:
    """Return a run's row as a record."""
    return RunRecord(
        id=row.id,
        kind=RunKind(row.kind),
        experiment_name=row.experiment_name,
        state=RunState(row.state),
        inputs_digest=row.inputs_digest,
        config=row.config,
        dataset_digest=row.dataset_digest,
        metrics=row.metrics,
        error=row.error,
        correlation_id=row.correlation_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        request=row.request,
        tags=tuple(row.tags),
        reproduces=row.reproduces,
    )
