"""What holds for every text, through the whole standard pipeline and all of its columns."""

import csv
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_essay_features import EssayInput
from huleedu_essay_features.pipeline import create_pipeline

KEPT = {
    "grammar_error_rate",
    "spelling_error_rate",
    "punctuation_error_rate",
    "capitalization_error_rate",
    "agreement_error_rate",
    "tense_misuse_rate",
    "sentence_fragment_rate",
    "run_on_rate",
    "non_alnum_symbol_rate",
    "content_word_ratio",
    "avg_zipf",
    "pct_zipf_lt3",
    "noun_verb_ratio",
    "adj_adv_ratio",
    "mean_sentence_length_words",
    "sentence_length_cv",
    "clauses_per_sentence",
    "subordination_ratio",
    "mean_tunit_length_words",
    "passive_voice_rate",
    "dependency_distance_mean",
    "coordination_rate",
    "parse_depth_mean",
    "left_branching_ratio",
    "fkgl",
    "fre",
    "smog",
    "ari",
    "avg_syllables_per_word",
    "tfidf_cos_to_prompt",
    "keyword_coverage_prompt",
    "entity_overlap_prompt",
}
"""Rates, shares and means: a text and the same text twice have the same."""

DOUBLED = {"quote_mismatch_count", "total_words", "total_sentences", "total_paragraphs"}

FREE = {
    "mtld",
    "hdd",
    "ttr_lemma",
    "entity_grid_coherence",
    "adjacent_sent_sim_variance",
    "adjacent_sent_low_sim_rate",
    "lexical_overlap_prev_sent_mean",
    "lexical_overlap_prev_sent_var",
    "paragraph_thematic_overlap_mean",
    "paragraph_boundary_drop_mean",
    "doc_sent_drift_var",
    "prompt_similarity",
    "prompt_alignment_var",
}
"""Diversity falls when a text is repeated; cohesion is about what stands beside what."""

ORDERED = FREE - {"hdd", "ttr_lemma"}
"""What may change when sentences change places."""

PROMPT = "Should pupils be allowed to use mobile phones at school? Write to your head teacher."
ESSAYS = {
    "a pupil's": "dear Mr. Hall\n\nI think phones is useful becuase we can look words up, and call "
    'our parents. Some people say "phones disturb , but it is not true.\n\nFor exemple, my sister '
    "were sick last week & she could called home 2 times!! Nobody was angry :(\n\nThats why i "
    "belive that the rule should be changed. Because of my sister. Phones are good they help us "
    "learn, everybody have one it is not a problem. Thank you for reading my letter.",
    "a good one": "Mobile phones have no place in the classroom. They distract pupils who would "
    "otherwise listen; worse, they distract those who sit beside them.\n\nIt is often argued that "
    "phones are dictionaries, cameras and calendars. That is true, but a dictionary was never "
    "consulted under the table. When a tool is used mostly as a toy, it has become a toy.\n\n"
    "However, I would not forbid phones altogether. Pupils travel far, and their parents worry. "
    "Phones should therefore be handed in each morning and given back when school ends.",
}
FRAGMENTS = (
    *("the", "dog", "barks", "Anna", "I", "dont", "becuase", "running", "they're", "U.S.", "e.g."),
    *("hund", "skäller", "Åsa", "inte", "3.14", "2nd", "42", "http://a.b/c", "x@y.se", "ALLCAPS"),
    *(".", "!", "?", "...", "…", ",", ";", ":", "-", "–", "(", ")", '"', "“", "”", "'", "’", "&"),
    *(" ", "  ", "\t", "\n", "\r\n", "\n\n", "\u2028", "\u00a0", "\u200b", "\u00ad", "\x00"),
    *("😀", "👩‍👩‍👧", "❤️", "世界", "Привет", "مرحبا", "각하", "ﬁ", "İ", "ß", "e\u0301", "\u0301"),
    *("\ud800", "\udc00", "\ufffd", "\ue000", "\U000e0041", "½", "²", "Ⅷ", "۳", "_", "*", "%"),
)
MIXED = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join)
SPACED = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map(" ".join)
TEXTS = st.one_of(MIXED, SPACED, st.text(max_size=200))
ENDS = st.text(alphabet=" \n\t\r\u2028\u00a0\u3000\ufeff\u200b", max_size=5)


@pytest.fixture(scope="module")
def pipeline():
    return create_pipeline("minilm", parser="spacy", checker="local")


@pytest.fixture(scope="module")
def row(pipeline):
    """Return values by name of one essay: engineered ones only, or all."""

    def of(text, prompt=PROMPT, language="en"):
        values = pipeline.extract([EssayInput(text, prompt, language)])[0]
        return dict(zip(pipeline.schema.names, values.tolist(), strict=True))

    return of


def engineered(pipeline):
    return [feature for feature in pipeline.schema.features if feature.group != "embedding"]


def outside(pipeline, matrix):
    """Return the features, with values, that are outside the range that the schema gives."""
    wrong = []
    for column, feature in enumerate(pipeline.schema.features):
        low, high = bounds(feature.value_range)
        values = matrix[:, column][~np.isnan(matrix[:, column])]
        slack = 1e-5 * np.maximum(1, np.abs(values))
        bad = np.isinf(values) | (values < low - slack) | (values > high + slack)
        wrong += [(feature.name, feature.value_range, float(value)) for value in values[bad]]
    return wrong


