"""Features for data sets: computed once, stored as it goes, resumed, and never wrong silently."""

import asyncio
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import structlog

from huleedu_essay_features.errors import EssayExtractionError, MissingModelError
from huleedu_ml_training.features.errors import (
    FeatureExtractionError,
    InfiniteFeaturesError,
    StoredVectorMismatchError,
)
from huleedu_ml_training.features.inputs import essay_inputs, feature_keys
from huleedu_ml_training.features.service import FeatureService
from huleedu_ml_training.testing.essays import dated_essays
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.fakes.feature_store import InMemoryFeatureStore


@pytest.fixture
def pipeline():
    return CountingFeaturePipeline()


@pytest.fixture
def store():
    return InMemoryFeatureStore()


@pytest.fixture
def service(pipeline, store):
    return FeatureService(pipeline, store, batch_size=4)


@pytest.fixture
def dataset():
    return dated_essays([i % 8 for i in range(10)])


async def test_every_essay_gets_its_own_features(service, dataset):
    featured = await service.with_features(dataset)
    assert ("words", "characters", "prompt_words") == featured.feature_names
    assert service.schema.digest == featured.feature_schema_digest
    assert np.float32 == featured.features.dtype
    assert [[20 + i % 7, len(text)] for i, text in enumerate(dataset.texts)] == (
        featured.features[:, :2].tolist()
    )
    assert np.isnan(featured.features[:, 2]).all()


async def test_a_second_run_extracts_nothing(service, pipeline, dataset):
    first = await service.with_features(dataset)
    assert 10 == len(pipeline.extracted)
    second = await service.with_features(dataset)
    assert 10 == len(pipeline.extracted)
    assert first.features.tobytes() == second.features.tobytes()


async def test_only_what_is_new_is_extracted(service, pipeline, dataset):
    await service.with_features(dataset.take(np.arange(6)))
    await service.with_features(dataset)
    assert sorted(dataset.texts) == sorted(pipeline.extracted)


async def test_copies_of_an_essay_are_extracted_once(service, pipeline, dataset):
    twice = dataset.take(np.array([3, 1, 3, 1, 1]))
    featured = await service.with_features(twice)
    assert [dataset.texts[3], dataset.texts[1]] == pipeline.extracted
    assert [23, 21, 23, 21, 21] == featured.features[:, 0].tolist()


async def test_another_prompt_or_language_is_another_key(service, pipeline, dataset):
    await service.with_features(dataset)
    prompted = replace(dataset, prompt_texts=("Write a text.",) * 10)
    featured = await service.with_features(prompted)
    assert [3.0] * 10 == featured.features[:, 2].tolist()
    await service.with_features(replace(dataset, languages=("sv",) * 10))
    assert 30 == len(pipeline.extracted)


async def test_no_essay_is_no_error(service, dataset):
    featured = await service.with_features(dataset.take(np.array([], dtype=np.int64)))
    assert (0, 3) == featured.features.shape


async def test_progress_counts_what_was_stored_before(service, dataset):
    await service.with_features(dataset.take(np.arange(3)))
    told = []
    await service.with_features(dataset, progress=lambda done, total: told.append((done, total)))
    assert [(done, 10) for done in range(3, 11)] == told


async def test_a_failed_extraction_keeps_its_finished_batches(service, pipeline, store, dataset):
    def progress(done, _):
        if done == 9:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await service.with_features(dataset, progress=progress)
    assert 8 == await store.count(service.schema.digest)
    await service.with_features(dataset)
    assert 9 + 2 == len(pipeline.extracted)


class _SlowPipeline(CountingFeaturePipeline):
    """Takes a tenth of a second an essay, and says when it is at work."""

    def __init__(self):
        super().__init__()
        self.working = threading.Event()

    def extract(self, essays, *, progress=None):
        def slowly(done, total):
            self.working.set()
            time.sleep(0.1)
            progress(done, total)

        return super().extract(essays, progress=slowly)


async def test_cancelling_stops_the_extraction_and_leaves_the_loop_free(store, dataset):
    pipeline = _SlowPipeline()
    service = FeatureService(pipeline, store, batch_size=10)
    task = asyncio.create_task(service.with_features(dataset))
    await asyncio.to_thread(pipeline.working.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.3)
    assert len(pipeline.extracted) < 5


class _BrokenPipeline(CountingFeaturePipeline):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def extract(self, essays, *, progress=None):
        raise self.error


async def test_errors_of_the_library_keep_their_texts(store, dataset):
    cause = MissingModelError(part="embedding model", package="some-package")
    with pytest.raises(FeatureExtractionError) as caught:
        await FeatureService(_BrokenPipeline(cause), store).with_features(dataset)
    assert str(cause) == str(caught.value)
    assert "feature-extraction" == caught.value.code


async def test_the_essay_is_named_by_its_id(store, dataset):
    cause = EssayExtractionError(index=1, reason="LookupError: no")
    with pytest.raises(FeatureExtractionError, match="its id is 'essay-0001'"):
        await FeatureService(_BrokenPipeline(cause), store).with_features(dataset)


class _InfinitePipeline(CountingFeaturePipeline):
    def extract(self, essays, *, progress=None):
        matrix = super().extract(essays, progress=progress)
        matrix[-1, 1] = np.inf
        return matrix


async def test_an_infinity_is_refused_and_not_stored(store, dataset):
    service = FeatureService(_InfinitePipeline(), store, batch_size=4)
    with pytest.raises(InfiniteFeaturesError) as caught:
        await service.with_features(dataset)
    assert ("essay-0003", ("characters",)) == (caught.value.essay_id, caught.value.names)
    assert 0 == await store.count(service.schema.digest)


async def test_a_stored_vector_of_another_length_is_refused(service, store, dataset):
    (key, *_) = feature_keys(essay_inputs(dataset), service.schema.digest)
    await store.put({key: np.zeros(5, dtype=np.float32)})
    with pytest.raises(StoredVectorMismatchError, match="5 values; its schema has 3"):
        await service.with_features(dataset)


async def test_constant_columns_are_logged(service, dataset):
    with structlog.testing.capture_logs() as logs:
        await service.with_features(dataset)
    (line,) = logs
    assert ("features_suspicious", "warning") == (line["event"], line["log_level"])
    assert ["prompt_words"] == line["constant"]


async def test_an_extraction_says_where_features_came_from(service, dataset):
    await service.with_features(dataset.take(np.arange(3)))
    rows = np.array([0, 1, 2, 2, 3, 4, 4, 4])
    found = await service.extract(dataset.take(rows))
    assert (8, 4, 2) == (len(found.dataset), found.n_stored, found.n_computed)
    assert (8, ("prompt_words",)) == (found.report.n_essays, found.report.constant)


async def test_the_schema_is_remembered_with_the_first_vectors(service, store, dataset):
    await service.with_features(dataset.take(np.array([], dtype=np.int64)))
    assert () == await store.holdings()
    await service.with_features(dataset)
    (held,) = await store.holdings()
    assert (10, service.schema.to_dict()) == (held.n_vectors, held.document)
