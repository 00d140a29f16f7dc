"""Vectors of sentences: how they are pooled, and what is computed from them."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_essay_features.analysis import Analysers
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.embeddings.pooling import WindowStates, pool_text, stack_texts
from huleedu_essay_features.extractors import CohesionExtractor, TaskExtractor
from huleedu_ml_training.testing.embedder_suite import EmbedderSuite
from huleedu_ml_training.testing.fakes.embedder import WordVectorEmbedder

EAST, NORTH, WEST, SOUTH = (1, 0), (0, 1), (-1, 0), (0, -1)
WORDS = {"East": EAST, "North": NORTH, "West": WEST, "South": SOUTH, "Mid": (0.6, 0.8)}
COHESION = (
    "adjacent_sent_sim_variance",
    "adjacent_sent_low_sim_rate",
    "paragraph_boundary_drop_mean",
    "doc_sent_drift_var",
)


class TestWordVectorEmbedder(EmbedderSuite):
    @pytest.fixture
    def embedder(self):
        return WordVectorEmbedder(dimensions=24)


def window(offsets, states, topic=None):
    states = np.array(states, dtype=np.float32)
    topic = states if topic is None else np.array(topic, dtype=np.float32)
    return WindowStates(np.array(offsets, dtype=np.int64).reshape(-1, 2), states, topic)


def pool(windows, spans):
    return pool_text(windows, spans, dimensions=2, topic_size=2)


def values(text, prompt=None, words=WORDS, language="en", languages=("en",)):
    embedder = WordVectorEmbedder(words, dimensions=2, languages=languages)
    analysers = Analysers(embedder=embedder)
    task = None if prompt is None else EssayDocument(prompt, language, analysers=analysers)
    document = EssayDocument(text, language, prompt=task, analysers=analysers)
    return {
        definition.name: value
        for extractor in (CohesionExtractor(analysers), TaskExtractor(analysers))
        for definition, value in zip(
            extractor.definitions, extractor.extract(document), strict=True
        )
    }


def test_every_token_of_a_text_counts_alike_whatever_its_window():
    first = window([(0, 0), (0, 3)], [(1, 0), (3, 0)])
    second = window([(4, 6)], [(2, 6)])
    pooled = pool([first, second], [])
    np.testing.assert_allclose([2, 2], pooled.writing, atol=1e-6)
    np.testing.assert_allclose([math.sqrt(0.5)] * 2, pooled.topic, atol=1e-6)
    assert (0, 2) == pooled.spans.shape


def test_a_span_is_the_mean_of_the_tokens_that_begin_in_it():
    windows = [
        window([(0, 0), (0, 2), (3, 8), (0, 0)], [(9, 9), (1, 0), (0, 1), (9, 9)]),
        window([(8, 9), (10, 12)], [(0, 1), (-5, 0)]),
    ]
    spans = [(0, 2), (3, 4), (4, 9), (9, 10), (10, 12)]
    got = pool(windows, spans).spans
    expected = [(1, 0), (0, 1), (0, 1), (np.nan, np.nan), (-1, 0)]
    np.testing.assert_allclose(expected, got, atol=1e-6)


def test_writing_and_topic_may_be_of_different_layers_and_sizes():
    states = window([(0, 1), (1, 2)], [(1, 2, 3), (3, 2, 1)], topic=[(3,), (5,)])
    pooled = pool_text([states], [(0, 1)], dimensions=3, topic_size=1)
    np.testing.assert_allclose([2, 2, 2], pooled.writing)
    np.testing.assert_allclose([1], pooled.topic)
    np.testing.assert_allclose([[1]], pooled.spans)


def test_a_text_without_windows_has_no_vectors():
    pooled = pool([], [(0, 5)])
    assert np.isnan(pooled.writing).all()
    assert np.isnan(pooled.topic).all()
    assert np.isnan(pooled.spans).all()
    assert (0, 2) == stack_texts([], dimensions=2, topic_size=2).writing.shape


@given(st.integers(1, 30), st.lists(st.integers(1, 29), max_size=6), st.randoms())
def test_where_windows_are_cut_changes_nothing_but_the_states(n_tokens, cuts, random):
    """With the same states, one window and many give the same vectors."""
    rng = np.random.default_rng(random.randrange(2**32))
    states = rng.standard_normal((n_tokens, 2)).astype(np.float32)
    starts = np.cumsum(rng.integers(1, 4, n_tokens))
    offsets = np.column_stack([starts, starts + 1])
    end = int(starts[-1])
    spans = [(0, end // 3), (end // 3, end // 2), (end // 2, end + 1)]
    bounds = sorted({0, n_tokens, *(cut for cut in cuts if cut < n_tokens)})
    parts = [window(offsets[first:last], states[first:last]) for first, last in pairwise(bounds)]
    whole, cut = pool([window(offsets, states)], spans), pool(parts, spans)
    np.testing.assert_allclose(whole.writing, cut.writing, atol=1e-6)
    np.testing.assert_allclose(whole.topic, cut.topic, atol=1e-4)
    np.testing.assert_allclose(whole.spans, cut.spans, atol=1e-4)


def test_reference_values_of_neighbouring_sentences():
    got = values("East. East. North. Mid.")
    # Neighbours: 1, 0, 0.8. All pairs: 1, 0, 0.6, 0, 0.6, 0.8, mean 0.5: one of three is below.
    assert pytest.approx(np.var([1, 0, 0.8]), abs=1e-6) == got["adjacent_sent_sim_variance"]
    assert pytest.approx(1 / 3) == got["adjacent_sent_low_sim_rate"]
    # The text: (1, 0) + (1, 0) + (0, 1) + (0.6, 0.8) = (2.6, 1.8), of length √10.
    cosines = np.array([2.6, 2.6, 1.8, 0.6 * 2.6 + 0.8 * 1.8]) / math.sqrt(10)
    assert pytest.approx(np.var(cosines), abs=1e-6) == got["doc_sent_drift_var"]
    assert math.isnan(got["paragraph_boundary_drop_mean"])


def test_reference_values_of_paragraphs():
    got = values("East. Mid.\n\nNorth. North. South.\n\nSouth.")
    # Inside: 0.6, 1, -1. Across: 0.8 and 1.
    expected = 0.6 / 3 - 1.8 / 2
    assert pytest.approx(expected, abs=1e-6) == got["paragraph_boundary_drop_mean"]


def test_reference_value_of_the_alignment_with_a_prompt():
    got = values("East. North. Mid.", prompt="West East East")
    expected = np.var([1, 0, 0.6])
    assert pytest.approx(expected, abs=1e-6) == got["prompt_alignment_var"]


@pytest.mark.parametrize(
    ("text", "defined"),
    [
        ("", set()),
        ("East.", set()),
        ("East. North.", {"doc_sent_drift_var"}),
        ("East. North. West.", {*COHESION[:2], COHESION[3]}),
        ("East.\n\nNorth.\n\nWest.", {*COHESION[:2], COHESION[3]}),
        ("East. North.\n\nMid.", set(COHESION)),
    ],
)
def test_too_few_sentences_are_nan(text, defined):
    got = values(text)
    assert defined == {name for name in COHESION if not math.isnan(got[name])}


@pytest.mark.parametrize("prompt", [None, "", "?!"])
def test_without_a_prompt_nothing_is_aligned(prompt):
    assert math.isnan(values("East. North.", prompt)["prompt_alignment_var"])
    assert math.isnan(values("East.", "West.")["prompt_alignment_var"])


def test_equal_sentences_have_no_spread_and_none_is_low():
    got = values(" ".join(["Mid East."] * 7), prompt="North.")
    for name in (*COHESION[:2], COHESION[3], "prompt_alignment_var"):
        assert 0 == pytest.approx(got[name], abs=1e-12)


def test_a_sentence_without_a_vector_is_passed_over():
    """Its neighbours are not neighbours of one another."""
    words = {**WORDS, "Blank": (np.nan, np.nan)}
    with_gap = values("East. North. Mid. Blank. East. East.", words=words)
    expected = np.var([0, 0.8, 1])
    assert pytest.approx(expected, abs=1e-6) == with_gap["adjacent_sent_sim_variance"]


def test_a_language_that_the_model_does_not_know_is_nan_and_the_schema_says_why():
    analysers = Analysers(embedder=WordVectorEmbedder(dimensions=2))
    got = values("Öst. Norr. Väst.", prompt="Öst.", language="sv")
    for definition in (
        *CohesionExtractor(analysers).definitions,
        *TaskExtractor(analysers).definitions,
    ):
        if definition.name in {*COHESION, "prompt_alignment_var"}:
            assert ("en",) == definition.languages
            assert "does not know Swedish" in definition.language_note
            assert math.isnan(got[definition.name])


def test_an_embedder_of_all_languages_gives_swedish_values():
    got = values("East. North. Mid.", prompt="East.", language="sv", languages=())
    assert not any(math.isnan(got[name]) for name in (*COHESION[:2], "prompt_alignment_var"))


def test_without_an_embedder_there_are_no_such_columns():
    names = [
        definition.name
        for extractor in (CohesionExtractor(), TaskExtractor())
        for definition in extractor.definitions
    ]
    assert not {*COHESION, "prompt_alignment_var", "prompt_similarity"} & set(names)


@given(st.lists(st.lists(st.sampled_from([*WORDS]), min_size=1, max_size=4), max_size=9), st.data())
def test_values_are_within_their_ranges_and_do_not_depend_on_scale(sentences, data):
    breaks = data.draw(
        st.lists(st.sampled_from([" ", "\n\n"]), min_size=len(sentences), max_size=len(sentences))
    )
    text = "".join(f"{' '.join(words)}.{end}" for words, end in zip(sentences, breaks, strict=True))
    doubled = {word: 2 * np.array(vector) for word, vector in WORDS.items()}
    got, other = values(text, "Mid."), values(text, "Mid.", words=doubled)
    for name in (*COHESION, "prompt_alignment_var"):
        low, high = (-2, 2) if name == "paragraph_boundary_drop_mean" else (0, 1)
        assert math.isnan(got[name]) or low <= got[name] <= high
        assert got[name] == pytest.approx(other[name], abs=1e-6, nan_ok=True)
