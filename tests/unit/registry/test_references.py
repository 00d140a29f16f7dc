"""What a user means by a model."""

import pytest

from huleedu_ml_training.config import Settings
from huleedu_ml_training.export.bundle_access_errors import BundleNotFoundError
from huleedu_ml_training.export.bundle_errors import TamperedBundleFileError
from huleedu_ml_training.registry.errors import (
    DamagedModelError,
    InvalidModelIdError,
    ModelNotFoundError,
)
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.references import InvalidModelReferenceError, ModelResolver
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.fakes.artifact_store import InMemoryArtifactStore
from huleedu_ml_training.testing.fakes.model_registry import InMemoryModelRegistry
from huleedu_ml_training.testing.registry_cases.shelf import Shelf


@pytest.fixture
def shelf():
    artifacts = InMemoryArtifactStore()
    return Shelf(InMemoryModelRegistry(MetricsGate(min_qwk_lower_bound=0.4), artifacts), artifacts)


@pytest.fixture
def resolver(shelf, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    async def registry():
        return shelf.registry

    return ModelResolver(Settings(home=tmp_path / "home"), registry, shelf.artifacts)


async def test_every_way_to_name_a_version(shelf, resolver):
    staged = await shelf.promote(await shelf.add(), Stage.STAGING)
    model = await shelf.into_production()
    staged = await shelf.promote(await shelf.add(), Stage.STAGING)
    for reference, meant in {
        None: model,
        "models:/essay-scorer/production": model,
        "models:/essay-scorer/staging": staged,
        f"models:/essay-scorer/{model.version}": model,
        str(model.id): model,
        staged.id.hex[:12]: staged,
    }.items():
        assert meant.digest == (await resolver.resolve(reference)).digest


async def test_a_directory_needs_no_registry(tmp_path):
    async def registry():
        pytest.fail("a path needs no database")

    place = tmp_path / "home" / "models" / "model_a"
    place.mkdir(parents=True)
    for name, data in small_bundle().files.items():
        (place / name).write_bytes(data)
    resolver = ModelResolver(Settings(home=tmp_path / "home"), registry, InMemoryArtifactStore())
    for reference in ("models/model_a", str(place)):
        assert small_bundle().digest == (await resolver.resolve(reference)).digest
    (place / "grader.onnx").write_bytes(b"tampered")
    with pytest.raises(TamperedBundleFileError):
        await resolver.resolve("models/model_a")


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        (None, ModelNotFoundError),
        ("models:/essay-scorer/production", ModelNotFoundError),
        ("models:/other/staging", ModelNotFoundError),
        ("models:/essay-scorer/20300101_000000", ModelNotFoundError),
        ("models:/essay-scorer/../../etc/passwd", InvalidModelReferenceError),
        ("models:/essay-scorer", InvalidModelReferenceError),
        ("models:/", InvalidModelReferenceError),
        ("models:/essay-scorer/%2e%2e", ModelNotFoundError),
        ("models:/a\0b/production", ModelNotFoundError),
        ("models/none", BundleNotFoundError),
        ("../none", BundleNotFoundError),
        ("file:///etc", BundleNotFoundError),
        ("abc123", ModelNotFoundError),
        ("latest", InvalidModelIdError),
    ],
)
async def test_what_means_no_model(shelf, resolver, reference, error):
    await shelf.add()
    with pytest.raises(error):
        await resolver.resolve(reference)


async def test_a_version_whose_bundle_is_damaged(shelf, resolver):
    model = await shelf.into_production()
    await shelf.damage(model)
    with pytest.raises(DamagedModelError):
        await resolver.resolve()
