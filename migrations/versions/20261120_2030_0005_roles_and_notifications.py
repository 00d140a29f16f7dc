"""Roles with least privilege, and a notification of every stage change.

Revision: 0005
Follows: 0004
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SCHEMA = "ml_training"

_FUNCTIONS = {
    # Who owns the tables may restore a backup and repair what is broken; everybody else writes
    # entries that fit the rows they speak of.
    "guard_ledger_entry": """
        DECLARE
            model record;
            last_stage text;
            last_moment timestamptz;
        BEGIN
            IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID),
                           'USAGE') THEN
                RETURN NEW;
            END IF;
            IF NEW.action = 'registered' THEN
                IF NOT has_any_column_privilege('ml_training.ml_models', 'INSERT') THEN
                    RAISE EXCEPTION '% may not register versions', current_user
                        USING ERRCODE = 'insufficient_privilege';
                END IF;
            ELSIF NOT has_column_privilege('ml_training.ml_models', 'stage', 'UPDATE') THEN
                RAISE EXCEPTION '% may not write an entry %', current_user, NEW.action
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            SELECT m.model_name, m.version, m.stage INTO model
                FROM ml_training.ml_models m WHERE m.id = NEW.model_id;
            SELECT e.to_stage INTO last_stage FROM ml_training.ml_model_events e
                WHERE e.model_id = NEW.model_id AND e.action <> 'refused'
                ORDER BY e.id DESC LIMIT 1;
            SELECT e.occurred_at INTO last_moment FROM ml_training.ml_model_events e
                WHERE e.model_name = NEW.model_name ORDER BY e.id DESC LIMIT 1;
            IF model.model_name IS DISTINCT FROM NEW.model_name
                OR model.version IS DISTINCT FROM NEW.version
                OR NEW.from_stage IS DISTINCT FROM last_stage
                OR (NEW.action = 'registered') <> (NEW.from_stage IS NULL)
                OR NEW.action <> 'refused'
                    AND (NEW.to_stage <> model.stage OR NEW.to_stage = NEW.from_stage) THEN
                RAISE EXCEPTION 'the entry % of % does not fit the version that it speaks of',
                    NEW.action, NEW.version USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF NEW.occurred_at < last_moment
                OR NEW.occurred_at < least(transaction_timestamp(), clock_timestamp())
                    - interval '1 minute'
                OR NEW.occurred_at > greatest(last_moment, clock_timestamp() + interval '1 minute')
            THEN
                RAISE EXCEPTION 'the entry % of % bears another time than now',
                    NEW.action, NEW.version USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END
    """,
    "require_ledger_entry": """
        DECLARE
            stage_now text;
            last_stage text;
        BEGIN
            IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID),
                           'USAGE') THEN
                RETURN NULL;
            END IF;
            SELECT m.stage INTO stage_now FROM ml_training.ml_models m WHERE m.id = NEW.id;
            SELECT e.to_stage INTO last_stage FROM ml_training.ml_model_events e
                WHERE e.model_id = NEW.id AND e.action <> 'refused'
                ORDER BY e.id DESC LIMIT 1;
            IF stage_now IS DISTINCT FROM last_stage THEN
                RAISE EXCEPTION 'the ledger does not say that % is in stage %',
                    NEW.version, stage_now USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NULL;
        END
    """,
    "announce_stage": """
        BEGIN
            PERFORM pg_notify(
                'ml_training_stages',
                json_build_object('model_name', NEW.model_name, 'stage', NEW.stage)::text
            );
            RETURN NULL;
        END
    """,
}


_DOCUMENTS = ("metrics", "hyperparameters", "metadata")


def upgrade() -> None:
    for column in _DOCUMENTS:
        op.create_check_constraint(
            op.f(f"ck_ml_models_{column}"),
            "ml_models",
            f"jsonb_typeof({column}) = 'object'",
            schema=_SCHEMA,
        )
    for name, body in _FUNCTIONS.items():
        # The search path is fixed, so that no caller's own functions or operators are used.
        op.execute(
            f"""
            CREATE FUNCTION {_SCHEMA}.{name}() RETURNS trigger
            LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
            {body}
            $$
            """
        )
    op.execute(
        f"""
        CREATE TRIGGER tr_ml_model_events_guard
        BEFORE INSERT ON {_SCHEMA}.ml_model_events
        FOR EACH ROW EXECUTE FUNCTION {_SCHEMA}.guard_ledger_entry()
        """
    )
    op.execute(
        f"""
        CREATE CONSTRAINT TRIGGER tr_ml_models_in_ledger
        AFTER INSERT OR UPDATE OF stage ON {_SCHEMA}.ml_models
        DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION {_SCHEMA}.require_ledger_entry()
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER tr_ml_models_announce
        AFTER UPDATE OF stage ON {_SCHEMA}.ml_models
        FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage)
        EXECUTE FUNCTION {_SCHEMA}.announce_stage()
        """
    )


def downgrade() -> None:
    for trigger, table in (
        ("tr_ml_models_announce", "ml_models"),
        ("tr_ml_models_in_ledger", "ml_models"),
        ("tr_ml_model_events_guard", "ml_model_events"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {_SCHEMA}.{table}")
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {_SCHEMA}.{name}()")
    for column in _DOCUMENTS:
        op.drop_constraint(
            op.f(f"ck_ml_models_{column}"), "ml_models", schema=_SCHEMA, type_="check"
        )
