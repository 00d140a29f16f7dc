"""Mistakes that characters and words show by themselves: spelling, marks, capitals."""

import re
from collections.abc import Iterator
from itertools import pairwise

from huleedu_essay_features.document import EssayDocument, Sentence
from huleedu_essay_features.tokens import Token, TokenKind, with_plain_marks

LEAST_PARAGRAPH_WORDS = 10
"""A paragraph of fewer words may be a heading, which has no terminal mark."""

LONGEST_ACRONYM = 5
"""Letters."""

_MARKS = frozenset(".,;:!?…'\"‘’“”«»()[]-‐‑–—")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f'\-]{2,}")
_ADDRESS = re.compile(r"(?<!\S)\S*?(?:https?:|www\.|@)\S*", re.IGNORECASE)
_PUNCTUATION_ERROR = re.compile(
    r"[,;:]\s?[,;.!?](?!\.)"  # a mark beside another
    r"|(?<!\.)\.\.(?!\.)"  # two full stops
    r"|(?<=\S)\s+(?:[,;!?]|\.(?![.\w])|:(?![()DPp/\\|]))"  # white space before a mark
    r"|(?<=[^\W_])[,;](?=[^\W\d_])|(?<=[^\W\d_])[!?](?=[^\W\d_])"  # none after it
    r"|[(\[]\s|\s[)\]]"
)
_TERMINATED = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_LIST_MARK = frozenset("-*•–")
_DOUBLE_QUOTE = re.compile(r"[“”„\"]")
_FIRST_PERSON = frozenset({"i", "i'm", "i've", "i'd", "i'll"})


def misspelt_words(document: EssayDocument) -> Iterator[Token]:
    """Yield the words that count as misspelt."""
    knows = document.lexicon.spelling.knows
    inside = {
        word.text
        for sentence in document.sentences
        for word in sentence.words[1:]
        if word.text[0].isupper()
    }
    addresses = [match.span() for match in _ADDRESS.finditer(document.text)]
    for sentence in document.sentences:
        shouted = not any(map(str.islower, document.text[sentence.start : sentence.end]))
        for position, word in enumerate(sentence.words):
            text = with_plain_marks(word.text)
            if word.kind is TokenKind.NUMBER or not _LATIN.fullmatch(text) or knows(text):
                continue
            if any(start <= word.start < end for start, end in addresses):
                continue
            if text.isupper():
                if not shouted and len(text) <= LONGEST_ACRONYM:
                    continue
            elif text[0].isupper() and (position > 0 or word.text in inside):
                continue
            yield word


def punctuation_errors(document: EssayDocument) -> int:
    """Return the number of marks that are misplaced, doubled or missing."""
    sentences = document.sentences
    # Between letters, ! and ? are found by the pattern; a full stop needs the sentence splitter.
    glued = sum(
        before.end == after.start and document.text[before.end - 1] not in "!?"
        for before, after in pairwise(sentences)
    )
    words = [0] * len(document.paragraphs)
    for sentence in sentences:
        words[sentence.paragraph] += len(sentence.words)
    errors = glued
    for (start, end), n_words in zip(document.paragraphs, words, strict=True):
        paragraph = document.text[start:end]
        errors += sum(1 for _ in _PUNCTUATION_ERROR.finditer(paragraph))
        errors += n_words >= LEAST_PARAGRAPH_WORDS and not _TERMINATED.search(paragraph)
    return errors


def capitalisation_errors(document: EssayDocument) -> int:
    """Return the number of words that lack a capital letter."""
    return sum(_missing_capitals(document, sentence) for sentence in document.sentences)


def _missing_capitals(document: EssayDocument, sentence: Sentence) -> int:
    first = sentence.words[0]
    is_item = sentence.tokens[0].text in _LIST_MARK
    errors = int(first.text.islower() and not is_item)
    if document.language != "en":
        return errors
    names = document.profile.capitalised_words
    return errors + sum(
        word.text[0].islower() and (word.key in _FIRST_PERSON or word.key in names)
        for word in sentence.words[0 if is_item else 1 :]
    )


def quote_mismatches(document: EssayDocument) -> int:
    """Return the number of quotation marks that lack their other half."""
    text = document.text
    odd = sum(len(_DOUBLE_QUOTE.findall(text[start:end])) % 2 for start, end in document.paragraphs)
    return odd + abs(text.count("«") - text.count("»"))


def symbols(document: EssayDocument) -> int:
    """Return the number of characters that are neither word nor common mark."""
    return sum(
        not token.is_word and token.text not in _MARKS
        for sentence in document.sentences
        for token in sentence.tokens
    )
