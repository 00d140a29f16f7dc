"""Conformance suite of :class:`FeatureStoreProtocol`: inherit it and override one fixture."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from huleedu_essay_features import FeatureDefinition, FeatureSchema
from huleedu_ml_training.features.protocols import FeatureKey, FeatureStoreProtocol

OpenStore = Callable[[], Awaitable[FeatureStoreProtocol]]

_SCHEMA, _OTHER_SCHEMA, _PROMPT = "5" * 64, "6" * 64, "9" * 64
_TINY = np.float32(1e-45)


def _key(number: int, *, schema: str = _SCHEMA, prompt: str = _PROMPT) -> FeatureKey:
    return FeatureKey(f"{number:064x}", schema, prompt)


def _feature_schema(version: str) -> FeatureSchema:
    return FeatureSchema(
        features=(FeatureDefinition("örter", "lexical", "per 100 words", "Number of “herbs”."),),
        backends={"herbs": version},
    )


def _vector(*values: float) -> NDArray[np.float32]:
    return np.array(values, dtype=np.float32)


class FeatureStoreSuite:
    """What every feature store does. Override :meth:`open_store`."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Return a function that opens a further store on the same vectors."""
        raise NotImplementedError

    async def test_an_empty_store_has_nothing(self, open_store: OpenStore) -> None:
        """Absent keys are left out, and no key at all is no error."""
        store = await open_store()
        assert await store.get([_key(1)]) == {}
        assert await store.get([]) == {}
        assert await store.count(_SCHEMA) == 0

    async def test_gives_back_the_same_bits(self, open_store: OpenStore) -> None:
        """NaN, negative zero and the smallest and largest numbers come back as they were."""
        largest = float(np.finfo(np.float32).max)
        vector = _vector(np.nan, -0.0, 0.1, float(_TINY), largest, -1 / 3)
        await (await open_store()).put({_key(1): vector})
        got = (await (await open_store()).get([_key(1)]))[_key(1)]
        assert got.dtype == np.float32
        assert got.shape == (6,)
        # Payloads of NaN aside, the bits are equal.
        assert np.isnan(got[0])
        assert got[1:].tobytes() == vector[1:].tobytes()

    async def test_every_part_of_the_key_counts(self, open_store: OpenStore) -> None:
        """Text, schema and prompt each tell vectors apart."""
        store = await open_store()
        keys = [_key(1), _key(2), _key(1, schema=_OTHER_SCHEMA), _key(1, prompt="8" * 64)]
        await store.put({key: _vector(i) for i, key in enumerate(keys)})
        found = await store.get(keys)
        assert {key: i for i, key in enumerate(keys)} == {
            key: int(vector[0]) for key, vector in found.items()
        }
        assert (await store.count(_SCHEMA), await store.count(_OTHER_SCHEMA)) == (3, 1)

    async def test_get_leaves_out_what_is_absent_and_repeats_nothing(
        self, open_store: OpenStore
    ) -> None:
        """A key asked for twice is one key."""
        store = await open_store()
        await store.put({_key(1): _vector(1)})
        assert list(await store.get([_key(2), _key(1), _key(1)])) == [_key(1)]

    async def test_tells_what_is_present(self, open_store: OpenStore) -> None:
        """Keys alone, of any schema."""
        store = await open_store()
        assert await store.present([_key(1)]) == frozenset()
        stored = [_key(1), _key(2, schema=_OTHER_SCHEMA)]
        await store.put({key: _vector(1) for key in stored})
        asked = [_key(1), _key(2), *stored, _key(1, prompt="8" * 64)]
        assert await store.present(asked) == frozenset(stored)
        assert await store.present([]) == frozenset()

    async def test_keys_that_differ_in_a_last_or_first_digit(self, open_store: OpenStore) -> None:
        """Digests that begin or end with zeros are as good as others."""
        store = await open_store()
        zeros, first, last = "0" * 64, "1" + "0" * 63, "0" * 63 + "1"
        keys = [FeatureKey(a, _SCHEMA, b) for a in (zeros, first, last) for b in (zeros, last)]
        await store.put({key: _vector(i) for i, key in enumerate(keys)})
        found = await (await open_store()).get(keys)
        assert list(range(6)) == [int(found[key][0]) for key in keys]

    async def test_putting_again_is_no_error(self, open_store: OpenStore) -> None:
        """The first vector of a key stays."""
        store = await open_store()
        await store.put({_key(1): _vector(1), _key(2): _vector(2)})
        await store.put({_key(1): _vector(-1), _key(3): _vector(3)})
        assert await store.count(_SCHEMA) == 3
        assert (await store.get([_key(1)]))[_key(1)].tolist() == [1]

    async def test_putting_nothing_does_nothing(self, open_store: OpenStore) -> None:
        """An empty mapping is allowed."""
        store = await open_store()
        await store.put({})
        assert await store.count(_SCHEMA) == 0

    async def test_thousands_of_keys(self, open_store: OpenStore) -> None:
        """No limit on the number of keys of a call is felt."""
        store = await open_store()
        keys = [_key(i) for i in range(2500)]
        await store.put({key: _vector(i, -i) for i, key in enumerate(keys)})
        found = await store.get(keys)
        assert [[i, -i] for i in range(2500)] == [found[key].tolist() for key in keys]

    async def test_concurrent_writers_of_the_same_keys(self, open_store: OpenStore) -> None:
        """Writers that meet in opposite order neither block nor contradict each other."""
        keys = [_key(i) for i in range(200)]
        stores = [await open_store() for _ in range(4)]
        orders = [keys, keys[::-1], keys, keys[::-1]]
        await asyncio.gather(
            *(
                store.put({key: _vector(int(key.text_digest, 16)) for key in order})
                for store, order in zip(stores, orders, strict=True)
            )
        )
        found = await stores[0].get(keys)
        assert list(range(200)) == [int(found[key][0]) for key in keys]

    async def test_lists_what_it_holds(self, open_store: OpenStore) -> None:
        """Every schema that has vectors or was remembered, by digest, with its document."""
        store = await open_store()
        assert await store.holdings() == ()
        known, bare = _feature_schema("1"), _feature_schema("2")
        await store.put({_key(n, schema=known.digest): _vector(n, 0) for n in range(3)})
        await store.put({_key(1): _vector(1)})
        for schema in (known, bare, known):
            await store.remember_schema(schema)
        held = await (await open_store()).holdings()
        assert [(entry.schema_digest, entry.n_vectors) for entry in held] == sorted(
            [(known.digest, 3), (bare.digest, 0), (_SCHEMA, 1)]
        )
        backends = {
            entry.schema_digest: None if entry.document is None else entry.document["backends"]
            for entry in held
        }
        assert backends == {
            known.digest: {"herbs": "1"},
            bare.digest: {"herbs": "2"},
            _SCHEMA: None,
        }
        sizes = {entry.schema_digest: entry.size_bytes for entry in held}
        assert sizes[bare.digest] == 0
        assert sizes[known.digest] > 0

    async def test_a_remembered_document_gives_the_schema_again(
        self, open_store: OpenStore
    ) -> None:
        """The digest is the same, whatever form the store keeps the document in."""
        store = await open_store()
        await store.remember_schema(schema := _feature_schema("1"))
        (held,) = await store.holdings()
        assert held.document is not None
        assert FeatureSchema.from_dict(held.document).digest == schema.digest
