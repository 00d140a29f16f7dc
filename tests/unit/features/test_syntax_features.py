"""The features that rest on a parser, by examples worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_essay_features import EssayInput
from huleedu_essay_features.analysis import Analysers, ParsedSentence, ParsedToken
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.extraction import FeaturePipeline
from huleedu_essay_features.extractors import (
    CohesionExtractor,
    LexicalExtractor,
    SyntaxExtractor,
    TaskExtractor,
)
from huleedu_essay_features.extractors.clauses import ClauseCounts, count_clauses
from huleedu_essay_features.parsing.spacy_parser import SpacyParser
from huleedu_ml_training.testing.fakes.parser import ChainParser

PARSER = SpacyParser(["en"])
EXTRACTORS = (LexicalExtractor, SyntaxExtractor, CohesionExtractor, TaskExtractor)
NAMES = [
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
]
OF_SENTENCES = NAMES[:11]
"""Those to which the order of the sentences does not matter."""

RAIN = "Because it rained, the old man who lives here stayed at home and read two books."
RAIN_PARSE = """
    mark>rained nsubj>rained advcl>stayed punct>rained det>man amod>man nsubj>stayed nsubj>lives
    acl:relcl>man advmod>lives root>stayed case>stayed obl>at cc>stayed conj>stayed nummod>books
    obj>read punct>stayed
