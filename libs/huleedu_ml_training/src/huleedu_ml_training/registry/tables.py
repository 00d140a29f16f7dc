"""Tables of the registry: model versions, the ledger of their stages, and runs."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from huleedu_ml_training.database.base import Base
from huleedu_ml_training.database.schema_name import SCHEMA
from huleedu_ml_training.registry.records import EventAction, Stage
from huleedu_ml_training.registry.runs.records import RunKind, RunState


def _one_of(column: str, values: type[StrEnum], name: str) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=name)


def _sha256(column: str, name: str) -> CheckConstraint:
    return CheckConstraint(f"{column} ~ '^[0-9a-f]{{64}}$'", name=name)


class RunRow(Base):
    """One experiment; see :class:`~huleedu_ml_training.registry.records.RunRecord`."""

    __tablename__ = "ml_runs"
    __table_args__ = (
        _one_of("kind", RunKind, "kind"),
        _one_of("state", RunState, "state"),
        _sha256("inputs_digest", "inputs_digest"),
        _sha256("dataset_digest", "dataset_digest"),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished_at"),
        Index("ix_ml_runs_kind_inputs_digest", "kind", "inputs_digest"),
        Index("ix_ml_runs_started_at", "started_at"),
        Index("ix_ml_runs_tags", "tags", postgresql_using="gin"),
        Index("ix_ml_runs_reproduces", "reproduces"),
    )

    id: Mapped[UUID] = mapped_column(
        Uuid, primary_key=True, server_default=text("gen_random_uuid()")
    )
    kind: Mapped[str] = mapped_column(Text)
    experiment_name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=text("'running'"))
    inputs_digest: Mapped[str] = mapped_column(Text)
    config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    dataset_digest: Mapped[str | None] = mapped_column(Text)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    correlation_id: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    request: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    reproduces: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey(f"{SCHEMA}.ml_runs.id", ondelete="SET NULL")
    )


class ModelRow(Base):
    """A registered model version.

    See :class:`~huleedu_ml_training.registry.records.ModelRecord`. Two partial unique indexes
    allow a name at most one version in production and one in staging, at every moment.
    """

    __tablename__ = "ml_models"
    __table_args__ = (
        UniqueConstraint("model_name", "version"),
        _one_of("stage", Stage, "stage"),
        _sha256("digest", "digest"),
        CheckConstraint("jsonb_typeof(scale) = 'array'", name="scale"),
        *(
            CheckConstraint(f"jsonb_typeof({column}) = 'object'", name=column)
            for column in ("metrics", "hyperparameters", "metadata")
        ),
        CheckConstraint("jsonb_typeof(feature_names) = 'array'", name="feature_names"),
        Index(
            "uq_ml_models_model_name_production",
            "model_name",
            unique=True,
            postgresql_where=text("stage = 'production'"),
        ),
        Index(
            "uq_ml_models_model_name_staging",
            "model_name",
            unique=True,
            postgresql_where=text("stage = 'staging'"),
        ),
        Index("ix_ml_models_run_id", "run_id"),
        Index("ix_ml_models_created_at", "created_at", "version"),
        Index("ix_ml_models_model_name_created_at", "model_name", "created_at", "version"),
        Index("ix_ml_models_model_path", "model_path"),
    )

    id: Mapped[UUID] = mapped_column(
        Uuid, primary_key=True, server_default=text("gen_random_uuid()")
    )
    model_name: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    stage: Mapped[str] = mapped_column(Text, server_default=text("'dev'"))
    model_path: Mapped[str] = mapped_column(Text)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSONB)
    hyperparameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    feature_names: Mapped[list[str]] = mapped_column(JSONB)
    metadata_: Mapped[dict[str, Any]] = mapped_column(
        "metadata", JSONB, server_default=text("'{}'")
    )
    digest: Mapped[str] = mapped_column(Text)
    scale: Mapped[list[str]] = mapped_column(JSONB)
    run_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey(f"{SCHEMA}.ml_runs.id", ondelete="SET NULL")
    )


class ModelTagRow(Base):
    """A name that people gave to a version, apart from what was registered."""

    __tablename__ = "ml_model_tags"
    __table_args__ = (Index("ix_ml_model_tags_tag", "tag"),)

    model_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey(f"{SCHEMA}.ml_models.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(Text, primary_key=True)


class ModelEventRow(Base):
    """One entry of the ledger of stages; a trigger refuses to change or remove any.

    See :class:`~huleedu_ml_training.registry.records.ModelEvent`.
    """

    __tablename__ = "ml_model_events"
    __table_args__ = (
        _one_of("action", EventAction, "action"),
        _one_of("from_stage", Stage, "from_stage"),
        _one_of("to_stage", Stage, "to_stage"),
        CheckConstraint("beneath < id", name="beneath"),
        Index("ix_ml_model_events_model_name_id", "model_name", "id"),
        Index("ix_ml_model_events_model_id", "model_id"),
        Index(
            "ix_ml_model_events_production",
            "model_name",
            "occurred_at",
            "id",
            postgresql_where=text(
                "(to_stage = 'production' OR from_stage = 'production') AND action <> 'refused'"
            ),
        ),
        Index(
            "ix_ml_model_events_entered_production",
            "model_name",
            "id",
            postgresql_where=text(
                "to_stage = 'production' AND action IN ('promoted', 'rolled_back')"
            ),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    model_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey(f"{SCHEMA}.ml_models.id"))
    model_name: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    from_stage: Mapped[str | None] = mapped_column(Text)
    to_stage: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    gate_report: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    correlation_id: Mapped[str | None] = mapped_column(Text)
    # Written by a trigger; see the function earlier_in_production of the ledger.
    beneath: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.ml_model_events.id"), server_default=FetchedValue()
    )
