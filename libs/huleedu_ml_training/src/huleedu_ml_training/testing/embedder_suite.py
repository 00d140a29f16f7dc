"""Conformance suite of :class:`EmbedderProtocol`: inherit it and override one fixture."""

import threading

import numpy as np
import pytest

from huleedu_essay_features.normalisation import normalise_text
from huleedu_essay_features.protocols import EmbedderProtocol
from huleedu_essay_features.segmentation import Span

_TEXTS = (
    "The dog barks. Nobody sleeps.",
    "Cats are quiet animals, and they sleep all day.",
    "",
    "One",
)
_ODD_TEXTS = {
    "accents": "Élodie déjà vu. Ça va très bien.",
    "decomposed accents": "E\u0301lodie de\u0301ja\u0300 vu. C\u0327a va.",
    "emoji": "I ❤️ cats 😀👩‍👩‍👧. They do not care.",
    "other scripts": "世界 is a word. Привет мир is two.",
    "NUL and halves of pairs": "a\x00b \ud800 c. Then d.",
    "one endless word": "a" * 3000 + ". Short.",
    "two thousand words": "The quick brown dog saw 12 cats. " * 300,
}


class EmbedderSuite:
    """What every embedder does. Override :meth:`embedder`."""

    @pytest.fixture
    def embedder(self) -> EmbedderProtocol:
        """Return an embedder that knows English."""
        raise NotImplementedError

    def test_says_what_it_is(self, embedder: EmbedderProtocol) -> None:
        """Its size, its languages, and what its vectors depend on."""
        assert embedder.dimensions > 0
        assert not embedder.languages or "en" in embedder.languages
        assert embedder.identity
        assert all(key and value for key, value in embedder.identity.items())

    def test_gives_a_row_a_text(self, embedder: EmbedderProtocol) -> None:
        """Shapes and types are those of the protocol, for no text as well."""
        for texts in (_TEXTS, ()):
            vectors = embedder.embed(texts)
            assert vectors.writing.shape == (len(texts), embedder.dimensions)
            assert len(vectors.topic) == len(texts)
            assert vectors.writing.dtype == vectors.topic.dtype == np.float32
            assert [len(rows) for rows in vectors.spans] == [0] * len(texts)

    def test_what_has_no_token_is_nan(self, embedder: EmbedderProtocol) -> None:
        """Never zeros."""
        vectors = embedder.embed(["", " \n\t"])
        assert np.isnan(vectors.writing).all()
        assert np.isnan(vectors.topic).all()

    def test_topics_are_of_unit_length(self, embedder: EmbedderProtocol) -> None:
        """So that scalar products are cosines."""
        topic = embedder.embed(["The dog barks.", "Nobody sleeps."]).topic
        np.testing.assert_allclose(np.linalg.norm(topic, axis=1), 1, atol=1e-5)

    def test_a_text_does_not_depend_on_the_others(self, embedder: EmbedderProtocol) -> None:
        """To the bit, in any order, spans too."""
        spans = [_halves(text) for text in _TEXTS]
        together = embedder.embed(_TEXTS, spans)
        for row, text in enumerate(_TEXTS):
            alone = embedder.embed([text], [spans[row]])
            assert together.writing[row].tobytes() == alone.writing[0].tobytes()
            assert together.topic[row].tobytes() == alone.topic[0].tobytes()
            assert together.spans[row].tobytes() == alone.spans[0].tobytes()

    def test_asking_for_spans_changes_nothing_else(self, embedder: EmbedderProtocol) -> None:
        """Writing and topic vectors are the same."""
        text = "The dog barks. Nobody sleeps."
        plain, asked = embedder.embed([text]), embedder.embed([text], [[(0, 14), (15, 29)]])
        assert plain.writing.tobytes() == asked.writing.tobytes()
        assert plain.topic.tobytes() == asked.topic.tobytes()

    def test_spans_have_rows_of_unit_length_or_nan(self, embedder: EmbedderProtocol) -> None:
        """A stretch of white space has no token."""
        text = "The dog barks." + " " * 5 + "Nobody sleeps."
        (rows,) = embedder.embed([text], [[(0, 14), (15, 18), (19, 33)]]).spans
        assert rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows[[0, 2]], axis=1), 1, atol=1e-5)
        assert np.isnan(rows[1]).all()

    def test_a_span_is_about_its_own_words(self, embedder: EmbedderProtocol) -> None:
        """The same sentence at two places is nearer to itself than to another."""
        first, second = "The dog barks all night.", "Taxes on petrol rise."
        text = f"{first} {second} {first}"
        ends = [len(first), len(first) + 1 + len(second), len(text)]
        spans = [(0, ends[0]), (ends[0] + 1, ends[1]), (ends[1] + 1, ends[2])]
        (rows,) = embedder.embed([text], [spans]).spans
        assert rows[0] @ rows[2] > rows[0] @ rows[1]
        assert rows[0] @ rows[2] > rows[2] @ rows[1]

    def test_spans_count_in_the_normalised_text(self, embedder: EmbedderProtocol) -> None:
        """What normalisation takes away moves no span."""
        plain = "The cafe\u0301 is open. Nobody sleeps."
        text = normalise_text(plain)
        spans = [(0, 17), (18, len(text))]
        expected = embedder.embed([text], [spans])
        got = embedder.embed([f"\ufeff \n{plain}\u200b \t"], [spans])
        assert got.spans[0].tobytes() == expected.spans[0].tobytes()
        assert got.writing.tobytes() == expected.writing.tobytes()

    @pytest.mark.parametrize("text", _ODD_TEXTS.values(), ids=_ODD_TEXTS.keys())
    def test_odd_texts_give_vectors(self, embedder: EmbedderProtocol, text: str) -> None:
        """Every text with letters has a vector, and its halves as well."""
        vectors = embedder.embed([text], [_halves(text)])
        assert np.isfinite(vectors.writing).all()
        assert np.isfinite(vectors.topic).all()
        assert np.isfinite(vectors.spans[0]).all()

    def test_threads_may_share_it(self, embedder: EmbedderProtocol) -> None:
        """Concurrent calls give what single calls give."""
        expected = embedder.embed(_TEXTS).writing.tobytes()
        got: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: got.append(embedder.embed(_TEXTS).writing.tobytes()))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == [expected] * 3


def _halves(text: str) -> list[Span]:
    """Return the spans before and after the first full stop, if there is one."""
    normalised = normalise_text(text)
    stop = normalised.find(".")
    return [(0, stop), (stop, len(normalised))] if stop > 0 else []
