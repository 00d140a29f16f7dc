"""Conformance suite of :class:`DataLoaderProtocol`: inherit it and override one fixture."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import numpy as np
import pytest

from huleedu_ml_training.data.errors import EmptyDatasetError
from huleedu_ml_training.data.protocols import DataLoaderProtocol
from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssayDataset, EssaySelection
from huleedu_ml_training.domain.grades import GradeScale, UnknownGradeError
from huleedu_ml_training.testing.essays import ELLIPSE_OVERALL, NEW_YEAR, varied_essays

OpenLoader = Callable[[EssayDataset, GradeScale], Awaitable[DataLoaderProtocol]]

_DAY = timedelta(days=1)
_SELECTIONS = {
    "since is inclusive": (EssaySelection(since=NEW_YEAR + 2 * _DAY), {"B", "ö", "é", "a9"}),
    "until is exclusive": (EssaySelection(until=NEW_YEAR + _DAY), {"b"}),
    "a time in another zone": (
        EssaySelection(since=(NEW_YEAR + _DAY).astimezone(), until=NEW_YEAR + 2 * _DAY),
        {"a10"},
    ),
    "prompts": (EssaySelection(prompts=("sea", "it's; DROP TABLE x --")), {"b", "a10", "-"}),
    "leaving out keeps those without a prompt": (
        EssaySelection(exclude_prompts=("hill", "sea")),
        {"é", "10", "-"},
    ),
    "languages": (EssaySelection(languages=("sv",)), {"a9", "B", "-"}),
    "sources": (EssaySelection(sources=("south",)), {"a9", "ö", "-"}),
    "word limits are inclusive": (EssaySelection(min_words=10, max_words=20), {"a10", "a9", "ö"}),
    "least words alone": (EssaySelection(min_words=30), {"10", "-"}),
    "all at once": (
        EssaySelection(since=NEW_YEAR, prompts=("sea", "hill"), languages=("en",), min_words=6),
        {"a10", "ö"},
    ),
    "limit takes the first ids": (EssaySelection(limit=3), {"-", "10", "B"}),
    "limit counts what is left by all else": (
        EssaySelection(limit=2, min_words=15, languages=("sv", "en")),
        {"-", "10"},
    ),
}


class DataLoaderSuite:
    """What every loader does. Override :meth:`open_loader`."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def open_loader(self) -> OpenLoader:
        """Return a function that opens a loader on a source that holds given essays.

        The source does not name the scale of its grades; the loader reads them on the scale
        that the function is given.
        """
        raise NotImplementedError

    async def test_reads_everything_in_order_of_id(self, open_loader: OpenLoader) -> None:
        """What comes out is what is in the source; ids ascend by code point."""
        stored = varied_essays()
        loaded = await (await open_loader(stored, stored.scale)).load()
        assert sorted(stored.essay_ids) == list(loaded.essay_ids)
        rows = np.array([stored.essay_ids.index(one) for one in loaded.essay_ids])
        expected = stored.take(rows)
        assert expected.texts == loaded.texts
        assert expected.grades.tolist() == loaded.grades.tolist()
        assert expected.prompts == loaded.prompts
        assert expected.prompt_texts == loaded.prompt_texts
        assert expected.languages == loaded.languages
        assert expected.created_at == loaded.created_at
        assert expected.sources == loaded.sources
        assert dict(expected.metadata) == dict(loaded.metadata)
        np.testing.assert_array_equal(expected.ratings, loaded.ratings)
        assert expected.scale == loaded.scale

    async def test_digest_does_not_depend_on_the_way(self, open_loader: OpenLoader) -> None:
        """The digest is that of the essays that were stored, and the same every time."""
        stored = varied_essays()
        loader = await open_loader(stored, stored.scale)
        first, second = await loader.load(), await loader.load()
        assert stored.digest == first.digest == second.digest

    @pytest.mark.parametrize("name", _SELECTIONS)
    async def test_selects(self, open_loader: OpenLoader, name: str) -> None:
        """Exactly the essays come that a selection means."""
        stored = varied_essays()
        selection, expected = _SELECTIONS[name]
        loaded = await (await open_loader(stored, stored.scale)).load(selection)
        assert expected == set(loaded.essay_ids)
        assert sorted(loaded.essay_ids) == list(loaded.essay_ids)

    @pytest.mark.parametrize("batch_size", [1, 3, 8, 100])
    async def test_streams_what_it_loads(self, open_loader: OpenLoader, batch_size: int) -> None:
        """Batches have at most the size asked for and make up the whole, in order."""
        stored = varied_essays()
        loader = await open_loader(stored, stored.scale)
        batches = [batch async for batch in loader.stream(batch_size=batch_size)]
        assert max(map(len, batches)) <= batch_size
        streamed = [essay_id for batch in batches for essay_id in batch.essay_ids]
        assert sorted(stored.essay_ids) == streamed

    async def test_a_stream_may_be_left_early(self, open_loader: OpenLoader) -> None:
        """Leaving a stream half-read harms no later reading."""
        stored = varied_essays()
        loader = await open_loader(stored, stored.scale)
        async for batch in loader.stream(batch_size=2):
            assert ("-", "10") == batch.essay_ids
            break
        assert len(stored) == len(await loader.load())

    async def test_readings_do_not_disturb_each_other(self, open_loader: OpenLoader) -> None:
        """Several tasks may read at once."""
        stored = varied_essays()
        loader = await open_loader(stored, stored.scale)
        readings = await asyncio.gather(*(loader.load() for _ in range(4)))
        assert [stored.digest] * 4 == [dataset.digest for dataset in readings]

    async def test_nothing_selected_is_an_error_of_load_only(self, open_loader: OpenLoader) -> None:
        """Loading nothing fails with what there would have been; streaming nothing just ends."""
        stored = varied_essays()
        loader = await open_loader(stored, stored.scale)
        nothing = EssaySelection(prompts=("nobody wrote on this",))
        assert [] == [batch async for batch in loader.stream(nothing)]
        with pytest.raises(EmptyDatasetError) as caught:
            await loader.load(nothing)
        assert {stored.scale.name: len(stored)} == caught.value.scales

    async def test_an_empty_source_is_an_error(self, open_loader: OpenLoader) -> None:
        """Where there is nothing at all, the error says so."""
        empty = varied_essays().take(np.array([], dtype=np.int64))
        with pytest.raises(EmptyDatasetError) as caught:
            await (await open_loader(empty, empty.scale)).load()
        assert {} == caught.value.scales

    async def test_names_all_unknown_grades(self, open_loader: OpenLoader) -> None:
        """Every label that the scale lacks is named, ratings included; nothing is guessed."""
        stored = varied_essays()
        loader = await open_loader(stored, ELLIPSE_OVERALL)
        with pytest.raises(UnknownGradeError) as caught:
            await loader.load()
        assert set(stored.scale.labels) == set(caught.value.labels)
        with pytest.raises(UnknownGradeError):
            await anext(aiter(loader.stream(ALL_ESSAYS, batch_size=2)))

    async def test_only_selected_grades_matter(self, open_loader: OpenLoader) -> None:
        """An unknown grade of an essay that is not selected harms nobody."""
        stored = varied_essays()
        lowest = GradeScale("lowest", ("F", "E"))
        loader = await open_loader(stored, lowest)
        loaded = await loader.load(EssaySelection(prompts=("sea",), max_words=10))
        assert ("a10", "b") == loaded.essay_ids
        assert [1, 0] == loaded.grades.tolist()
