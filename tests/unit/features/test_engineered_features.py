"""Every engineered feature, by examples worked out by hand."""

import math

import pytest

from huleedu_essay_features import EssayInput
from huleedu_essay_features.lexicon import lexicon
from huleedu_essay_features.pipeline import create_pipeline

PIPELINE = create_pipeline("none")


def feature(name: str, text: str, *, language: str = "en", prompt: str | None = None) -> float:
    row = PIPELINE.extract([EssayInput(text, prompt, language)])[0]
    return float(row[PIPELINE.schema.names.index(name)])


def near(expected: float) -> object:
    return pytest.approx(expected, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "I recieve a letter. It is good.", 100 / 7),
        ("en", "dont go, becuase the the", 200 / 5),
        ("en", "My favourite colour is grey.", 0),
        ("en", "On monday I speak english.", 0),
        # Zlatko is a name inside a sentence, hence also at the start of another; Qwertz is not.
        ("en", "Zlatko came. I saw Zlatko. Qwertz came.", 100 / 7),
        ("en", "We joined the XQZ today.", 0),
        ("en", "WE JOINED THE XQZ TODAY.", 100 / 5),
        ("en", "In 2nd grade I wrote to kfjdh@example.com.", 0),
        ("en", "Мы любим cats.", 0),
        ("sv", "Jag tyckker om skolan.", 100 / 4),
        ("sv", "Jag tycker om mobiltelefonförbudet.", 0),
    ],
)
def test_spelling_error_rate(language, text, expected):
    assert near(expected) == feature("spelling_error_rate", text, language=language)


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("I came, I saw, I won.", 0),
        ("It costs 1,000.50 at 10:30 (or so); I think...", 0),
        ("Wait :) What?! He said: yes.", 0),
        ("I came ,I saw.", 1),
        ("I came , I saw .", 2),
        ("I came,I saw;I won.", 2),
        ("I came.Then I won.", 1),
        ("What?Then I won!Yes.", 2),
        ("I came.. I saw,, I won.", 2),
        ("One,. two", 1),
        ("This ( one ) here.", 2),
        ("Visit www.example.com now.", 0),
        ("a b c d e f g h i j", 1),
        ("a b c d e f g h i", 0),
        ('He said "a b c d e f g h i."', 0),
    ],
)
def test_punctuation_error_rate(text, errors):
    n_words = feature("total_words", text)
    assert near(errors * 100 / n_words) == feature("punctuation_error_rate", text)


@pytest.mark.parametrize(
    ("language", "text", "errors"),
    [
        ("en", "I came. I saw.", 0),
        ("en", "i came. then I saw.", 2),
        ("en", "Today i think i'm late, and I’m sorry.", 2),
        ("en", "He speaks swedish on mondays and on friday in may.", 2),
        ("en", "iPhones are here. 20 of them.", 0),
        ("en", "- apples\n- pears", 0),
        ("sv", "jag bor i Sverige på en måndag.", 1),
        ("sv", "Jag bor i Sverige. hon bor i Norge.", 1),
    ],
)
def test_capitalization_error_rate(language, text, errors):
    n_words = feature("total_words", text, language=language)
    expected = near(errors * 100 / n_words)
    assert expected == feature("capitalization_error_rate", text, language=language)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('He said "yes" and “no”.', 0),
        ('He said "yes and no.', 1),
        ('He said "yes.\n\nShe said "no.', 2),
        ("«Oui» et «non.", 1),
        ("It's the students' own.", 0),
        ("”Ja”, sa hon.", 0),
        ("", 0),
    ],
)
def test_quote_mismatch_count(text, expected):
    assert expected == feature("quote_mismatch_count", text)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("Yes, (no) - “maybe”; it's well-known!", 0),
        ("You & me = us #1", 3),
        ("I ❤️ cats 😀", 2),
    ],
)
def test_non_alnum_symbol_rate(text, symbols):
    n_words = feature("total_words", text)
    assert near(symbols * 100 / n_words) == feature("non_alnum_symbol_rate", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The ratio falls below 0.72 with every sixth word: 4 types / 6 tokens.
        ("a b c d " * 15, 60 / 10),
        # Five words are left over at a ratio of 4/5, which is 0.2/0.28 of a stretch.
        ("a b c d " * 16 + "a", 65 / (10 + (1 - 4 / 5) / (1 - 0.72))),
        ("a b " * 24, math.nan),
    ],
)
def test_mtld(text, expected):
    assert near(expected) == feature("mtld", text)


def test_mtld_averages_both_directions():
    text = " ".join(["a", "a", "a"] + [f"w{i}" for i in range(57)])
    # Forward: one stretch of two words, then 58 distinct ones. Backward: 57 distinct words, then
    # "a" three times: 58 types in 60 words, never below 0.72.
    forward, backward = 60 / 1, 60 / ((1 - 58 / 60) / 0.28)
    assert near((forward + backward) / 2) == feature("mtld", text)


def test_mtld_of_a_text_without_repetition_is_undefined():
    assert math.isnan(feature("mtld", " ".join(f"w{i}" for i in range(60))))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([f"w{i}" for i in range(21)] * 2, 21 / 42),
        ([f"w{i}" for i in range(43)], 1.0),
        # 42 words occur once, one twice, among 44: C(42, 42) / C(44, 42) = 1/946.
        ([f"w{i}" for i in range(42)] + ["x", "x"], (42 * 42 / 44 + 1 - 1 / 946) / 42),
        ([f"w{i}" for i in range(41)], math.nan),
    ],
)
def test_hdd(words, expected):
    assert near(expected) == feature("hdd", " ".join(words))


