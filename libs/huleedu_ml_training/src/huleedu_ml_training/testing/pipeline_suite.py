"""Conformance suite of :class:`FeaturePipelineProtocol`: inherit it and override one fixture."""

import threading

import numpy as np
import pytest

from huleedu_essay_features import EssayInput, FeatureSchema
from huleedu_essay_features.protocols import FeaturePipelineProtocol

_ODD_TEXTS = {
    "empty": "",
    "white space": " \n\t\r\n ",
    "one word": "Hello",
    "no word": "?! ... --",
    "NUL and control characters": "a\x00b\x07 c",
    "lone surrogate": "a \ud800 b",
    "emoji": "I ❤️ cats 😀👩‍👩‍👧.",
    "mixed scripts": "Привет мир, hello 世界 and γειά σου مرحبا.",
    "one endless word": "a" * 5000,
    "ten thousand words": "The quick brown dog saw 12 cats. " * 1429,
    "a thousand paragraphs": "No.\n\n" * 1000,
}
_ESSAYS = (
    EssayInput("The dog barks. It is loud, and nobody sleeps.", "What does your pet do?"),
    EssayInput("i dont like dogs becuase they bark", None),
    EssayInput("Dogs are loyal.\n\nCats are not. However, I like cats more than I like dogs."),
    EssayInput("", "What does your pet do?"),
)


class FeaturePipelineSuite:
    """What every pipeline does. Override :meth:`pipeline`."""

    @pytest.fixture
    def pipeline(self) -> FeaturePipelineProtocol:
        """Return a pipeline; it takes English essays."""
        raise NotImplementedError

    def test_gives_a_row_an_essay_and_a_column_a_definition(
        self, pipeline: FeaturePipelineProtocol
    ) -> None:
        """The matrix is float32, contiguous, and of the shape that the schema says."""
        matrix = pipeline.extract(_ESSAYS)
        assert matrix.shape == (len(_ESSAYS), len(pipeline.schema))
        assert matrix.dtype == np.float32
        assert matrix.flags.c_contiguous

    def test_no_essay_gives_no_row(self, pipeline: FeaturePipelineProtocol) -> None:
        """An empty call is allowed."""
        assert pipeline.extract([]).shape == (0, len(pipeline.schema))

    def test_the_schema_survives_its_document(self, pipeline: FeaturePipelineProtocol) -> None:
        """Written and read, the schema is the same and has the same digest."""
        again = FeatureSchema.from_dict(pipeline.schema.to_dict())
        assert again.names == pipeline.schema.names
        assert again.digest == pipeline.schema.digest

    def test_every_column_is_explained(self, pipeline: FeaturePipelineProtocol) -> None:
        """Each has a name, a group, a unit and a definition."""
        for feature in pipeline.schema.features:
            assert all((feature.name, feature.group, feature.unit, feature.definition))

    def test_the_same_essay_gives_the_same_bits(self, pipeline: FeaturePipelineProtocol) -> None:
        """Twice in a call and in two calls."""
        first = pipeline.extract([_ESSAYS[0], _ESSAYS[0]])
        assert first[0].tobytes() == first[1].tobytes()
        assert first.tobytes() == pipeline.extract([_ESSAYS[0], _ESSAYS[0]]).tobytes()

    def test_a_row_depends_on_its_own_essay_only(self, pipeline: FeaturePipelineProtocol) -> None:
        """Neither the other essays nor their order change it."""
        together = pipeline.extract(_ESSAYS)
        backwards = pipeline.extract(_ESSAYS[::-1])[::-1]
        alone = np.concatenate([pipeline.extract([essay]) for essay in _ESSAYS])
        assert together.tobytes() == backwards.tobytes()
        assert together.tobytes() == alone.tobytes()

    def test_many_essays_keep_their_order(self, pipeline: FeaturePipelineProtocol) -> None:
        """As many as are worth several processes."""
        essays = [EssayInput(f"Dog {i} barks. " * (i % 5 + 1)) for i in range(48)]
        expected = np.concatenate([pipeline.extract([essay]) for essay in essays])
        assert expected.tobytes() == pipeline.extract(essays).tobytes()

    @pytest.mark.parametrize("text", _ODD_TEXTS.values(), ids=_ODD_TEXTS.keys())
    def test_odd_texts_give_numbers_or_nan(
        self, pipeline: FeaturePipelineProtocol, text: str
    ) -> None:
        """Never an infinity, and never an error."""
        matrix = pipeline.extract([EssayInput(text, text[:100])])
        assert not np.isinf(matrix).any()

    def test_progress_is_told_in_the_callers_thread(
        self, pipeline: FeaturePipelineProtocol
    ) -> None:
        """One call an essay, from 1 to the number of essays."""
        told: list[tuple[int, int]] = []
        threads: set[int] = set()

        def progress(done: int, total: int) -> None:
            told.append((done, total))
            threads.add(threading.get_ident())

        pipeline.extract(_ESSAYS * 12, progress=progress)
        assert told == [(i, 48) for i in range(1, 49)]
        assert threads == {threading.get_ident()}

    def test_progress_may_stop_the_work(self, pipeline: FeaturePipelineProtocol) -> None:
        """Its exception reaches the caller, and the pipeline can be used again."""

        def progress(done: int, _: int) -> None:
            if done == 3:
                raise TimeoutError

        with pytest.raises(TimeoutError):
            pipeline.extract(_ESSAYS * 12, progress=progress)
        assert len(pipeline.extract(_ESSAYS)) == len(_ESSAYS)

    def test_threads_may_share_it(self, pipeline: FeaturePipelineProtocol) -> None:
        """Concurrent calls give what single calls give."""
        expected = pipeline.extract(_ESSAYS * 5).tobytes()
        got: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: got.append(pipeline.extract(_ESSAYS * 5).tobytes()))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == [expected] * 3
