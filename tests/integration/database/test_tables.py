"""What the tables themselves refuse, whoever writes to them."""

from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from huleedu_ml_training.features.tables import FeatureVectorRow
from huleedu_ml_training.registry.tables import ModelEventRow, ModelRow, RunRow


def model(**changes):
    values = {
        "model_name": "essay-scorer",
        "version": "20250101_120000",
        "model_path": "models/x",
        "metrics": {"qwk": 0.7},
        "hyperparameters": {},
        "feature_names": ["a", "b"],
        "digest": "a" * 64,
        "scale": ["F", "A"],
    }
    return sa.insert(ModelRow).values(values | changes)


def run(**changes):
    values = {
        "kind": "train",
        "experiment_name": "x",
        "inputs_digest": "0" * 64,
        "config": {},
    }
    return sa.insert(RunRow).values(values | changes)


async def execute(engine, *statements):
    async with engine.begin() as connection:
        for statement in statements:
            result = await connection.execute(statement)
        return result


async def test_a_model_gets_its_defaults_from_the_database(engine):
    await execute(engine, model())
    row = (await execute(engine, sa.select(ModelRow.__table__))).one()
    assert row.stage == "dev"
    assert row.metadata == {}
    assert row.run_id is None
    assert row.created_at.utcoffset().total_seconds() == 0


@pytest.mark.parametrize("stage", ["production", "staging"])
async def test_a_name_has_one_version_in_a_stage_that_is_served(engine, stage):
    await execute(engine, model(stage=stage), model(stage=stage, model_name="other"))
    with pytest.raises(IntegrityError, match=f"uq_ml_models_model_name_{stage}"):
        await execute(engine, model(stage=stage, version="2"))


async def test_a_name_has_many_versions_elsewhere(engine):
    await execute(engine, *(model(version=str(n)) for n in range(3)))
    await execute(engine, *(model(version=str(n), stage="archived") for n in range(3, 6)))


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (model(stage="live"), "ck_ml_models_stage"),
        (model(digest="A" * 64), "ck_ml_models_digest"),
        (model(digest="a" * 63), "ck_ml_models_digest"),
        (model(feature_names={"a": 1}), "ck_ml_models_feature_names"),
        (model(scale="swedish_8"), "ck_ml_models_scale"),
        (model(metrics=["qwk"]), "ck_ml_models_metrics"),
        (model(hyperparameters="none"), "ck_ml_models_hyperparameters"),
        (model(metadata_=1), "ck_ml_models_metadata"),
        (model(run_id=uuid4()), "fk_ml_models_run_id_ml_runs"),
        (run(kind="dance"), "ck_ml_runs_kind"),
        (run(state="asleep", finished_at=sa.func.now()), "ck_ml_runs_state"),
        (run(inputs_digest="x"), "ck_ml_runs_inputs_digest"),
        (run(dataset_digest="x"), "ck_ml_runs_dataset_digest"),
        (run(state="completed"), "ck_ml_runs_finished_at"),
        (run(finished_at=sa.func.now()), "ck_ml_runs_finished_at"),
        (
            sa.insert(FeatureVectorRow).values(
                text_digest="a", schema_digest="b", prompt_digest="c", vector=[]
            ),
            "ck_feature_vectors_vector",
        ),
    ],
)
async def test_impossible_values_are_refused(engine, statement, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        await execute(engine, statement)


async def test_a_version_exists_once(engine):
    await execute(engine, model())
    with pytest.raises(IntegrityError, match="uq_ml_models_model_name_version"):
        await execute(engine, model())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ml_training.ml_model_events SET actor = 'nobody'",
        "DELETE FROM ml_training.ml_model_events",
        "TRUNCATE ml_training.ml_model_events",
        "TRUNCATE ml_training.ml_models CASCADE",
    ],
)
async def test_the_ledger_only_grows(engine, change):
    model_id = uuid4()
    event = sa.insert(ModelEventRow).values(
        model_id=model_id,
        model_name="essay-scorer",
        version="1",
        actor="ada",
        action="registered",
        to_stage="dev",
    )
    await execute(engine, model(id=model_id), event)
    with pytest.raises(DBAPIError, match="ml_model_events is append-only"):
        await execute(engine, sa.text(change))
    row = (await execute(engine, sa.select(ModelEventRow.__table__))).one()
    assert (row.actor, row.from_stage, row.to_stage) == ("ada", None, "dev")


async def test_a_model_with_a_past_cannot_be_deleted(engine):
    model_id = uuid4()
    event = sa.insert(ModelEventRow).values(
        model_id=model_id, model_name="m", version="1", actor="a", action="refused", to_stage="dev"
    )
    await execute(engine, model(id=model_id), event)
    with pytest.raises(IntegrityError, match="fk_ml_model_events_model_id_ml_models"):
        await execute(engine, sa.delete(ModelRow))


async def test_a_vector_keeps_its_undefined_values(engine):
    row = {"text_digest": "a", "schema_digest": "b", "prompt_digest": "c"}
    await execute(engine, sa.insert(FeatureVectorRow).values(**row, vector=[1.5, float("nan")]))
    (vector,) = (await execute(engine, sa.select(FeatureVectorRow.vector))).one()
    assert [str(value) for value in vector] == ["1.5", "nan"]