"""
SENTENCES = (
    RAIN,
    "She was seen by the teacher, but nothing happened.",
    "Going to school is  really hard for them",
    "i think that its a good idea, students likes it.",
    "What a day!",
)


def make_pipeline(parser):
    analysers = Analysers(parser=parser)
    return FeaturePipeline([extractor(analysers) for extractor in EXTRACTORS], analysers)


PIPELINE = make_pipeline(PARSER)


def features(text, *, prompt=None, language="en", pipeline=PIPELINE):
    row = pipeline.extract([EssayInput(text, prompt, language)])[0]
    return dict(zip(pipeline.schema.names, map(float, row), strict=True))


def relations(text):
    (sentence,) = PARSER.parse(EssayDocument(text))
    return [f"{each.dep}>{sentence.tokens[each.head].text}" for each in sentence.tokens]


def near(expected):
    return pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_the_example_is_parsed_as_it_was_by_hand():
    assert RAIN_PARSE.split() == relations(RAIN)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # 16 words: 3 nouns, 4 verbs, 1 adjective, 1 adverb, and 7 others.
        ("content_word_ratio", 9 / 16),
        ("noun_verb_ratio", 3 / 4),
        ("adj_adv_ratio", 1 / 1),
        # rained, lives, stayed; read has no subject of its own.
        ("clauses_per_sentence", 3),
        ("subordination_ratio", 2 / 3),
        ("mean_tunit_length_words", 16),
        ("passive_voice_rate", 0),
        # In words: 2 1 7, 2 1 4 1 2 1, 1 1, 3 4, 1 2 over 15 dependencies.
        ("dependency_distance_mean", 33 / 15),
        ("coordination_rate", 100 / 16),
        # stayed < man < lives < who
        ("parse_depth_mean", 3),
        # Because it rained the old man who two stand before their heads.
        ("left_branching_ratio", 8 / 15),
    ],
)
def test_reference_values(name, expected):
    assert near(expected) == features(RAIN)[name]


@pytest.mark.parametrize(
    ("text", "parse", "clauses", "subordinate"),
    [
        ("Go home now.", "root>Go advmod>Go advmod>Go punct>Go", 1, 0),
        (
            "He came and left.",
            "nsubj>came root>came cc>came conj>came punct>came",
            1,
            0,
        ),
        (
            "He came and she left.",
            "nsubj>came root>came cc>came nsubj>left conj>came punct>left",
            2,
            0,
        ),
        (
            "He said that he came and she left.",
            """
            nsubj>said root>said mark>came nsubj>came ccomp>said cc>came nsubj>left conj>came
            punct>said
            """,
            3,
            2,
        ),
        (
            "I like dogs, they are loyal.",
            "nsubj>like ccomp>are obj>like punct>are nsubj>are root>are xcomp:pred>are punct>are",
            2,
            0,
        ),
        (
            "He wants to go to school.",
            "nsubj>wants root>wants aux>go xcomp>wants case>go obl>to punct>wants",
            1,
            0,
        ),
        (
            "They will have been waiting.",
            "nsubj>waiting aux>waiting aux>waiting aux>waiting root>waiting punct>waiting",
            1,
            0,
        ),
        ("A very good idea.", "det>idea advmod>good amod>idea root>idea punct>idea", 0, 0),
    ],
)
def test_clauses(text, parse, clauses, subordinate):
    assert parse.split() == relations(text)

    got = features(text)

    assert clauses == got["clauses_per_sentence"]
    assert near(subordinate / clauses if clauses else math.nan) == got["subordination_ratio"]
    main = clauses - subordinate
    n_words = features(text)["mean_sentence_length_words"]
    assert near(n_words / main if main else math.nan) == got["mean_tunit_length_words"]


def swedish(rows):
    """A sentence from ``form/part of speech/tag/relation/head`` of each token."""
    tokens = []
    start = 0
    for row in rows.split():
        form, upos, tag, dep, head = row.split("/")
        tokens.append(ParsedToken(start, start + len(form), form, upos, tag, dep, int(head)))
        start += len(form) + 1
    return ParsedSentence(tuple(tokens))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            """
            Hon/PRON/PN|UTR/nsubj/2 är/AUX/VB|PRS|AKT/cop/2 glad/ADJ/JJ|POS/root/2
            eftersom/SCONJ/SN/mark/5 Maria/PROPN/PM|NOM/nsubj/5 kommer/VERB/VB|PRS|AKT/advcl/2
            """,
            ClauseCounts(clauses=2, subordinate=1),
        ),
        (
            """
            Gå/VERB/VB|IMP|AKT/root/0 hem/ADV/AB/advmod/0 och/CCONJ/KN/cc/3
            sov/VERB/VB|IMP|AKT/conj/0
            """,
            ClauseCounts(clauses=1, subordinate=0),
        ),
        (
            """
            Att/PART/IE/mark/1 läsa/VERB/VB|INF|AKT/csubj/3 är/AUX/VB|PRS|AKT/cop/3
            bra/ADJ/JJ|POS/root/3
            """,
            ClauseCounts(clauses=1, subordinate=0),
        ),
    ],
)
def test_swedish_clauses(rows, expected):
    assert expected == count_clauses(swedish(rows))


@pytest.mark.parametrize(
    ("text", "parse", "per_words"),
    [
        (
            "She was seen by him.",
            "nsubj:pass>seen aux:pass>seen root>seen case>seen obl:agent>by punct>seen",
            1 / 5,
        ),
        (
            "The rules were made here.",
            "det>rules nsubj:pass>made aux:pass>made root>made advmod>made punct>made",
            1 / 5,
        ),
        ("They made the rules.", "nsubj>made root>made det>rules obj>made punct>made", 0),
    ],
)
def test_passive_voice_rate(text, parse, per_words):
    assert parse.split() == relations(text)
    assert near(100 * per_words) == features(text)["passive_voice_rate"]


def test_coordination_counts_every_further_member():
    text = "We like red, green and blue birds."
    expected = "nsubj>like root>like amod>birds punct>red conj>red cc>green conj>green obj>like"

    assert [*expected.split(), "punct>like"] == relations(text)
    assert near(100 * 2 / 7) == features(text)["coordination_rate"]


def test_features_of_a_chain():
    got = features("one two, three four. Five six!", pipeline=make_pipeline(ChainParser()))

    # The comma breaks the chain of words: it heads "three", and marks do not count.
    assert 1 == got["dependency_distance_mean"]
    assert 0 == got["left_branching_ratio"]
    assert near((4 + 1) / 2) == got["parse_depth_mean"]
    assert 1 == got["content_word_ratio"]
    assert math.isnan(got["noun_verb_ratio"])
    assert math.isnan(got["adj_adv_ratio"])
    assert 0 == got["clauses_per_sentence"]
    assert math.isnan(got["mean_tunit_length_words"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # dog 3, cat 2; cat 3, bird 2
        ("The dog chased the cat. The cat saw a bird.", 2 * 3 / 13),
        # A third sentence without an entity shares none.
        ("The dog chased the cat. The cat saw a bird. It rained.", 3 / 13),
        ("It rained. They left. The dog barks.", 0),
        # dog 3, cat 3; cat 3: a conjunct has the role of the first
        ("Dogs and cats barked. The cat slept.", 9 / (math.sqrt(18) * 3)),
        # friend 3, house 1; friend 1, house 3; what is part of a name is none of its own
        ("My friends live in a tree house. The house is for a friend.", 6 / 10),
        # The weightier role counts: cat 3 in both.
        ("The cat saw a cat. The cat slept.", 1),
        ("The dog chased the cat.", math.nan),
        ("It rained. They left.", math.nan),
    ],
)
def test_entity_grid_coherence(text, expected):
    assert near(expected) == features(text)["entity_grid_coherence"]


@pytest.mark.parametrize(
    ("text", "prompt", "expected"),
    [
        ("The dog sleeps. Schools are closed.", "Should students have a dog at school?", 2 / 3),
        ("The dog sleeps.", "Should students study?", 0),
        ("", "Should students study?", 0),
        ("The dog sleeps.", "Why?", math.nan),
        ("The dog sleeps.", "", math.nan),
        ("The dog sleeps.", None, math.nan),
    ],
)
def test_entity_overlap_prompt(text, prompt, expected):
    assert near(expected) == features(text, prompt=prompt)["entity_overlap_prompt"]


@pytest.mark.parametrize(
    ("text", "undefined"),
    [
        ("", NAMES),
        (
            "Hello",
            [
                "noun_verb_ratio",
                "adj_adv_ratio",
                "subordination_ratio",
                "mean_tunit_length_words",
                "dependency_distance_mean",
                "left_branching_ratio",
                "entity_grid_coherence",
                "entity_overlap_prompt",
            ],
        ),
    ],
)
def test_what_is_undefined_is_nan(text, undefined):
    got = features(text)

    assert undefined == [name for name in NAMES if math.isnan(got[name])]


def test_contracted_forms_are_words_but_no_entities():
    got = features("That's my friend's dog's. It's the 's.")

    assert 0 < got["content_word_ratio"] < 1


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6).flatmap(
        lambda chosen: st.tuples(st.just(chosen), st.permutations(chosen))
    )
)
def test_order_spaces_and_repetition_do_not_matter(chosen_and_shuffled):
    chosen, shuffled = chosen_and_shuffled
    variants = [
        "\n\n".join(chosen),
        "\n\n".join(shuffled),
        "\n\n".join(chosen * 2),
        "\n \t\n".join(each.replace(" ", "   ") for each in chosen),
    ]

    values = [[features(text)[name] for name in OF_SENTENCES] for text in variants]

    for other in values[1:]:
        np.testing.assert_allclose(other, values[0], rtol=1e-6)


def test_without_a_parser_there_are_no_such_columns():
    with_parser, without = PIPELINE.schema.names, make_pipeline(None).schema.names

    assert set(NAMES) == set(with_parser) - set(without)
    assert [name for name in with_parser if name not in NAMES] == list(without)


def test_a_language_that_the_parser_does_not_speak_gives_nan_with_the_reason():
    got = features("Hunden skäller. Den är stor.", prompt="Hundar?", language="sv")
    notes = {each.name: each.language_note for each in PIPELINE.schema.features}

    assert all(math.isnan(got[name]) for name in NAMES)
    assert {"the syntax parser in use does not know Swedish"} == {notes[name] for name in NAMES}
    assert not math.isnan(got["ttr_lemma"])


def test_values_of_any_text_are_in_range():
    texts = [*SENTENCES, " ".join(SENTENCES), "a b c d e", "... 😀 x", "and and and", "1 2 3"]
    for text in texts:
        got = features(text, prompt=RAIN)
        for definition in PIPELINE.schema.features:
            value = got[definition.name]
            low, high = definition.value_range[1:-1].replace("−", "-").split(", ")
            assert math.isnan(value) or float(low) <= value <= float(high.replace("∞", "inf"))
