"""Looking after stored features: what is there, whether it is true, and writing it to a table."""

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyarrow import parquet

from huleedu_essay_features import FeatureDefinition, FeatureSchema
from huleedu_ml_training.data.file_errors import FileAccessError, OutputFileExistsError
from huleedu_ml_training.data.selecting import select_essays
from huleedu_ml_training.domain.dataset import EssaySelection
from huleedu_ml_training.features.command_errors import (
    FeatureNameTakenError,
    FeaturesNotExtractedError,
    StoredFeaturesDifferError,
)
from huleedu_ml_training.features.errors import StoredVectorMismatchError
from huleedu_ml_training.features.exporting import stored_features, write_features
from huleedu_ml_training.features.inputs import essay_inputs, feature_keys
from huleedu_ml_training.features.inventory import BackendDifference, take_inventory
from huleedu_ml_training.features.protocols import FeatureKey
from huleedu_ml_training.features.service import FeatureService
from huleedu_ml_training.features.verification import verify_features
from huleedu_ml_training.testing.essays import NEW_YEAR, dated_essays, varied_essays
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.fakes.feature_store import InMemoryFeatureStore


@pytest.fixture
def store():
    return InMemoryFeatureStore()


@pytest.fixture
def pipeline():
    return CountingFeaturePipeline()


@pytest.fixture
def service(pipeline, store):
    return FeatureService(pipeline, store)


@pytest.fixture
def dataset():
    return dated_essays([i % 8 for i in range(20)])


def schema_with(names, **backends):
    features = tuple(FeatureDefinition(name, "structure", "count", f"{name}.") for name in names)
    return FeatureSchema(features=features, backends=backends)


class TestInventory:
    async def test_what_differs_is_named(self, store):
        current = schema_with("abc", parser="2", lists="1")
        other = schema_with("abd", parser="1", model="9")
        await store.remember_schema(other)
        await store.put({FeatureKey("1" * 64, other.digest, "2" * 64): np.ones(3, np.float32)})
        await store.put({FeatureKey("1" * 64, "7" * 64, "2" * 64): np.ones(3, np.float32)})
        await store.remember_schema(current)
        found = await take_inventory(store, current, None)
        first, *rest = found.schemas
        assert (current.digest, True, 0, (), ()) == (
            first.digest,
            first.current,
            first.n_vectors,
            first.backends,
            first.columns,
        )
        by_digest = {entry.digest: entry for entry in rest}
        assert (
            BackendDifference("lists", None, "1"),
            BackendDifference("model", "9", None),
            BackendDifference("parser", "1", "2"),
        ) == by_digest[other.digest].backends
        assert ("c", "d") == by_digest[other.digest].columns
        assert (None, None, None) == (
            by_digest["7" * 64].backends,
            by_digest["7" * 64].columns,
            by_digest["7" * 64].n_features,
        )

    async def test_a_definition_that_changed_is_a_column_that_differs(self, store):
        current = schema_with("ab")
        features = (current.features[0], replace(current.features[1], unit="share"))
        await store.remember_schema(FeatureSchema(features=features))
        (other,) = (await take_inventory(store, current, None)).schemas
        assert (("b",), ()) == (other.columns, other.backends)

    async def test_copies_of_an_essay_are_all_counted(self, store, service, dataset):
        await service.extract(dataset.take(np.array([3])))
        rows = np.array([3, 3, 4])
        found = await take_inventory(store, service.schema, dataset.take(rows))
        assert (3, 2, 1) == (
            found.coverage.n_essays,
            found.coverage.n_stored,
            found.coverage.n_missing,
        )


class TestVerification:
    async def test_equal_features_are_equal(self, store, service, pipeline, dataset):
        await service.extract(dataset)
        pipeline.extracted.clear()
        told = []
        found = await verify_features(
            service, store, dataset, sample=6, seed=3, progress=lambda *n: told.append(n)
        )
        assert (6, 20, 20, 3) == (found.n_checked, found.n_stored, found.n_essays, found.seed)
        assert [(n, 6) for n in range(1, 7)] == told
        first = list(pipeline.extracted)
        assert 6 == len(set(first))
        await verify_features(service, store, dataset, sample=6, seed=3)
        assert first == pipeline.extracted[6:]
        await verify_features(service, store, dataset, sample=6, seed=4)
        assert first != pipeline.extracted[12:]

    async def test_nothing_is_stored_or_changed(self, store, service, dataset):
        await service.extract(dataset.take(np.arange(5)))
        await verify_features(service, store, dataset, sample=50, seed=1)
        assert 5 == await store.count(service.schema.digest)

    async def test_nothing_stored_is_not_found(self, store, service, dataset):
        with pytest.raises(FeaturesNotExtractedError, match="20 of 20 essays"):
            await verify_features(service, store, dataset, sample=5, seed=1)

    @pytest.mark.parametrize(
        ("true", "stored", "differs"),
        [
            (1.0, np.nextafter(np.float32(1), np.float32(2)), True),
            (0.0, -0.0, True),
            (np.nan, 0.0, True),
            (3.0, np.nan, True),
            (np.nan, np.array(0x7FC00001, np.uint32).view(np.float32), False),
        ],
    )
    async def test_one_bit_is_enough_but_nan_is_nan(self, store, dataset, true, stored, differs):
        class Pipeline(CountingFeaturePipeline):
            def extract(self, essays, *, progress=None):
                matrix = super().extract(essays, progress=progress)
                matrix[:, 1] = true
                return matrix

        service = FeatureService(Pipeline(), store)
        keys = feature_keys(essay_inputs(dataset), service.schema.digest)
        await store.put({keys[7]: np.array([20, stored, np.nan], dtype=np.float32)})
        await service.extract(dataset)
        if not differs:
            await verify_features(service, store, dataset, sample=20, seed=1)
            return
        with pytest.raises(StoredFeaturesDifferError) as caught:
            await verify_features(service, store, dataset, sample=20, seed=1)
        assert {"essay-0007": ("characters",)} == caught.value.differences
        assert 20 == caught.value.n_checked

    async def test_a_vector_of_another_length_is_refused(self, store, service, dataset):
        keys = feature_keys(essay_inputs(dataset), service.schema.digest)
        await store.put({keys[0]: np.ones(2, np.float32)})
        with pytest.raises(StoredVectorMismatchError):
            await verify_features(service, store, dataset, sample=1, seed=1)

    def test_long_lists_are_cut_in_the_message_only(self):
        names = [f"f{i}" for i in range(9)]
        error = StoredFeaturesDifferError(
            differences={f"e{i}": names for i in range(8)}, n_checked=10
        )
        assert "8 of 10 essays: 'e0' (f0, f1, f2, f3, f4 and 4 more);" in error.what
        assert error.what.endswith("; and 3 more")
        assert 8 == len(error.to_dict()["differences"])


