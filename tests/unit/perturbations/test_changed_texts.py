"""Texts changed on purpose: each change does what it says, and nothing else."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_essay_features import EssayInput
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import UnsupportedLanguageError
from huleedu_essay_features.extractors.mechanics import misspelt_words
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.perturbations.catalogue import PERTURBATIONS
from huleedu_ml_training.perturbations.editing import replace_spans
from huleedu_ml_training.perturbations.sentences import CONNECTIVES

BY_NAME = {each.name: each for each in PERTURBATIONS}
ESSAY = (
    "The school gives us a lot of work. It is not easy, and I like it. Maria thinks so too.\n\n"
    "Some people beleive that phones disturb lessons. They are right, I'm afraid."
)


def changed(name: str, text: str, *, seed: int = 1, language: str = "en") -> str:
    return BY_NAME[name].apply(EssayInput(text, "A task", language), seed).text


def mistakes(text: str) -> int:
    return sum(1 for _ in misspelt_words(EssayDocument(text)))


def test_an_essay_said_twice() -> None:
    assert f"{ESSAY}\n\n{ESSAY}" == changed("doubled", ESSAY)


def test_shuffled_sentences_are_the_same_in_another_order() -> None:
    text = changed("shuffled", ESSAY)
    before, after = (
        [document.text[each.start : each.end] for each in document.sentences]
        for document in (EssayDocument(ESSAY), EssayDocument(text))
    )
    assert before != after
    assert sorted(before) == sorted(after)
    assert 2 == len(EssayDocument(text).paragraphs)


def test_corrected_spelling_has_the_first_suggestion() -> None:
    assert 1 == mistakes(ESSAY)
    assert ESSAY.replace("beleive", "believe") == changed("spelling_corrected", ESSAY)


def test_what_has_no_mistakes_is_not_corrected() -> None:
    text = ESSAY.replace("beleive", "believe")
    assert text == changed("spelling_corrected", text)


def test_corrupted_spelling_swaps_inner_letters_of_a_tenth_of_the_words() -> None:
    text = "Teachers should always explain difficult questions before the important lesson. " * 4
    corrupted = changed("spelling_corrupted", text)
    pairs = [(a, b) for a, b in zip(text.split(), corrupted.split(), strict=True) if a != b]
    # 36 words of four letters or more: a tenth, rounded.
    assert 4 == len(pairs) == mistakes(corrupted)
    for before, after in pairs:
        assert sorted(before) == sorted(after)
        assert before[0] == after[0]
        assert 2 == sum(a != b for a, b in zip(before, after, strict=True))


def test_padding_puts_connectives_before_function_words_only() -> None:
    text = changed("padded", ESSAY)
    added = count_words(text) - count_words(ESSAY)
    assert added > 0
    assert "Maria thinks so too." in text
    assert ". Maria" in text
    for sentence in ("the school gives", "it is not easy", "some people", "they are right"):
        assert f", {sentence}" in text
    assert sum(text.count(connective) for connective in CONNECTIVES["en"]) == 4


def test_the_first_person_keeps_its_capital() -> None:
    text = changed("padded", "I'm here. I am not there.")
    assert ", I'm here." in text
    assert ", I am not there." in text


def test_swedish_gets_swedish_connectives() -> None:
    text = changed("padded", "Det är bra. Vi kan lära oss.", language="sv")
    assert sum(text.count(connective) for connective in CONNECTIVES["sv"]) == 2
    assert " det är bra." in text


def test_lower_case() -> None:
    assert ESSAY.lower() == changed("lower_case", ESSAY)


@pytest.mark.parametrize("name", list(BY_NAME))
def test_equal_texts_and_seeds_are_changed_alike(name: str) -> None:
    essay = EssayInput(ESSAY, "A task", "en")
    once, twice = (BY_NAME[name].apply(essay, seed=3) for _ in range(2))
    assert once == twice
    assert ("A task", "en") == (once.prompt_text, once.language)


@pytest.mark.parametrize("name", ["shuffled", "spelling_corrupted", "padded"])
def test_seeds_differ(name: str) -> None:
    long = f"{ESSAY} {ESSAY}".replace("beleive", "believe")
    assert len({changed(name, long, seed=seed) for seed in range(5)}) > 1


@pytest.mark.parametrize("name", list(BY_NAME))
@pytest.mark.parametrize("text", ["Word", "?", "", "a b c 1 2 3", "UP. UP! Up?"])
def test_odd_texts_are_no_trouble(name: str, text: str) -> None:
    assert isinstance(changed(name, text), str)


def test_languages_without_a_dictionary_are_refused() -> None:
    with pytest.raises(UnsupportedLanguageError):
        changed("shuffled", ESSAY, language="de")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40), st.integers(0, 10))
def test_replacing_parts_by_themselves_changes_nothing(text: str, seed: int) -> None:
    rng = Random(seed)
    cuts = sorted(rng.sample(range(len(text) + 1), k=min(4, len(text) + 1)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    rng.shuffle(spans)
    assert text == replace_spans(text, [(start, end, text[start:end]) for start, end in spans])


def test_replacing_parts_by_others() -> None:
    assert "xbcyy" == replace_spans("abcd", [(3, 4, "yy"), (0, 1, "x")])
