"""Parts of speech and sentence structure by spaCy's pipelines."""

import subprocess
import sys

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.parsing import engine, network
from huleedu_essay_features.parsing.models import find_model
from huleedu_essay_features.parsing.spacy_parser import SpacyParser
from huleedu_ml_training.testing.fakes.parser import ChainParser
from huleedu_ml_training.testing.parser_suite import SyntaxParserSuite, assert_sound

PARSER = SpacyParser(["en"])
SENTENCES = (
    "The dog, which I don't like, barks.",
    "Students should participate in sports, or serve on the council!",
    "i think that its a good idea becuase he go to school every day",
    "In my opinion, the rules were made by 12 teachers at Generic_School.",
    "Was it good?",
    "Because it rained, we stayed at home and read two books.",
)


class TestSpacyParser(SyntaxParserSuite):
    @pytest.fixture
    def parser(self):
        return PARSER


class TestChainParser(SyntaxParserSuite):
    @pytest.fixture(params=[("en", "sv"), ("sv",)], ids=str)
    def parser(self, request):
        return ChainParser(request.param)


def parse(text):
    return PARSER.parse(EssayDocument(text))


def tokens(text):
    (sentence,) = parse(text)
    return sentence.tokens


def outline(text):
    """Each token of a one-sentence text as ``text/part of speech/relation>head``."""
    words = tokens(text)
    return [f"{each.text}/{each.upos}/{each.dep}>{words[each.head].text}" for each in words]


@pytest.mark.parametrize(
    "expected",
    [
        """
        She/PRON/nsubj:pass>seen was/AUX/aux:pass>seen seen/VERB/root>seen by/ADP/case>seen
        the/DET/det>teacher teacher/NOUN/obl:agent>by ./PUNCT/punct>seen
        """,
        """
        I/PRON/nsubj>think do/AUX/aux>think not/PART/advmod>think think/VERB/root>think
        that/SCONJ/mark>is he/PRON/nsubj>is is/AUX/ccomp>think happy/ADJ/xcomp:pred>is
        ./PUNCT/punct>think
        """,
        """
        There/PRON/expl>is is/VERB/root>is a/DET/det>problem problem/NOUN/xcomp:pred>is
        with/ADP/case>problem this/PRON/nmod>with ./PUNCT/punct>is
        """,
        """
        Dogs/NOUN/nsubj>like and/CCONJ/cc>Dogs cats/NOUN/conj>Dogs like/VERB/root>like
        to/PART/aux>live live/VERB/xcomp>like in/ADP/case>live my/PRON/nmod:poss>house
        house/NOUN/obl>in without/ADP/mark>live fighting/VERB/advcl>without
        ./PUNCT/punct>like
        """,
        """
        My/PRON/nmod:poss>mother mother/NOUN/nmod:poss>friend 's/PART/case>mother
        friend/NOUN/nsubj>gave gave/VERB/root>gave me/PRON/iobj>gave an/DET/det>apple
        apple/NOUN/obj>gave ./PUNCT/punct>gave
        """,
    ],
)
def test_labels_are_universal(expected):
    text = " ".join(token.partition("/")[0] for token in expected.split())

    assert expected.split() == outline(text)


def test_capitals_do_not_change_a_copula():
    assert ["PRON", "AUX", "ADP", "DET", "NOUN", "PUNCT"] == [
        token.upos for token in tokens("We ARE at a café.")
    ]


def test_tags_are_those_of_the_penn_treebank():
    tags = [token.tag for token in tokens("The dogs didn't bark at him, who left.")]

    assert ["DT", "NNS", "VBD", "RB", "VB", "IN", "PRP", ",", "WP", "VBD", "."] == tags


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("I  don't \tlike it.", "I don't like it."),
        ("I don’t like “it”.", 'I don\'t like "it".'),
        ("A well\u2010known\u00a0man.", "A well-known man."),
    ],
)
def test_spaces_and_marks_do_not_matter(written, plain):
    got, expected = tokens(written), tokens(plain)

    assert [(each.upos, each.tag, each.dep, each.head) for each in expected] == [
        (each.upos, each.tag, each.dep, each.head) for each in got
    ]
    assert "".join(written.split()) == "".join(each.text for each in got)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8), st.sampled_from([" ", "\n\n"]))
