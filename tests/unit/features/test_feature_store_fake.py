"""The in-memory store keeps the contract."""

import pytest

from huleedu_ml_training.testing.fakes.feature_store import FeatureTable, InMemoryFeatureStore
from huleedu_ml_training.testing.feature_store_suite import FeatureStoreSuite


class TestInMemoryFeatureStore(FeatureStoreSuite):
    @pytest.fixture
    def open_store(self):
        table = FeatureTable()

        async def open_store():
            return InMemoryFeatureStore(table)

        return open_store
