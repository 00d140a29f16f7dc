"""What a rollback needs, without reading the whole ledger.

Revision: 0006
Follows: 0005

The ledger's entries about production are a stack: a promotion puts a version on top, a rollback
takes away what lies above its target (registry/rollbacks.py says it in Python). Each such entry now
points at the one beneath it on that stack. A trigger writes the pointer, so that it is right
whoever writes the entry; entries from before get theirs here, from the first to the last.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SCHEMA = "ml_training"

_ENTRY_BENEATH = """
CREATE FUNCTION ml_training.entry_beneath(entry ml_training.ml_model_events) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    top ml_training.ml_model_events;
BEGIN
    SELECT * INTO top FROM ml_training.ml_model_events
    WHERE model_name = entry.model_name AND id < entry.id
        AND to_stage = 'production' AND action IN ('promoted', 'rolled_back')
    ORDER BY id DESC LIMIT 1;
    IF entry.action = 'rolled_back' THEN
        -- Without a row all of it is null, and the loop ends.
        WHILE top.model_id <> entry.model_id LOOP
            SELECT * INTO top FROM ml_training.ml_model_events WHERE id = top.beneath;
        END LOOP;
    END IF;
    -- What is on top already is not put on top of itself.
    RETURN CASE WHEN top.model_id = entry.model_id THEN top.beneath ELSE top.id END;
END
$$
"""

_POINT_AT_ENTRY_BENEATH = """
CREATE FUNCTION ml_training.point_at_entry_beneath() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.beneath := ml_training.entry_beneath(NEW);
    RETURN NEW;
END
$$
"""

_TRIGGER = """
CREATE TRIGGER tr_ml_model_events_beneath BEFORE INSERT ON ml_training.ml_model_events
FOR EACH ROW
WHEN (NEW.to_stage = 'production' AND NEW.action IN ('promoted', 'rolled_back'))
EXECUTE FUNCTION ml_training.point_at_entry_beneath()
"""

_FILL = """
DO $$
DECLARE
    entry ml_training.ml_model_events;
BEGIN
    FOR entry IN
        SELECT * FROM ml_training.ml_model_events
        WHERE to_stage = 'production' AND action IN ('promoted', 'rolled_back')
        ORDER BY id
    LOOP
        UPDATE ml_training.ml_model_events SET beneath = ml_training.entry_beneath(entry)
        WHERE id = entry.id;
    END LOOP;
END
$$
"""


def upgrade() -> None:
    op.add_column(
        "ml_model_events", sa.Column("beneath", sa.BigInteger(), nullable=True), schema=_SCHEMA
    )
    op.create_index(
        "ix_ml_model_events_entered_production",
        "ml_model_events",
        ["model_name", "id"],
        schema=_SCHEMA,
        postgresql_where=sa.text(
            "to_stage = 'production' AND action IN ('promoted', 'rolled_back')"
        ),
    )
    op.execute(_ENTRY_BENEATH)
    op.execute(_POINT_AT_ENTRY_BENEATH)
    _of_append_only("DISABLE")
    op.execute(_FILL)
    _of_append_only("ENABLE")
    op.create_foreign_key(
        op.f("fk_ml_model_events_beneath_ml_model_events"),
        "ml_model_events",
        "ml_model_events",
        ["beneath"],
        ["id"],
        source_schema=_SCHEMA,
        referent_schema=_SCHEMA,
    )
    op.create_check_constraint(
        op.f("ck_ml_model_events_beneath"), "ml_model_events", "beneath < id", schema=_SCHEMA
    )
    op.execute(_TRIGGER)


def _of_append_only(do: str) -> None:
    """Disable or enable the trigger that keeps entries from being changed."""
    trigger = "tr_ml_model_events_append_only"
    op.execute(f"ALTER TABLE {_SCHEMA}.ml_model_events {do} TRIGGER {trigger}")


def downgrade() -> None:
    op.execute(f"DROP TRIGGER tr_ml_model_events_beneath ON {_SCHEMA}.ml_model_events")
    op.execute(f"DROP FUNCTION {_SCHEMA}.point_at_entry_beneath()")
    op.execute(f"DROP FUNCTION {_SCHEMA}.entry_beneath({_SCHEMA}.ml_model_events)")
    op.drop_index("ix_ml_model_events_entered_production", "ml_model_events", schema=_SCHEMA)
    op.drop_column("ml_model_events", "beneath", schema=_SCHEMA)