def test_each_sentence_is_parsed_on_its_own(chosen, separator):
    document = EssayDocument(separator.join(chosen))
    own = [document.text[each.start : each.end] for each in document.sentences]

    expected = [outline(sentence) for sentence in own]

    assert expected == [
        [f"{each.text}/{each.upos}/{each.dep}>{words[each.head].text}" for each in words]
        for words in (sentence.tokens for sentence in PARSER.parse(document))
    ]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_any_text_has_a_sound_parse(text):
    document = EssayDocument(text)

    assert_sound(PARSER.parse(document), document)


def test_the_documents_sentences_are_kept():
    text = "We saw Mr. Smith i.e. him... and left .Then home.Now"
    document = EssayDocument(text)

    starts = [sentence.tokens[0].start for sentence in PARSER.parse(document)]

    assert [sentence.start for sentence in document.sentences] == starts
    assert len(starts) > 1


@pytest.mark.parametrize("text", [f"We {'ha' * 500} saw  it.", f"We  {'ha' * 101} saw it."])
def test_offsets_hold_after_an_overlong_word(text):
    assert ["saw", "it", "."] == [text[each.start : each.end] for each in tokens(text)][-3:]


def test_ten_thousand_words_are_parsed():
    document = EssayDocument("The quick brown dog saw 12 cats. " * 1429)

    parsed = PARSER.parse(document)

    assert 1429 == len(parsed)
    assert 1 == len({tuple((t.upos, t.dep, t.head) for t in each.tokens) for each in parsed})


@pytest.fixture(scope="module")
def nlp():
    return spacy.load(
        find_model("en").directory, exclude=["attribute_ruler", "lemmatizer", "ner", "senter"]
    )


def test_networks_are_those_of_spacy(nlp):
    own = PARSER._engine("en").parse(SENTENCES)

    for sentence, labelled in zip(SENTENCES, own, strict=True):
        doc = nlp(sentence)
        assert [token.idx for token in doc] == labelled.starts
        assert [token.idx + len(token) for token in doc] == labelled.ends
        assert [token.tag_ for token in doc] == labelled.tags
        assert [token.dep_ for token in doc] == labelled.deps
        assert [token.head.i for token in doc] == labelled.heads


def test_relations_that_a_model_never_saw_are_not_chosen(nlp):
    parser = nlp.get_pipe("parser")
    moves = [parser.moves.class_name(index) for index in range(parser.moves.n_moves)]
    parser.model.attrs["unseen_classes"] = {moves.index("L-det")}
    try:
        expected = nlp(SENTENCES[0])
        own = nlp.make_doc(SENTENCES[0])
        vectors = network.TokenEncoder(nlp.get_pipe("tok2vec").model)([own])
        network.TransitionNetwork(parser).annotate([own], vectors)
    finally:
        parser.model.attrs["unseen_classes"] = set()

    assert "det" not in {token.dep_ for token in own}
    assert [(each.dep_, each.head.i) for each in expected] == [
        (each.dep_, each.head.i) for each in own
    ]


def test_no_two_essays_share_memory_for_ever(monkeypatch):
    parser = SpacyParser(["en"])
    before = parser.parse(EssayDocument(SENTENCES[0]))
    first = parser._engine("en")
    monkeypatch.setattr(engine, "_MOST_WORDS", 0)

    after = parser.parse(EssayDocument(SENTENCES[0]))

    assert before == after
    assert first is not parser._engine("en")


def test_nothing_heavy_is_imported_before_the_first_text():
    code = (
        "import sys; from huleedu_essay_features.parsing.spacy_parser import SpacyParser; "
        "parser = SpacyParser(); parser.identity; sys.exit('spacy' in sys.modules)"
    )

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
