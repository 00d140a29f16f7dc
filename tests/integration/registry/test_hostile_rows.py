"""Rows that somebody with the owner's rights altered by hand lead nowhere but to an error."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from huleedu_ml_training.config import Settings
from huleedu_ml_training.domain.errors import ConflictError, HuleEduMLError, InvalidDataError
from huleedu_ml_training.registry.artifacts.errors import InvalidArtifactNameError
from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.errors import DamagedModelError, DamagedModelsError
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.references import ModelResolver
from huleedu_ml_training.registry.verification import verify_bundles
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.hostile_texts import HOSTILE_TEXTS

PATHS = {
    what: text
    for what, text in HOSTILE_TEXTS.items()
    # What no row can hold, and the one text that is a name like any other.
    if "\0" not in text and text.isascii() and len(text) < 2000 and text != "nul.txt"
}


@pytest.fixture
def resolver(registry, artifacts, tmp_path):
    async def give():
        return registry

    return ModelResolver(Settings(home=tmp_path), give, artifacts)


async def alter(engine, **columns):
    """Change columns of every version, as nobody may who is not the owner."""
    async with engine.begin() as connection:
        for name, value in columns.items():
            await connection.execute(
                sa.text(f"UPDATE ml_training.ml_models SET {name} = :value"), {"value": value}
            )


async def test_a_path_that_was_altered(shelf, registry, artifacts, resolver, engine, tmp_path):
    """All of them in one test: each would need a database of its own."""
    first, second = await shelf.into_production(), await shelf.into_production()
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    for name, data in small_bundle(first.version).files.items():
        (outside / name).write_bytes(data)
    bundles = await artifacts.list_paths()
    reaching = [str(outside), f"../{outside.name}", f"models/../../{outside.name}"]
    for path in [*PATHS.values(), *reaching]:
        await alter(engine, model_path=path)
        with pytest.raises(DamagedModelError) as caught:
            await resolver.resolve(str(second.id))
        assert 5 == caught.value.exit_code
        with pytest.raises(HuleEduMLError) as caught:
            await registry.rollback("essay-scorer", actor="anna")
        assert caught.value.exit_code in {4, 5}
    with pytest.raises(DamagedModelsError):
        await verify_bundles(artifacts, await registry.list_models())
    assert second.id == (await registry.find("essay-scorer", stage=Stage.PRODUCTION)).id
    assert bundles == await artifacts.list_paths()
    assert set(small_bundle().files) == {path.name for path in outside.iterdir()}


async def test_garbage_collection_follows_no_path_of_a_row(shelf, registry, artifacts, engine):
    await shelf.into_production()
    for path in ("../../etc", "models/../..", "/etc"):
        await alter(engine, model_path=path)
        with pytest.raises(InvalidArtifactNameError):
            await collect_garbage(registry, artifacts, grace=timedelta(0))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("digest", "0" * 64),
        ("version", "20991231_235959"),
        ("version", "../../etc/passwd"),
        ("model_name", "../../etc/passwd"),
        ("model_name", "a\u202eb\x1b[2J"),
        ("model_name", "x" * 5000),
    ],
)
async def test_an_identity_that_was_altered(shelf, registry, resolver, engine, column, value):
    model = await shelf.add()
    await alter(engine, **{column: value})
    (found,) = await registry.list_models()
    assert value == getattr(found, column)
    if column == "digest":
        with pytest.raises(DamagedModelError):
            await resolver.resolve(str(model.id))
        with pytest.raises((InvalidDataError, ConflictError)):
            await registry.promote(str(model.id), Stage.STAGING, actor="anna")
    else:
        # The digest still says that the bundle is the one that was registered.
        assert model.digest == (await resolver.resolve(str(model.id))).digest
    assert [Stage.DEV] == [each.stage for each in await registry.list_models()]


async def test_figures_that_were_embellished_open_no_gate(shelf, registry, resolver, engine):
    model = await shelf.add()
    values = {**model.metrics["values"], "qwk": {"value": 1.0, "low": 1.0, "high": 1.0}}
    await alter(engine, metrics=json.dumps({**model.metrics, "values": values}))
    with pytest.raises(DamagedModelError, match="otherwise than the registered row in: metrics"):
        await registry.promote(str(model.id), Stage.STAGING, actor="anna")
    with pytest.raises(DamagedModelError):
        await resolver.resolve(str(model.id))


DOCUMENTS = {
    "nothing": "{}",
    "words for figures": '{"values": {"qwk": {"low": "high"}}, "parity": {"passed": "yes"}}',
    "lists for figures": '{"values": [], "parity": [], "labels": {}}',
    "nothing for figures": '{"values": {"qwk": null}, "parity": null, "labels": null}',
    "depth": '{"values":' * 90 + "1" + "}" * 90,
}


@pytest.mark.parametrize("column", ["metrics", "metadata"])
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_a_document_that_was_altered(shelf, registry, engine, column, document):
    model = await shelf.add()
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            f"UPDATE ml_training.ml_models SET {column} = $1::text::jsonb", (document,)
        )
    assert [model.id] == [each.id for each in await registry.list_models()]
    assert model.id == (await registry.get(str(model.id))).id
    with pytest.raises(HuleEduMLError) as caught:
        await shelf.promote(model, Stage.STAGING, Stage.PRODUCTION)
    assert caught.value.exit_code in {3, 5}
