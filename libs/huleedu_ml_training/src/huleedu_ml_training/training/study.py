"""Where Optuna keeps its trials: a schema of its own in our database."""

import optuna
import sqlalchemy as sa
from optuna.storages import RDBStorage

from huleedu_ml_training.database.resolved import ResolvedDatabase

STUDY_SCHEMA = "ml_training_optuna"
_INPUTS = "inputs_digest"


def open_storage(database: ResolvedDatabase) -> RDBStorage:
    """Return Optuna's storage, created once before any worker starts.

    Optuna writes an ``alembic_version`` table of its own, so its tables live in a schema of
    their own, found through the connection's search path.
    """
    engine = sa.create_engine(database.sync_url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(STUDY_SCHEMA, if_not_exists=True))
    finally:
        engine.dispose()
    return RDBStorage(
        database.sync_url,
        engine_kwargs={"connect_args": {"options": f"-csearch_path={STUDY_SCHEMA}"}},
    )


def open_study(
    storage: RDBStorage, *, name: str, direction: str, inputs_digest: str, seed: int
) -> optuna.Study | None:
    """Return the study of that name, made if it is new.

    Returns:
        The study, or None if one of that name was made from other inputs.
    """
    study = optuna.create_study(
        storage=storage,
        study_name=name,
        direction="minimize" if direction == "minimize" else "maximize",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1),
    )
    made_from = study.user_attrs.get(_INPUTS)
    if made_from is None:
        study.set_user_attr(_INPUTS, inputs_digest)
    elif made_from != inputs_digest:
        return None
    # Seeding by the number of trials keeps a resumed search from drawing the same values again.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials), n_startup_trials=10)
    return study
