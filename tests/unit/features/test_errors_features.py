"""Rates of mistakes that a checker or a parser shows, by examples worked out by hand."""

import math

import pytest

from huleedu_essay_features import EssayInput
from huleedu_essay_features.analysis import (
    Analysers,
    IssueCategory,
    LanguageIssue,
    ParsedSentence,
    ParsedToken,
)
from huleedu_essay_features.checking.english_syntax import (
    RULES,
    Sentence,
    find_issues,
    is_fragment,
    is_run_on,
)
from huleedu_essay_features.checking.local import LocalChecker
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.extraction import FeaturePipeline
from huleedu_essay_features.extractors.errors import ErrorsExtractor
from huleedu_essay_features.parsing.spacy_parser import SpacyParser

ANALYSERS = Analysers(parser=SpacyParser(), checker=LocalChecker())
PIPELINE = FeaturePipeline([ErrorsExtractor(ANALYSERS)], ANALYSERS)
ORDER = (
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
)


class Reports:
    """A checker that says what it was told to."""

    languages = ("en", "sv")
    identity = {"checker": "reports"}  # noqa: RUF012 - a constant of the protocol

    def __init__(self, *spans):
        self.spans = spans

    def check(self, document):
        return tuple(
            LanguageIssue(start, end, category, "rule", "message")
            for start, end, category in self.spans
        )


def features(text, language="en", analysers=ANALYSERS):
    extractor = ErrorsExtractor(analysers)
    values = extractor.extract(EssayDocument(text, language, analysers=analysers))
    return dict(zip((d.name for d in extractor.definitions), values, strict=True))


def rules(text):
    document = EssayDocument(text, analysers=ANALYSERS)
    sentences = tuple(Sentence(parsed) for parsed in document.parsed)
    return [(document.text[i.start : i.end], i.rule) for i in find_issues(sentences)]


def sentence(text):
    (parsed,) = EssayDocument(text, analysers=ANALYSERS).parsed
    return Sentence(parsed)


def test_the_ten_features_stand_in_order():
    assert ORDER == PIPELINE.schema.names


@pytest.mark.parametrize(
    ("language", "text", "grammar", "agreement", "tense", "words"),
    [
        ("en", "My friend reads a book every day.", 0, 0, 0, 7),
        ("en", "My friend likes many book. She have two dog.", 3, 3, 0, 9),
        ("en", "She can helped me. I didn't went there.", 2, 0, 2, 8),
        ("en", "I know there names. He like to to swim.", 3, 1, 0, 9),
        ("en", "It is important because is good for you.", 1, 0, 0, 8),
        ("sv", "Min vän läser en bok varje dag.", 0, 0, 0, 7),
        ("sv", "Jag har ett bil. Han kan gjorde det till de.", 3, 1, 1, 10),
    ],
)
def test_grammar_agreement_and_tense(language, text, grammar, agreement, tense, words):
    values = features(text, language)
    expected = [100 * n / words for n in (grammar, agreement, tense)]
    names = ("grammar_error_rate", "agreement_error_rate", "tense_misuse_rate")
    assert pytest.approx(expected) == [values[name] for name in names]


def test_mistakes_that_overlap_count_once():
    agreement, grammar, tense, style = (
        IssueCategory.AGREEMENT,
        IssueCategory.GRAMMAR,
        IssueCategory.TENSE,
        IssueCategory.STYLE,
    )
    checker = Reports(
        (0, 6, grammar), (4, 10, tense), (8, 9, agreement), (10, 12, tense), (0, 30, style)
    )
    values = features("one two three four five", analysers=Analysers(checker=checker))
    assert 100 * 2 / 5 == values["grammar_error_rate"]  # 0 to 10, and 10 to 12
    assert 100 * 2 / 5 == values["tense_misuse_rate"]
    assert 100 * 1 / 5 == values["agreement_error_rate"]


def test_the_parser_adds_to_the_checker_and_repeats_nothing():
    text = "He go to school. The student need help."
    checker_alone = features(text, analysers=Analysers(checker=ANALYSERS.checker))
    assert pytest.approx(100 * 1 / 8) == checker_alone["agreement_error_rate"]
    assert pytest.approx(100 * 2 / 8) == features(text)["agreement_error_rate"]


@pytest.mark.parametrize(
    ("text", "fragments", "run_ons", "sentences"),
    [
        ("I like school. Because it is fun. She left when it rained.", 1, 0, 3),
        ("Running in the park. Stop it now! Is it?", 1, 0, 3),
        ("The dogs in the street. The one who won. If you want it, take it.", 2, 0, 3),
        ("I like school, it is fun. I came and I saw.", 0, 1, 2),
        ("He was tired, he went home. When he was tired, he slept.", 0, 1, 2),
        ("They think that it works. She said, it is mine.", 0, 0, 2),
        ("We came, we saw, and we won. I like it; it is fun.", 0, 0, 2),
    ],
)
def test_fragments_and_run_ons(text, fragments, run_ons, sentences):
    values = features(text)
    assert pytest.approx(fragments / sentences) == values["sentence_fragment_rate"]
    assert pytest.approx(run_ons / sentences) == values["run_on_rate"]


