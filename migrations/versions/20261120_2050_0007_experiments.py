"""Tags of runs and models, what a run was asked for, and which run it repeats.

Revision: 0007
Follows: 0006
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SCHEMA = "ml_training"


def upgrade() -> None:
    for column in (
        sa.Column("request", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("reproduces", sa.Uuid, nullable=True),
    ):
        op.add_column("ml_runs", column, schema=_SCHEMA)
    op.create_foreign_key(
        op.f("fk_ml_runs_reproduces_ml_runs"),
        "ml_runs",
        "ml_runs",
        ["reproduces"],
        ["id"],
        source_schema=_SCHEMA,
        referent_schema=_SCHEMA,
        ondelete="SET NULL",
    )
    op.create_index("ix_ml_runs_tags", "ml_runs", ["tags"], schema=_SCHEMA, postgresql_using="gin")
    op.create_index("ix_ml_runs_reproduces", "ml_runs", ["reproduces"], schema=_SCHEMA)
    op.create_table(
        "ml_model_tags",
        sa.Column("model_id", sa.Uuid, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("model_id", "tag", name=op.f("pk_ml_model_tags")),
        sa.ForeignKeyConstraint(
            ["model_id"],
            [f"{_SCHEMA}.ml_models.id"],
            name=op.f("fk_ml_model_tags_model_id_ml_models"),
            ondelete="CASCADE",
        ),
        schema=_SCHEMA,
    )
    op.create_index("ix_ml_model_tags_tag", "ml_model_tags", ["tag"], schema=_SCHEMA)


def downgrade() -> None:
    op.drop_table("ml_model_tags", schema=_SCHEMA)
    for column in ("reproduces", "tags", "request"):
        op.drop_column("ml_runs", column, schema=_SCHEMA)
