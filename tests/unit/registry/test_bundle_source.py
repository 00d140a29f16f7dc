"""The registry as source of what grades."""

from contextlib import asynccontextmanager

import pytest

from huleedu_ml_training.config import Settings
from huleedu_ml_training.inference.reloading import ReloadingScorer
from huleedu_ml_training.registry.bundle_source import OpenedRegistry, RegistrySource
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.errors import DamagedModelError, ModelNotFoundError
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.references import InvalidModelReferenceError, ModelResolver
from huleedu_ml_training.testing.fakes.artifact_store import InMemoryArtifactStore
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.fakes.model_registry import InMemoryModelRegistry
from huleedu_ml_training.testing.registry_cases.shelf import Shelf
from huleedu_ml_training.testing.working_bundles import working_bundle

PRODUCTION = "models:/essay-scorer/production"


class Opened:
    """A registry that says whether it is open."""

    def __init__(self, shelf, home):
        self.shelf = shelf
        self.home = home
        self.times = 0
        self.is_open = False

    @asynccontextmanager
    async def __call__(self):
        async def registry():
            return self.shelf.registry

        self.times += 1
        self.is_open = True
        resolver = ModelResolver(Settings(home=self.home), registry, self.shelf.artifacts)
        yield OpenedRegistry(resolver)
        self.is_open = False


@pytest.fixture
def shelf():
    artifacts = InMemoryArtifactStore()
    return Shelf(InMemoryModelRegistry(MetricsGate(min_qwk_lower_bound=0.4), artifacts), artifacts)


@pytest.fixture
def opened(shelf, tmp_path):
    return Opened(shelf, tmp_path)


async def test_it_follows_what_is_in_production(shelf, opened):
    source = RegistrySource(opened, PRODUCTION)
    first = await shelf.into_production()
    assert str(first.id) == source.current()
    second = await shelf.into_production()
    assert str(second.id) == source.current()
    assert second.digest == source.load(source.current()).digest
    assert first.digest == source.load(str(first.id)).digest
    assert (1, True) == (opened.times, opened.is_open)
    source.close()
    source.close()
    assert not opened.is_open


@pytest.mark.parametrize(
    ("reference", "error"),
    [(PRODUCTION, ModelNotFoundError), ("models:/essay-scorer", InvalidModelReferenceError)],
)
async def test_what_means_no_model(opened, reference, error):
    source = RegistrySource(opened, reference)
    with pytest.raises(error):
        source.current()
    source.close()


async def test_a_damaged_bundle_is_refused(shelf, opened):
    model = await shelf.into_production()
    await shelf.damage(model)
    source = RegistrySource(opened, PRODUCTION)
    with pytest.raises(DamagedModelError):
        source.load(source.current())
    source.close()


async def test_a_promotion_changes_what_grades_and_a_damaged_one_does_not(shelf, opened):
    pipeline = CountingFeaturePipeline()

    async def promote(version, offset):
        bundle = working_bundle(pipeline.schema, version=version, offset=offset)
        path = await shelf.artifacts.write(f"model_{version}", bundle.files)
        candidate = candidate_from_bundle(bundle, model_path=path)
        model = await shelf.registry.register(candidate, actor="anna", correlation_id="c-1")
        return await shelf.promote(model, Stage.STAGING, Stage.PRODUCTION)

    await promote("20250101_000000", 0)
    with ReloadingScorer(RegistrySource(opened, PRODUCTION), pipeline) as scorer:
        text = "word " * 18
        before = scorer.score_texts([text])[0]
        await promote("20250102_000000", 2)
        assert scorer.check()
        after = scorer.score_texts([text])[0]
        assert after.expected > before.expected
        await shelf.damage(await promote("20250103_000000", 0))
        assert not scorer.check()
        assert "20250102_000000" == scorer.status.version
        assert scorer.status.failure
    assert not opened.is_open
