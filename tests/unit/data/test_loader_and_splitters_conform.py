"""The in-memory loader and all three splitters keep their contracts."""

import pytest

from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.testing.fakes.data_loader import InMemoryDataLoader
from huleedu_ml_training.testing.loader_suite import DataLoaderSuite
from huleedu_ml_training.testing.splitter_suite import SplitterSuite


class TestInMemoryDataLoader(DataLoaderSuite):
    @pytest.fixture
    def open_loader(self):
        async def opened(dataset, scale):
            return InMemoryDataLoader(dataset, scale, batch_size=3)

        return opened


class _OfScheme(SplitterSuite):
    scheme: str

    @pytest.fixture
    def make_splitter(self):
        return lambda settings: create_splitter(settings.model_copy(update={"scheme": self.scheme}))


class TestStratified(_OfScheme):
    scheme = "stratified"


class TestPromptHoldout(_OfScheme):
    scheme = "prompt_holdout"


class TestTemporal(_OfScheme):
    scheme = "temporal"