def bounds(value_range):
    match = re.fullmatch(r"[\[(](\S+), (\S+)[\])]", value_range)
    assert match, f"{value_range!r} is no interval"
    low, high = (float(end.replace("−", "-").replace("∞", "inf")) for end in match.groups())
    assert low < high
    return low, high


def same(a, b, *, but=frozenset()):
    """Return the names whose values differ by more than rounding."""
    return {
        name
        for name in a
        if name not in but and a[name] != pytest.approx(b[name], rel=1e-5, abs=1e-6, nan_ok=True)
    }


def test_every_engineered_feature_is_of_one_kind(pipeline):
    """A new feature has to be thought about here."""
    names = {feature.name for feature in engineered(pipeline)}
    assert 49 == len(KEPT | DOUBLED | FREE) == len(KEPT) + len(DOUBLED) + len(FREE)
    assert set() == names - KEPT - DOUBLED - FREE


def test_every_column_has_an_interval(pipeline):
    for feature in pipeline.schema.features:
        bounds(feature.value_range)


@given(text=TEXTS, before=ENDS, after=ENDS)
@settings(max_examples=20, deadline=None)
def test_white_space_at_the_ends_changes_no_bit(pipeline, text, before, after):
    essays = [EssayInput(text, PROMPT), EssayInput(before + text + after, before + PROMPT + after)]
    plain, padded = pipeline.extract(essays)
    assert plain.tobytes() == padded.tobytes()


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\u2028", "\x85", "\x0b"])
@pytest.mark.parametrize("text", ESSAYS.values(), ids=ESSAYS)
def test_the_kind_of_line_break_changes_no_bit(pipeline, text, line_break):
    essays = [EssayInput(text, PROMPT), EssayInput(text.replace("\n", line_break), PROMPT)]
    plain, other = pipeline.extract(essays)
    assert plain.tobytes() == other.tobytes()


@given(
    essays=st.lists(st.builds(EssayInput, TEXTS, st.none() | MIXED), min_size=2, max_size=4),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=10, deadline=None)
def test_the_order_of_essays_changes_no_bit(pipeline, essays, seed):
    order = np.random.default_rng(seed).permutation(len(essays))
    expected = pipeline.extract(essays)[order]
    got = pipeline.extract([essays[index] for index in order])
    assert expected.tobytes() == got.tobytes()


@given(text=TEXTS, prompt=st.none() | TEXTS, language=st.sampled_from(["en", "sv"]))
@settings(max_examples=40, deadline=None)
def test_any_text_gives_values_within_their_ranges(pipeline, text, prompt, language):
    assert [] == outside(pipeline, pipeline.extract([EssayInput(text, prompt, language)]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "Word",
        "...",
        "\x00",
        "\ud800",
        "😀" * 300,
        "世界" * 300,
        "Привет мир. " * 40,
        "a" * 20_000,
        "a b " * 500,
        "No.\n\n" * 400,
        "(" * 500 + '"' * 501,
        "1 2 3. " * 100,
        ESSAYS["a good one"].upper(),
        ESSAYS["a good one"].replace(" ", ""),
        ESSAYS["a good one"].replace(" ", "\n"),
        (ESSAYS["a good one"] + "\n\n") * 84,
    ],
    ids=lambda text: f"{len(text)} of {text[:8]!a}",
)
def test_odd_and_long_texts_give_values_within_their_ranges(pipeline, text):
    essays = [EssayInput(text, PROMPT), EssayInput(text[:9999], text[:999], "sv")]
    matrix = pipeline.extract(essays)
    assert [] == outside(pipeline, matrix)


@pytest.mark.parametrize("text", ESSAYS.values(), ids=ESSAYS)
def test_a_text_written_twice_keeps_rates_and_doubles_counts(row, text):
    once, twice = row(text), row(f"{text}\n\n{text}")
    rest = {name for name in once if name not in KEPT}
    assert set() == same(once, twice, but=rest)
    for name in DOUBLED & once.keys():
        assert 2 * once[name] == twice[name]


@given(seed=st.integers(0, 2**16))
@settings(max_examples=5, deadline=None)
def test_the_order_of_sentences_matters_only_where_it_may(row, seed):
    sentences = re.split(r"(?<=[.]) ", ESSAYS["a good one"].replace("\n\n", " "))
    order = np.random.default_rng(seed).permutation(len(sentences))
    first, other = row(" ".join(sentences)), row(" ".join(sentences[index] for index in order))
    embedding = {name for name in first if name.startswith("emb_")}
    assert set() == same(first, other, but=ORDERED | embedding)


def test_the_two_essays_differ_in_every_engineered_feature(pipeline, row):
    """So that the properties above are not those of constants."""
    poor, good = (row(text) for text in ESSAYS.values())
    assert set() == {feature.name for feature in engineered(pipeline)} - same(poor, good)


@pytest.mark.corpus
def test_real_essays_give_values_within_their_ranges(pipeline, ellipse_csv):
    """And no engineered feature is the same for all of them."""
    with ellipse_csv.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))[::45]
    matrix = pipeline.extract([EssayInput(r["full_text"], r["prompt"]) for r in rows])
    assert [] == outside(pipeline, matrix)
    for column, feature in enumerate(engineered(pipeline)):
        values = matrix[:, column][~np.isnan(matrix[:, column])]
        assert len(values) >= len(rows) / 2, feature.name
        # One essay in a hundred leaves a quotation mark open.
        assert len(np.unique(values)) > 1 or feature.name == "quote_mismatch_count", feature.name