@pytest.mark.parametrize(
    ("text", "word", "rule"),
    [
        ("The students needs more time.", "needs", "en-subject-verb"),
        ("My teacher give us homework.", "give", "en-subject-verb"),
        ("People who works hard win.", "works", "en-subject-verb"),
        ("There is many reasons for this.", "is", "en-there-agreement"),
        ("We learned many thing there.", "thing", "en-determiner-plural"),
        ("I have two reason for this.", "reason", "en-determiner-plural"),
        ("This clubs are open.", "clubs", "en-determiner-singular"),
        ("It is one of the reason to stay.", "reason", "en-one-of"),
        ("They can helped other people.", "helped", "en-modal-form"),
        ("She wants to became a doctor.", "became", "en-to-form"),
        ("He did not went home.", "went", "en-do-form"),
        ("They have went home.", "went", "en-have-form"),
        ("Phones are allow in class.", "allow", "en-be-form"),
        ("They use the phone for get help.", "get", "en-preposition-form"),
        ("You can to go there.", "to", "en-modal-to"),
        ("They want go home now.", "go", "en-to-missing"),
        ("Is important to study.", "Is", "en-subject-missing"),
        ("I agree because is a good idea.", "is", "en-subject-missing"),
        ("I have phone at home.", "phone", "en-article-missing"),
        ("She works with other student.", "student", "en-other-number"),
        ("They no have time.", "no", "en-no-not"),
    ],
)
def test_every_rule_finds_its_mistake(text, word, rule):
    assert (word, rule) in rules(text)


def test_the_examples_above_break_every_rule():
    parameters = test_every_rule_finds_its_mistake.pytestmark[0].args[1]
    assert RULES.keys() == {rule for _, _, rule in parameters}


@pytest.mark.parametrize(
    "text",
    [
        "My friends and I were late, but the teacher was not angry.",
        "If I were you, I would not go. I wish she were here.",
        "She suggested that he go home. They made him stay and help.",
        "There are a lot of reasons, and there is one more.",
        "A few friends of mine have a two-hour lesson every other week.",
        "One of my best friends has never been abroad.",
        "She does not know what she wants to become.",
        "People who work hard often win, and the number of winners is growing.",
        "I do everything I can to win. She has to go now.",
        "For example, students need help with homework and other things.",
        "In my opinion, a person who reads is happier than one who does not.",
        "What matters is that everyone has a chance. Who knows?",
        "Is it important? No, do not worry. They said no.",
        "Almost 90% of people seek advice.",
        "He let it go, had it cut and put it back.",
    ],
)
def test_correct_english_breaks_no_rule(text):
    assert [] == rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "Come here and help me.",
        "Dear Ms Andersson,",
        "Why I like summer",
        "What a day it was!",
        "How could they do that?",
        "I know who they are.",
        "Because it rained, we stayed at home.",
        "After school we play football.",
    ],
)
def test_these_are_no_fragments(text):
    assert not is_fragment(sentence(text))


@pytest.mark.parametrize(
    "text",
    [
        "Although it rained, we went out.",
        "If they win, they will be happy.",
        "I think it is good.",
        "“I like it,” she said.",
        "He came, so we left.",
        "Not only did he pass, he also won.",
        "The man, who was old, sat down.",
    ],
)
def test_these_are_no_run_ons(text):
    assert not is_run_on(sentence(text))


@pytest.mark.parametrize("language", ["en", "sv"])
def test_a_text_without_words_has_no_rates(language):
    values = features("?! ...", language)
    assert 0 == values.pop("quote_mismatch_count")
    assert all(map(math.isnan, values.values()))


def test_without_a_checker_or_parser_their_features_are_left_out():
    checker_only = set(features("I go.", analysers=Analysers(checker=ANALYSERS.checker)))
    parser_only = set(features("I go.", analysers=Analysers(parser=ANALYSERS.parser)))
    assert {"sentence_fragment_rate", "run_on_rate"} == set(ORDER) - checker_only
    reported = {"grammar_error_rate", "agreement_error_rate", "tense_misuse_rate"}
    assert reported == set(ORDER) - parser_only


def test_swedish_has_no_rules_on_clauses_and_says_so():
    row = PIPELINE.extract([EssayInput("Jag gillar skolan, den är rolig.", None, "sv")])[0]
    missing = {name for name, value in zip(ORDER, row, strict=True) if math.isnan(value)}
    assert {"sentence_fragment_rate", "run_on_rate"} == missing
    notes = {f.name: f.language_note for f in PIPELINE.schema.features}
    assert all("English" in notes[name] for name in missing)


def test_a_sentence_of_any_shape_is_judged():
    """The parser may call anything anything."""
    for tag in ("VB", "VBZ", "MD", "IN", "NN", "WDT", "."):
        for dep in ("root", "nsubj", "conj", "ccomp", "aux", "mark", "punct"):
            tokens = tuple(
                ParsedToken(3 * i, 3 * i + 2, "is", "X", tag, dep, (i * 2) % 3) for i in range(3)
            )
            odd = Sentence(ParsedSentence(tokens))
            assert is_fragment(odd) in {True, False}
            assert is_run_on(odd) in {True, False}
            assert all(issue.rule in RULES for issue in find_issues((odd,)))


def test_identity_names_the_rules():
    assert {"errors", "syntax_rules", "syntax_rules.lists", "checker"} <= set(
        PIPELINE.schema.backends
    )
