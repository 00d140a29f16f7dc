import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.domain.text_identity import content_digest, count_words, text_identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b", "  a \r\n\n b\t"),
        ("fi", "\ufb01"),  # a ligature
        ("caf\u00e9", "cafe\u0301"),
        ("ab", "a\u200bb"),
    ],
)
def test_copies_of_an_essay_share_an_identity(one, other):
    assert text_identity(one) == text_identity(other)


def test_other_words_are_another_essay():
    assert text_identity("a b") != text_identity("a c")


def test_a_cache_key_sees_every_byte():
    assert content_digest("a b") != content_digest("a  b")


@given(st.text())
def test_identity_is_stable_under_padding(text):
    assert text_identity(text) == text_identity(f"\n {text} \r\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("-- !", 0),
        ("one", 1),
        ("don't stop", 2),
        ("well-known fact", 2),
        ("3.5 kilos", 3),
        ("snake_case", 2),
        ("hej på dig", 3),
        ("it’s 'quoted'", 2),
    ],
)
def test_words_are_runs_of_letters_or_digits(text, words):
    assert count_words(text) == words
