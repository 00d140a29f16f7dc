"""The in-memory fakes keep the contracts that the real parts keep."""

import pytest

from huleedu_ml_training.registry.gates import MetricsGate
from huleedu_ml_training.testing.artifact_suite import ArtifactStoreSuite
from huleedu_ml_training.testing.fakes.artifact_store import InMemoryArtifactStore
from huleedu_ml_training.testing.fakes.model_registry import InMemoryModelRegistry
from huleedu_ml_training.testing.fakes.run_store import InMemoryRunStore, InMemoryRunTable
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK
from huleedu_ml_training.testing.registry_suite import ModelRegistrySuite
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
    def registry(self, artifacts):
        return InMemoryModelRegistry(MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts)


class TestInMemoryRunStore(RunStoreSuite):
    @pytest.fixture
    def open_store(self) -> OpenStore:
        table = InMemoryRunTable()

        async def opened() -> InMemoryRunStore:
            return InMemoryRunStore(table)

        return opened
