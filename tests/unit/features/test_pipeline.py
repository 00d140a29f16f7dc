"""The standard pipeline in one process."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_essay_features import EssayInput, FeatureDefinition
from huleedu_essay_features.errors import (
    EssayExtractionError,
    UnknownPartError,
    UnsupportedLanguageError,
)
from huleedu_essay_features.extraction import FeaturePipeline
from huleedu_essay_features.pipeline import create_pipeline
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.pipeline_suite import FeaturePipelineSuite

ENGINEERED = [
    "grammar_error_rate",
    "spelling_error_rate",
    "punctuation_error_rate",
    "capitalization_error_rate",
    "agreement_error_rate",
    "tense_misuse_rate",
    "sentence_fragment_rate",
    "run_on_rate",
    "quote_mismatch_count",
    "non_alnum_symbol_rate",
    "mtld",
    "hdd",
    "ttr_lemma",
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
    "entity_grid_coherence",
    "adjacent_sent_sim_variance",
    "adjacent_sent_low_sim_rate",
    "lexical_overlap_prev_sent_mean",
    "lexical_overlap_prev_sent_var",
    "paragraph_thematic_overlap_mean",
    "paragraph_boundary_drop_mean",
    "doc_sent_drift_var",
    "fkgl",
    "fre",
    "smog",
    "ari",
    "avg_syllables_per_word",
    "total_words",
    "total_sentences",
    "total_paragraphs",
    "prompt_similarity",
    "tfidf_cos_to_prompt",
    "keyword_coverage_prompt",
    "entity_overlap_prompt",
    "prompt_alignment_var",
]

ON_VECTORS = {
    "prompt_similarity",
    "prompt_alignment_var",
    "adjacent_sent_sim_variance",
    "adjacent_sent_low_sim_rate",
    "paragraph_boundary_drop_mean",
    "doc_sent_drift_var",
}
ON_THE_PARSE = {
    "sentence_fragment_rate",
    "run_on_rate",
    "content_word_ratio",
    "noun_verb_ratio",
    "adj_adv_ratio",
    "clauses_per_sentence",
    "subordination_ratio",
    "mean_tunit_length_words",
    "passive_voice_rate",
    "dependency_distance_mean",
    "coordination_rate",
    "parse_depth_mean",
    "left_branching_ratio",
    "entity_grid_coherence",
    "entity_overlap_prompt",
}
ON_THE_CHECKER = {"grammar_error_rate", "agreement_error_rate", "tense_misuse_rate"}

ENGLISH = "The dog barks loudly. It is loud, and nobody sleeps.\n\nTherefore we moved away."
SWEDISH = "Hunden skäller högt. Det låter illa, och ingen sover.\n\nDärför flyttade vi."


@pytest.fixture(scope="module")
def engineered():
    return create_pipeline("none")


@pytest.fixture(scope="module")
def full():
    return create_pipeline("minilm")


class TestEngineeredPipeline(FeaturePipelineSuite):
    @pytest.fixture
    def pipeline(self, engineered):
        return engineered


class TestFullPipeline(FeaturePipelineSuite):
    @pytest.fixture
    def pipeline(self, full):
        return full


class TestCountingPipeline(FeaturePipelineSuite):
    @pytest.fixture
    def pipeline(self):
        return CountingFeaturePipeline()


def test_columns_are_the_engineered_features_and_the_embedding(full):
    assert [*ENGINEERED, *(f"emb_{i:03d}" for i in range(384))] == list(full.schema.names)
    assert tuple(range(49, 433)) == full.schema.columns("embedding")


def test_without_an_embedder_nothing_needs_one(engineered):
    assert [name for name in ENGINEERED if name not in ON_VECTORS] == list(engineered.schema.names)


def test_without_parser_and_checker_nothing_needs_one(full):
    plain = create_pipeline("minilm", parser="none", checker="none")
    left_out = [name for name in ENGINEERED if name not in plain.schema.names]
    assert sorted({*ON_THE_PARSE, *ON_THE_CHECKER}) == sorted(left_out)
    assert full.schema.names[49:] == plain.schema.names[49 - len(left_out) :]


def test_the_digest_tells_pipelines_apart(engineered, full):
    assert engineered.schema.digest != full.schema.digest
    assert full.schema.digest == create_pipeline("minilm").schema.digest


def test_an_unknown_embedder_is_refused_with_the_known_ones():
    with pytest.raises(UnknownPartError, match="'bert'") as caught:
        create_pipeline("bert")
    assert "minilm, proficiency, none" in caught.value.remedy


@pytest.mark.parametrize("workers", [1, 2])
def test_another_language_is_refused_before_anything_starts(workers):
    pipeline = create_pipeline("none", workers=workers)
    essays = [EssayInput(ENGLISH)] * 40 + [EssayInput("Hallo.", language="de")]
    with pytest.raises(UnsupportedLanguageError) as caught:
        pipeline.extract(essays)
    assert (40, "de") == (caught.value.index, caught.value.language)


def test_swedish_has_everything_but_what_is_made_for_english(full):
    names = np.array(full.schema.names)
    prompt = "Skriv om en hund."
    essay = SWEDISH * 12
    english = full.extract([EssayInput(ENGLISH * 12, "Write about a dog.")])[0]
    swedish = full.extract([EssayInput(essay, prompt, "sv")])[0]
    assert [] == names[np.isnan(english)].tolist()
    english_only = {"fkgl", "fre", "smog", *ON_VECTORS, *ON_THE_PARSE}
    expected = [*(name for name in ENGINEERED if name in english_only), *names[49:]]
    assert expected == names[np.isnan(swedish)].tolist()


def test_an_empty_essay_has_counts_and_nothing_else(full):
    row = full.extract([EssayInput("  \n", "Write about a dog.")])[0]
    defined = np.array(full.schema.names)[~np.isnan(row)].tolist()
    counts = ["quote_mismatch_count", "total_words", "total_sentences", "total_paragraphs"]
    # None of the prompt's words occurs in it: that is defined, and 0.
    assert [*counts, "keyword_coverage_prompt", "entity_overlap_prompt"] == defined
    assert not row[~np.isnan(row)].any()


def test_an_essay_on_its_prompt_is_nearer_to_it_than_one_off_it(full):
    prompt = "Should pupils be allowed to use mobile phones in school?"
    on = "Phones distract pupils from lessons. A school that forbids mobiles teaches better."
    off = "My grandmother bakes bread every Sunday. The smell of the oven fills her kitchen."
    column = full.schema.names.index("prompt_similarity")
    near, far = full.extract([EssayInput(on, prompt), EssayInput(off, prompt)])[:, column]
    assert near > 0.4 > far


@given(text=st.text(max_size=300), ends=st.text(alphabet=" \n\t\r\u2028", max_size=5))
@settings(max_examples=60, deadline=None)
def test_white_space_at_the_ends_changes_nothing(engineered, text, ends):
    plain, padded = engineered.extract([EssayInput(text), EssayInput(ends + text + ends)])
    assert plain.tobytes() == padded.tobytes()


@given(text=st.text(max_size=400), prompt=st.none() | st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_values_within_their_ranges(engineered, text, prompt):
    for language in ("en", "sv"):
        row = engineered.extract([EssayInput(text, prompt, language)])[0]
        for feature, value in zip(engineered.schema.features, row, strict=True):
            low, high = (_bound(part) for part in feature.value_range.strip("[]()").split(", "))
            slack = 1e-5 * max(1, abs(value))
            assert np.isnan(value) or low - slack <= value <= high + slack, feature.name


def _bound(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


@given(st.permutations(["Dogs bark.", "Cats sleep all day long.", "It is late, they say."]))
@settings(deadline=None)
def test_order_of_sentences_matters_to_cohesion_only(engineered, order):
    cohesion = list(engineered.schema.columns("cohesion"))
    first, other = engineered.extract(
        [EssayInput(" ".join(sorted(order))), EssayInput(" ".join(order))]
    )
    first[cohesion] = other[cohesion] = 0
    np.testing.assert_allclose(first, other, rtol=1e-6)


def test_writing_a_text_twice_doubles_counts_and_keeps_rates(engineered):
    once, twice = engineered.extract([EssayInput(ENGLISH), EssayInput(f"{ENGLISH}\n\n{ENGLISH}")])
    for name in ("total_words", "total_sentences", "total_paragraphs"):
        column = engineered.schema.names.index(name)
        assert 2 * once[column] == twice[column]
    for name in ("avg_zipf", "fkgl", "mean_sentence_length_words", "punctuation_error_rate"):
        column = engineered.schema.names.index(name)
        assert once[column] == pytest.approx(twice[column], rel=1e-6)


class _Overflowing:
    definitions = (FeatureDefinition("huge", "structure", "count", "Too large for float32."),)
    identity = {"huge": "1"}  # noqa: RUF012 - as any mapping

    def extract(self, document):
        return (1e300 if document.words else math.nan,)


def test_an_infinity_is_an_error_that_names_feature_and_essay():
    pipeline = FeaturePipeline([_Overflowing()])
    with pytest.raises(EssayExtractionError, match="feature huge is infinite") as caught:
        pipeline.extract([EssayInput(""), EssayInput("word")])
    assert 1 == caught.value.index
