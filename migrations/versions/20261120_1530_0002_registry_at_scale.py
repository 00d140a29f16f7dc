"""Indexes for a registry of many versions and a long ledger.

Revision: 0002
Follows: 0001
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SCHEMA = "ml_training"
_AT_PRODUCTION = "(to_stage = 'production' OR from_stage = 'production') AND action <> 'refused'"


def upgrade() -> None:
    for name, columns in (
        ("created_at", ["created_at", "version"]),
        ("model_name_created_at", ["model_name", "created_at", "version"]),
        ("model_path", ["model_path"]),
    ):
        op.create_index(f"ix_ml_models_{name}", "ml_models", columns, schema=_SCHEMA)
    op.create_index(
        "ix_ml_model_events_production",
        "ml_model_events",
        ["model_name", "occurred_at", "id"],
        schema=_SCHEMA,
        postgresql_where=sa.text(_AT_PRODUCTION),
    )


def downgrade() -> None:
    op.drop_index("ix_ml_model_events_production", "ml_model_events", schema=_SCHEMA)
    for name in ("model_path", "model_name_created_at", "created_at"):
        op.drop_index(f"ix_ml_models_{name}", "ml_models", schema=_SCHEMA)
