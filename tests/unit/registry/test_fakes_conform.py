"""The in-memory fakes keep the contracts that the real parts keep."""

import pytest
from prometheus_client import CollectorRegistry

from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.runs.sink import AnnouncingRunStore
from huleedu_ml_training.testing.artifact_suite import ArtifactStoreSuite
from huleedu_ml_training.testing.catalogue_suite import ModelCatalogueSuite
from huleedu_ml_training.testing.fakes.artifact_store import InMemoryArtifactStore
from huleedu_ml_training.testing.fakes.model_catalogue import InMemoryModelCatalogue
from huleedu_ml_training.testing.fakes.model_registry import InMemoryModelRegistry
from huleedu_ml_training.testing.fakes.run_sink import InMemoryRunSink
from huleedu_ml_training.testing.fakes.run_store import InMemoryRunStore, InMemoryRunTable
from huleedu_ml_training.testing.registry_cases.evidencing import WatchedGate
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, Shelf
from huleedu_ml_training.testing.registry_suite import ModelRegistrySuite
from huleedu_ml_training.testing.run_sink_suite import RunSinkSuite
from huleedu_ml_training.testing.run_store_suite import OpenStore, RunStoreSuite


class TestInMemoryArtifactStore(ArtifactStoreSuite):
    @pytest.fixture
    def store(self):
        return InMemoryArtifactStore()


class TestInMemoryModelRegistry(ModelRegistrySuite):
    @pytest.fixture
    def artifacts(self):
        return InMemoryArtifactStore()

    @pytest.fixture
    def registry(self, artifacts, gate):
        return InMemoryModelRegistry(gate, artifacts)


class TestInMemoryRunStore(RunStoreSuite):
    @pytest.fixture
    def open_store(self) -> OpenStore:
        table = InMemoryRunTable()

        async def opened() -> InMemoryRunStore:
            return InMemoryRunStore(table)

        return opened


class TestInMemoryRunSink(RunSinkSuite):
    @pytest.fixture
    def sink(self):
        return InMemoryRunSink()

    @pytest.fixture
    def broken(self):
        return InMemoryRunSink(broken=True)

    @pytest.fixture
    def told(self, sink):
        def of(run_id):
            run = sink.runs[run_id]
            return [(run.state.value, run.metrics["values"]["qwk"]["value"])]

        return of


class TestAnnouncingRunStore(RunStoreSuite):
    """A store that tells a broken sink does all that a store does."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        table, metrics = InMemoryRunTable(), MLMetrics(CollectorRegistry())

        async def opened() -> AnnouncingRunStore:
            return AnnouncingRunStore(
                InMemoryRunStore(table), InMemoryRunSink(broken=True), metrics
            )

        return opened


class TestInMemoryModelCatalogue(ModelCatalogueSuite):
    @pytest.fixture
    def shelf(self):
        artifacts = InMemoryArtifactStore()
        gate = WatchedGate(min_qwk_lower_bound=MIN_QWK)
        return Shelf(InMemoryModelRegistry(gate, artifacts), artifacts)

    @pytest.fixture
    def catalogue(self, shelf):
        return InMemoryModelCatalogue(shelf.registry)