def test_ttr_lemma():
    assert near(3 / 5) == feature("ttr_lemma", "Dogs chase a dog, chased.")
    assert near(2 / 3) == feature("ttr_lemma", "Hund möter hundar.", language="sv")


def test_avg_zipf():
    zipf = lexicon("en").zipf
    expected = (zipf("the") + zipf("cat") + zipf("sat")) / 3
    assert near(expected) == feature("avg_zipf", "The cat sat 42 xqzzt.")
    assert math.isnan(feature("avg_zipf", "xqzzt 42"))


def test_pct_zipf_lt3():
    assert lexicon("en").zipf("ocelot") < 3 < lexicon("en").zipf("cat")
    assert near(25) == feature("pct_zipf_lt3", "The ocelot ate cats, xqzzt 7.")


def test_sentence_lengths():
    text = "One two three. One two three four five."
    assert near(4) == feature("mean_sentence_length_words", text)
    assert near(1 / 4) == feature("sentence_length_cv", text)
    assert math.isnan(feature("sentence_length_cv", "One sentence only."))


def test_lexical_overlap_with_the_sentence_before():
    # {cat, sleep}, {cat, eat, fish}, {dog, run}: 2·1/5 and 0.
    text = "The cat sleeps. The cats ate fish. Dogs are running."
    assert near(0.2) == feature("lexical_overlap_prev_sent_mean", text)
    assert near(0.04) == feature("lexical_overlap_prev_sent_var", text)
    assert math.isnan(feature("lexical_overlap_prev_sent_mean", "The cat sleeps."))
    assert math.isnan(feature("lexical_overlap_prev_sent_mean", "It is. He was. They were."))
    assert math.isnan(feature("lexical_overlap_prev_sent_var", "Cats run. Cats sleep."))


def test_paragraph_thematic_overlap():
    # (dog 1, eat 1, fish 1) and (dog 1, drink 1, milk 1), then the same again.
    text = "Dogs eat fish.\n\nDogs drink milk.\n\nIt is so.\n\nA dog drinks milk."
    assert near((1 / 3 + 1) / 2) == feature("paragraph_thematic_overlap_mean", text)
    assert math.isnan(feature("paragraph_thematic_overlap_mean", "Dogs eat fish."))


def test_readability_formulas():
    # 9 words, 2 sentences, 27 letters; syllables 3 + 1 + 1 + 1 + 1 + 1, 1 + 1 + 2 = 12.
    text = "Elephants sat on the old mat. It was happy."
    letters = len("Elephantssatontheoldmat" + "Itwashappy")
    assert near(0.39 * 9 / 2 + 11.8 * 12 / 9 - 15.59) == feature("fkgl", text)
    assert near(206.835 - 1.015 * 9 / 2 - 84.6 * 12 / 9) == feature("fre", text)
    assert near(1.043 * math.sqrt(1 * 30 / 2) + 3.1291) == feature("smog", text)
    assert near(4.71 * letters / 9 + 0.5 * 9 / 2 - 21.43) == feature("ari", text)
    assert near(12 / 9) == feature("avg_syllables_per_word", text)


def test_readability_of_swedish():
    text = "Eleverna läste. Det var en bok."
    for name in ("fkgl", "fre", "smog"):
        assert math.isnan(feature(name, text, language="sv"))
    assert near(4.71 * 24 / 6 + 0.5 * 6 / 2 - 21.43) == feature("ari", text, language="sv")
    assert near((4 + 2 + 1 + 1 + 1 + 1) / 6) == feature(
        "avg_syllables_per_word", text, language="sv"
    )


def test_counts():
    text = "A title\n\nIt's a well-known fact. Really!\n\n***\n\n2 of 3."
    assert 10 == feature("total_words", text)
    assert 4 == feature("total_sentences", text)
    assert 3 == feature("total_paragraphs", text)


def test_tfidf_cosine_to_the_prompt():
    zipf = lexicon("en").zipf
    dog, eat, fish, drink = (8 - zipf(word) for word in ("dog", "eat", "fish", "drink"))
    unknown = 8 - 1
    # Essay: dog 2, drink 1, xqzzt 1. Prompt: dog 1, eat 1, fish 1.
    expected = (2 * dog**2) / (
        math.sqrt((2 * dog) ** 2 + drink**2 + unknown**2) * math.sqrt(dog**2 + eat**2 + fish**2)
    )
    got = feature("tfidf_cos_to_prompt", "Dogs drink. A dog: xqzzt.", prompt="Do dogs eat fish?")
    assert near(expected) == got


def test_keyword_coverage_of_the_prompt():
    prompt = "Should dogs eat fish, or other dogs?"
    assert near(2 / 3) == feature("keyword_coverage_prompt", "My dog eats it.", prompt=prompt)
    assert near(0) == feature("keyword_coverage_prompt", "It is so.", prompt=prompt)


@pytest.mark.parametrize("prompt", [None, "", "  \n", "It is so.", "???"])
@pytest.mark.parametrize("name", ["tfidf_cos_to_prompt", "keyword_coverage_prompt"])
def test_without_a_usable_prompt_its_features_are_undefined(name, prompt):
    assert math.isnan(feature(name, "Dogs eat fish.", prompt=prompt))
