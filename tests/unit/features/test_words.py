"""Spelling, syllables and frequency of single words."""

import math

import pytest
import wordfreq

from huleedu_essay_features.lexicon import lexicon
from huleedu_essay_features.spelling import spelling_dictionary
from huleedu_essay_features.syllables import count_syllables


@pytest.mark.parametrize(
    "word",
    [
        "house", "House", "HOUSE", "don't", "i'm", "english", "monday", "well-known", "online",
        "colour", "favourite", "behaviour", "organise", "organisation", "realised", "analyse",
        "theatre", "travelled", "counsellor", "defence", "programme", "smartphones", "e-mail",
    ],
)  # fmt: skip
def test_english_words_that_are_right(word):
    assert spelling_dictionary("en").knows(word)


@pytest.mark.parametrize(
    "word",
    [
        "recieve",
        "dont",
        "alot",
        "definately",
        "comming",
        "becuase",
        "self-steem",
        "tecnology",
        "ÿa",
        "šuma",
    ],
)
def test_english_words_that_are_wrong(word):
    assert not spelling_dictionary("en").knows(word)


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("skolan", True),
        ("fotbollsspelare", True),
        ("mobiltelefonförbud", True),
        ("Stockholm", True),
        ("stockholm", True),
        ("påvärka", False),
        ("kunnna", False),
        ("mycke", False),
    ],
)
def test_swedish_spelling(word, known):
    assert known == spelling_dictionary("sv").knows(word)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("the", 1), ("home", 1), ("walked", 1), ("wanted", 2), ("table", 2), ("idea", 3),
        ("people", 2), ("something", 2), ("everything", 3), ("everyone", 3), ("business", 2),
        ("society", 4), ("science", 2), ("patient", 2), ("beautiful", 3), ("education", 4),
        ("technology", 4), ("going", 2), ("playing", 2), ("easier", 3), ("create", 2),
        ("didn't", 2), ("teacher's", 2), ("class's", 2), ("realize", 3), ("optimism", 4),
        ("unique", 2), ("clothes", 1), ("themselves", 2), ("statement", 2), ("situation", 4),
        ("well-known", 2), ("2024", 1),
    ],
)  # fmt: skip
def test_english_syllables(word, expected):
    assert expected == count_syllables(word, "en")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("skola", 2), ("elev", 2), ("station", 2), ("situation", 4), ("miljö", 2), ("idé", 2),
        ("mobiltelefon", 5), ("augusti", 3), ("museum", 3), ("å", 1), ("xyz", 1),
    ],
)  # fmt: skip
def test_swedish_syllables(word, expected):
    assert expected == count_syllables(word, "sv")


@pytest.mark.parametrize(("language", "word"), [("en", "house"), ("en", "don't"), ("sv", "hus")])
def test_zipf_frequency_is_that_of_wordfreq(language, word):
    expected = wordfreq.zipf_frequency(word, language, wordlist="large")
    # wordfreq itself rounds to two decimals.
    assert lexicon(language).zipf(word) == pytest.approx(expected, abs=0.005)


def test_zipf_frequency_of_words_that_are_not_listed_as_they_stand():
    english = lexicon("en")
    assert english.zipf("sand-coloured") == min(english.zipf("sand"), english.zipf("coloured"))
    assert english.zipf("teapot's") == english.zipf("teapot")
    assert math.isnan(english.zipf("xqzzt"))


@pytest.mark.parametrize(
    ("language", "word", "expected"),
    [("en", "children", "child"), ("en", "dog's", "dog"), ("en", "i", "i"), ("sv", "husen", "hus")],
)
def test_lemmas(language, word, expected):
    assert expected == lexicon(language).lemma(word)
