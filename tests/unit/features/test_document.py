"""The parsed essay: normal form, tokens, lemmas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import UnsupportedLanguageError
from huleedu_essay_features.normalisation import normalise_text
from huleedu_essay_features.tokens import TokenKind
from huleedu_ml_training.domain.text_identity import count_words


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("  a\r\nb\rc\u2028d\u0085e  ", "a\nb\nc\nd\ne"),
        ("a\u2029b", "a\n\nb"),
        ("z\u00ading\u200b \ufeffe\u0301", "zing é"),
        ("a\x00b\x07c", "a b c"),
        ("a\ud800b", "a\ufffdb"),
        ("\U0001f600 \ud83d\ude00", "😀 😀"),
        ("\t\n ", ""),
    ],
)
def test_normal_form(typed, expected):
    assert expected == normalise_text(typed)


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    once = normalise_text(text)
    assert once == normalise_text(once)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Mn", "Mc"])))
def test_words_are_counted_as_everywhere_else(text):
    document = EssayDocument(text)
    assert count_words(document.text) == len(document.words)


@given(st.text())
def test_offsets_point_at_the_tokens_in_order(text):
    document = EssayDocument(text)
    position = 0
    for sentence in document.sentences:
        first, last = document.paragraphs[sentence.paragraph]
        assert first <= sentence.start < sentence.end <= last
        assert sentence.words
        for token in sentence.tokens:
            assert position <= token.start < token.end <= sentence.end
            assert document.text[token.start : token.end] == token.text
            position = token.end


def test_kinds_of_tokens():
    tokens = EssayDocument("Don’t pay 20$ for 3rd-hand shoes!").sentences[0].tokens
    assert [
        ("Don’t", TokenKind.WORD, "don't"),
        ("pay", TokenKind.WORD, "pay"),
        ("20", TokenKind.NUMBER, "20"),
        ("$", TokenKind.SYMBOL, ""),
        ("for", TokenKind.WORD, "for"),
        ("3rd-hand", TokenKind.NUMBER, "3rd-hand"),
        ("shoes", TokenKind.WORD, "shoes"),
        ("!", TokenKind.PUNCTUATION, ""),
    ] == [(token.text, token.kind, token.key) for token in tokens]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The dogs were barking at 3 cats.", (("dog", "bark", "cat"),)),
        ("sv", "Hundarna skällde på katterna.", (("hund", "skälla", "katt"),)),
    ],
)
def test_content_lemmas(language, text, expected):
    assert expected == EssayDocument(text, language).content_lemmas


def test_another_language_is_refused_by_name():
    with pytest.raises(UnsupportedLanguageError) as caught:
        EssayDocument("Bonjour.", "fr")
    assert "'fr'" in caught.value.what
    assert "en, sv" in caught.value.why
