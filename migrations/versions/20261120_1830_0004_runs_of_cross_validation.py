"""Runs of the kind cv.

Revision: 0004
Follows: 0003
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SCHEMA = "ml_training"


def upgrade() -> None:
    _allow("'train', 'tune', 'evaluate', 'cv'")


def downgrade() -> None:
    # Rows of a kind that the older library does not know would fail its check, and its reader.
    runs = sa.table("ml_runs", sa.column("kind"), schema=_SCHEMA)
    op.execute(sa.delete(runs).where(runs.c.kind == "cv"))
    _allow("'train', 'tune', 'evaluate'")


def _allow(kinds: str) -> None:
    name = op.f("ck_ml_runs_kind")
    op.drop_constraint(name, "ml_runs", schema=_SCHEMA, type_="check")
    op.create_check_constraint(name, "ml_runs", f"kind IN ({kinds})", schema=_SCHEMA)
