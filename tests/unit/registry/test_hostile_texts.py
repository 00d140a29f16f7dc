"""Names, versions, ids, paths and references from outside never lead anywhere but to an error."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from huleedu_ml_training.config import Settings
from huleedu_ml_training.domain.errors import (
    HuleEduMLError,
    InvalidDataError,
    NotFoundError,
    UsageError,
)
from huleedu_ml_training.registry.artifacts.errors import InvalidArtifactNameError
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.bundle_paths import resolve_bundle_path
from huleedu_ml_training.registry.candidates import InvalidCandidateError, candidate_from_bundle
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.references import ModelResolver
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.fakes.model_registry import InMemoryModelRegistry
from huleedu_ml_training.testing.hostile_texts import HOSTILE_TEXTS
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, Shelf

NOW = datetime.now(UTC)
PLAIN = {
    ("model_name", "nul.txt"),
    ("model_path", "nul.txt"),
    ("model_path", "models/nul.txt"),
    ("model_path", "a" * 64),
    ("model_path", "models/" + "a" * 64),
    ("digest", "a" * 64),
}
"""What looks odd and is still of the form that is wanted."""

every_text = pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home directory, with a bundle outside of it that nobody may get at from the inside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for name, data in small_bundle().files.items():
        (outside / name).write_bytes(data)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


@pytest.fixture
def artifacts(home):
    return LocalArtifactStore(home)


@pytest.fixture
def registry(artifacts):
    return InMemoryModelRegistry(MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts)


@pytest.fixture
def resolver(registry, artifacts, home):
    async def give():
        return registry

    return ModelResolver(Settings(home=home), give, artifacts)


@pytest.fixture(autouse=True)
def _nothing_appears_outside(home, tmp_path):
    yield
    assert {"home", "outside", "work"} >= {path.name for path in tmp_path.iterdir()}
    assert [] == list((tmp_path / "work").iterdir())
    for name, data in small_bundle().files.items():
        assert data == (tmp_path / "outside" / name).read_bytes()


def harmless(error):
    """An error's text is one that a terminal and a log can show."""
    assert isinstance(error, HuleEduMLError)
    shown = str(error).replace("\n  why: ", " ").replace("\n  fix: ", " ")
    assert shown.isprintable(), shown
    assert len(shown) < 3000
    return error


async def refusal(awaitable, *kinds):
    """What is raised is one of the kinds, and can be shown."""
    with pytest.raises(kinds) as caught:
        await awaitable
    return harmless(caught.value)


@every_text
async def test_as_reference(resolver, home, text):
    (home / "models").mkdir(parents=True)
    for reference in (f"models:/{text}/production", f"models:/essay-scorer/{text}"):
        await refusal(resolver.resolve(reference), NotFoundError, UsageError)
    await refusal(resolver.record(text), NotFoundError, UsageError)
    # A path may be anywhere, being the user's own; but what is no bundle is not read as one.
    if text:
        await refusal(resolver.resolve(text), NotFoundError, UsageError, InvalidDataError)
    try:
        found = resolve_bundle_path(text, Settings(home=home))
    except NotFoundError as error:
        harmless(error)
    else:
        assert home not in found.resolve().parents


@every_text
async def test_as_path_or_name_of_an_artifact(artifacts, text):
    paths = [path for path in (text, f"models/{text}") if ("model_path", path) not in PLAIN]
    for path in paths:
        await refusal(artifacts.read(path), InvalidArtifactNameError)
        await refusal(artifacts.delete(path), InvalidArtifactNameError)
        await refusal(artifacts.stored_at(path), InvalidArtifactNameError)
    if len(paths) == 2:
        await refusal(artifacts.write(text, small_bundle().files), InvalidArtifactNameError)
    assert [] == await artifacts.list_paths()


@every_text
async def test_as_id_name_or_version(registry, text):
    model = await Shelf(registry, registry._artifacts).into_production()
    for awaitable in (
        registry.get(text),
        registry.promote(text, Stage.STAGING, actor="anna"),
        registry.demote(text, actor="anna"),
        registry.plan_promotion(text, Stage.STAGING),
        registry.find("essay-scorer", version=text),
        registry.rollback(text, actor="anna"),
        registry.rollback("essay-scorer", to_version=text, actor="anna"),
    ):
        await refusal(awaitable, NotFoundError, UsageError)
    if ("model_name", text) not in PLAIN:
        await refusal(registry.find(text), NotFoundError)
        assert [] == await registry.list_models(model_name=text)
        assert [] == await registry.history(text)
        assert await registry.production_at(text, NOW) is None
    with pytest.raises(HuleEduMLError) as caught:
        await registry.rollback("essay-scorer", expected_current=text, actor="anna")
    harmless(caught.value)
    assert [model] == await registry.list_models()


@every_text
async def test_as_part_of_a_candidate(registry, text):
    sound = candidate_from_bundle(small_bundle(), model_path="models/model_x")
    for field in ("model_name", "version", "model_path", "digest"):
        if (field, text) in PLAIN:
            continue
        candidate = replace(sound, **{field: text})
        await refusal(registry.register(candidate, actor="anna"), InvalidCandidateError)
    assert [] == await registry.list_models()


@every_text
async def test_as_actor_or_reason(registry, text):
    """A text is kept as it is or refused, never altered."""
    shelf = Shelf(registry, registry._artifacts)
    model = await shelf.add()
    try:
        await registry.promote(str(model.id), Stage.STAGING, actor=text or "x", reason=text)
    except UsageError as error:
        harmless(error)
    else:
        assert (text.strip() and text) == (
            (await registry.history("essay-scorer"))[-1].reason or ""
        )
