"""Models with their ledger, runs, and feature vectors.

Revision: 0001
Follows: nothing
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SCHEMA = "ml_training"
_STAGES = "('dev', 'staging', 'production', 'archived')"
_SHA256 = "~ '^[0-9a-f]{64}$'"


def upgrade() -> None:
    _create_runs()
    _create_models()
    _create_events()
    op.create_table(
        "feature_vectors",
        sa.Column("text_digest", sa.Text(), nullable=False),
        sa.Column("schema_digest", sa.Text(), nullable=False),
        sa.Column("prompt_digest", sa.Text(), nullable=False),
        sa.Column("vector", postgresql.ARRAY(sa.REAL(), dimensions=1), nullable=False),
        sa.Column("created_at", *_time("now()"), nullable=False),
        sa.PrimaryKeyConstraint(
            "text_digest", "schema_digest", "prompt_digest", name=op.f("pk_feature_vectors")
        ),
        sa.CheckConstraint("cardinality(vector) > 0", name=op.f("ck_feature_vectors_vector")),
        schema=_SCHEMA,
    )


def _time(default: str) -> tuple[sa.types.TypeEngine[object], sa.schema.FetchedValue]:
    return sa.DateTime(timezone=True), sa.DefaultClause(sa.text(default))


def _create_runs() -> None:
    op.create_table(
        "ml_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("experiment_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'running'"), nullable=False),
        sa.Column("inputs_digest", sa.Text(), nullable=False),
        sa.Column("config", postgresql.JSONB(), nullable=False),
        sa.Column("dataset_digest", sa.Text(), nullable=True),
        sa.Column("metrics", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("started_at", *_time("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ml_runs")),
        sa.CheckConstraint("kind IN ('train', 'tune', 'evaluate')", name=op.f("ck_ml_runs_kind")),
        sa.CheckConstraint(
            "state IN ('running', 'interrupted', 'failed', 'completed')",
            name=op.f("ck_ml_runs_state"),
        ),
        sa.CheckConstraint(f"inputs_digest {_SHA256}", name=op.f("ck_ml_runs_inputs_digest")),
        sa.CheckConstraint(f"dataset_digest {_SHA256}", name=op.f("ck_ml_runs_dataset_digest")),
        sa.CheckConstraint(
            "(state = 'running') = (finished_at IS NULL)", name=op.f("ck_ml_runs_finished_at")
        ),
        schema=_SCHEMA,
    )
    op.create_index(
        "ix_ml_runs_kind_inputs_digest", "ml_runs", ["kind", "inputs_digest"], schema=_SCHEMA
    )
    op.create_index("ix_ml_runs_started_at", "ml_runs", ["started_at"], schema=_SCHEMA)


def _create_models() -> None:
    op.create_table(
        "ml_models",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("created_at", *_time("now()"), nullable=False),
        sa.Column("stage", sa.Text(), server_default=sa.text("'dev'"), nullable=False),
        sa.Column("model_path", sa.Text(), nullable=False),
        sa.Column("metrics", postgresql.JSONB(), nullable=False),
        sa.Column("hyperparameters", postgresql.JSONB(), nullable=False),
        sa.Column("feature_names", postgresql.JSONB(), nullable=False),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scale", postgresql.JSONB(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ml_models")),
        sa.UniqueConstraint("model_name", "version", name=op.f("uq_ml_models_model_name_version")),
        sa.ForeignKeyConstraint(
            ["run_id"],
            [f"{_SCHEMA}.ml_runs.id"],
            name=op.f("fk_ml_models_run_id_ml_runs"),
            ondelete="SET NULL",
        ),
        sa.CheckConstraint(f"stage IN {_STAGES}", name=op.f("ck_ml_models_stage")),
        sa.CheckConstraint(f"digest {_SHA256}", name=op.f("ck_ml_models_digest")),
        sa.CheckConstraint("jsonb_typeof(scale) = 'array'", name=op.f("ck_ml_models_scale")),
        sa.CheckConstraint(
            "jsonb_typeof(feature_names) = 'array'", name=op.f("ck_ml_models_feature_names")
        ),
        schema=_SCHEMA,
    )
    for stage in ("production", "staging"):
        op.create_index(
            f"uq_ml_models_model_name_{stage}",
            "ml_models",
            ["model_name"],
            unique=True,
            schema=_SCHEMA,
            postgresql_where=sa.text(f"stage = '{stage}'"),
        )
    op.create_index("ix_ml_models_run_id", "ml_models", ["run_id"], schema=_SCHEMA)


def _create_events() -> None:
    op.create_table(
        "ml_model_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("occurred_at", *_time("clock_timestamp()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_stage", sa.Text(), nullable=True),
        sa.Column("to_stage", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("gate_report", postgresql.JSONB(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ml_model_events")),
        sa.ForeignKeyConstraint(
            ["model_id"],
            [f"{_SCHEMA}.ml_models.id"],
            name=op.f("fk_ml_model_events_model_id_ml_models"),
        ),
        sa.CheckConstraint(
            "action IN ('registered', 'promoted', 'demoted', 'rolled_back', 'refused')",
            name=op.f("ck_ml_model_events_action"),
        ),
        sa.CheckConstraint(f"from_stage IN {_STAGES}", name=op.f("ck_ml_model_events_from_stage")),
        sa.CheckConstraint(f"to_stage IN {_STAGES}", name=op.f("ck_ml_model_events_to_stage")),
        schema=_SCHEMA,
    )
    op.create_index(
        "ix_ml_model_events_model_name_id",
        "ml_model_events",
        ["model_name", "id"],
        schema=_SCHEMA,
    )
    op.create_index("ix_ml_model_events_model_id", "ml_model_events", ["model_id"], schema=_SCHEMA)
    op.execute(
        f"""
        CREATE FUNCTION {_SCHEMA}.refuse_change_of_ledger() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        END
        $$
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER tr_ml_model_events_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON {_SCHEMA}.ml_model_events
        FOR EACH STATEMENT EXECUTE FUNCTION {_SCHEMA}.refuse_change_of_ledger()
        """
    )


def downgrade() -> None:
    for table in ("feature_vectors", "ml_model_events", "ml_models", "ml_runs"):
        op.drop_table(table, schema=_SCHEMA)
    op.execute(f"DROP FUNCTION {_SCHEMA}.refuse_change_of_ledger()")
