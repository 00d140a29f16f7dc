"""Where Optuna keeps its trials, a schema of its own in our database, and what they hold."""

from typing import Any

import optuna
import sqlalchemy as sa
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from huleedu_ml_training.database.resolved import ResolvedDatabase
from huleedu_ml_training.database.roles import TUNING_SCHEMA
from huleedu_ml_training.metrics.values import METRICS_VERSION

_INPUTS = "inputs_digest"


def open_storage(database: ResolvedDatabase) -> RDBStorage:
    """Return Optuna's storage, created once before any worker starts.

    Optuna writes an ``alembic_version`` table of its own, so its tables live in a schema of
    their own, found through the connection's search path.
    """
    engine = sa.create_engine(database.sync_url)
    try:
        with engine.begin() as connection:
            # IF NOT EXISTS alone would ask for the privilege to create even where it exists.
            if not sa.inspect(connection).has_schema(TUNING_SCHEMA):
                connection.execute(sa.schema.CreateSchema(TUNING_SCHEMA, if_not_exists=True))
    finally:
        engine.dispose()
    return RDBStorage(
        database.sync_url,
        engine_kwargs={"connect_args": {"options": f"-csearch_path={TUNING_SCHEMA}"}},
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


def value_of(study: optuna.Study, parameters: dict[str, Any]) -> float | None:
    """Return the value of the complete trial with these parameters; None if there is none."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        if trial.params == parameters:
            return trial.value
    return None


def study_figures(study: optuna.Study, objective: str, n_finished: int) -> dict[str, Any]:
    """Return what the run of a search remembers of it."""
    best = study.best_trial
    return {
        "metrics_version": METRICS_VERSION,
        "values": {objective: {"value": best.value, "low": None, "high": None}},
        "best_value": best.value,
        "best_parameters": dict(best.params),
        "n_trials": n_finished,
    }
