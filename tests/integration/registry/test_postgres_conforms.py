"""The real parts keep the contracts, on a real PostgreSQL and a real disk."""

import pytest

from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.catalogue import PostgresModelCatalogue
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.runs.store import PostgresRunStore
from huleedu_ml_training.testing.catalogue_suite import ModelCatalogueSuite
from huleedu_ml_training.testing.registry_cases.evidencing import WatchedGate
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, Shelf
from huleedu_ml_training.testing.registry_suite import ModelRegistrySuite
from huleedu_ml_training.testing.run_store_suite import RunStoreSuite


class TestPostgresModelRegistry(ModelRegistrySuite):
    @pytest.fixture
    def artifacts(self, tmp_path):
        return LocalArtifactStore(tmp_path)

    @pytest.fixture
    def registry(self, artifacts, gate, engine):
        return PostgresModelRegistry(engine, gate, artifacts)


class TestPostgresRunStore(RunStoreSuite):
    @pytest.fixture
    async def open_store(self, engine):
        opened: list[PostgresRunStore] = []

        async def open_one() -> PostgresRunStore:
            opened.append(PostgresRunStore(engine))
            return opened[-1]

        yield open_one
        for store in opened:
            await store.close()


class TestPostgresModelCatalogue(ModelCatalogueSuite):
    @pytest.fixture
    def shelf(self, engine, tmp_path):
        artifacts = LocalArtifactStore(tmp_path)
        gate = WatchedGate(min_qwk_lower_bound=MIN_QWK)
        return Shelf(PostgresModelRegistry(engine, gate, artifacts), artifacts)

    @pytest.fixture
    def catalogue(self, engine, shelf):
        return PostgresModelCatalogue(engine)
