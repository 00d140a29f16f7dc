"""A registry on a real PostgreSQL, with its bundles on a real disk."""

import pytest

from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, Shelf


@pytest.fixture
def artifacts(tmp_path):
    return LocalArtifactStore(tmp_path)


@pytest.fixture
def registry(engine, artifacts):
    return PostgresModelRegistry(engine, MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts)


@pytest.fixture
def shelf(registry, artifacts):
    return Shelf(registry, artifacts)