class TestExport:
    async def test_missing_features_are_counted(self, store, service, pipeline, dataset):
        await service.extract(dataset.take(np.arange(5)))
        pipeline.extracted.clear()
        with pytest.raises(FeaturesNotExtractedError, match="15 of 20 essays"):
            await stored_features(service, store, dataset)
        assert [] == pipeline.extracted

    def test_a_feature_called_like_an_essay_column_is_refused(self, dataset, tmp_path):
        schema = schema_with(["words", "grade", "prompt"])
        featured = dataset.with_features(np.ones((20, 3)), schema.names, schema.digest)
        with pytest.raises(FeatureNameTakenError, match="grade, prompt"):
            write_features(featured, schema, tmp_path / "out.csv")
        assert [] == list(tmp_path.iterdir())

    def test_a_failure_leaves_what_was_there(self, dataset, tmp_path):
        schema = schema_with("a")
        featured = dataset.with_features(np.ones((20, 1)), schema.names, schema.digest)
        with pytest.raises(FileAccessError):
            write_features(featured, schema, tmp_path / "absent" / "out.csv")
        (tmp_path / "out.csv").write_text("mine")
        with pytest.raises(OutputFileExistsError):
            write_features(featured, schema, tmp_path / "out.csv")
        broken = replace(featured, prompts=(object(),) * 20)
        with pytest.raises(TypeError):
            write_features(broken, schema, tmp_path / "out.csv", file_format="parquet", force=True)
        assert ["mine"] == [path.read_text() for path in tmp_path.iterdir()]

    @settings(max_examples=30, deadline=None)
    @given(bits=arrays(np.uint32, (7, 3), elements=st.integers(0, 2**32 - 1)))
    def test_the_bits_survive_a_parquet_file(self, bits, tmp_path_factory):
        schema = schema_with("abc")
        matrix = bits.view(np.float32)
        featured = dated_essays([1] * 7).with_features(matrix, schema.names, schema.digest)
        path = tmp_path_factory.mktemp("export") / "out.parquet"
        write_features(featured, schema, path)
        table = parquet.read_table(path)
        got = np.column_stack([table.column(name).to_numpy() for name in "abc"])
        np.testing.assert_array_equal(matrix, got)
        defined = ~np.isnan(matrix)
        assert matrix[defined].tobytes() == got[defined].tobytes()


class TestSelecting:
    @pytest.mark.parametrize(
        ("selection", "expected"),
        [
            (EssaySelection(), ["-", "10", "B", "a10", "a9", "b", "é", "ö"]),
            (EssaySelection(languages=("sv",)), ["-", "B", "a9"]),
            (EssaySelection(prompts=("sea",), min_words=6), ["a10"]),
            (EssaySelection(exclude_prompts=("sea", "hill"), max_words=25), ["é"]),
            (EssaySelection(since=NEW_YEAR.replace(day=5)), ["é", "ö"]),
            (EssaySelection(until=NEW_YEAR.replace(day=2)), ["b"]),
            (EssaySelection(sources=("south",), limit=2), ["-", "a9"]),
            (EssaySelection(sources=("west",)), []),
        ],
    )
    def test_by_the_rules_of_the_table(self, selection, expected):
        assert expected == list(select_essays(varied_essays(), selection).essay_ids)


async def test_a_cancelled_computation_is_over_when_it_says_so(store, dataset):
    """So that the pipeline can be closed at once."""
    working, finished = threading.Event(), []

    class Pipeline(CountingFeaturePipeline):
        def extract(self, essays, *, progress=None):
            try:
                working.set()
                while True:
                    progress(1, len(essays))
            finally:
                finished.append(True)

    task = asyncio.create_task(FeatureService(Pipeline(), store).extract(dataset))
    await asyncio.to_thread(working.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [True] == finished
