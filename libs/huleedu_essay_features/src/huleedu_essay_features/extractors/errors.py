"""Mistakes that can be counted without parsing sentences."""

import math
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument, Sentence
from huleedu_essay_features.lexicon import lexicon_identity
from huleedu_essay_features.schema import FeatureDefinition
from huleedu_essay_features.tokens import Token, TokenKind, with_plain_marks

_ALGORITHM = "1"
_LEAST_PARAGRAPH_WORDS = 10
_LONGEST_ACRONYM = 5

DEFINITIONS = (
    FeatureDefinition(
        "spelling_error_rate",
        "errors",
        "per 100 words",
        "Words that the spelling dictionary does not know. Words with a digit or a letter that is "
        "not Latin are not judged, nor are web and mail addresses. An unknown capitalised word "
        "inside a sentence counts as a name, and so does the same word at the start of another; "
        f"all capitals count as an acronym up to {_LONGEST_ACRONYM} letters, unless the whole "
        "sentence is in capitals. English accepts American and British spelling; a missing capital "
        "is no spelling error.",
        undefined_when="the essay has no word",
        source="Hunspell dictionaries en_US and sv_SE with a short list of additions",
        languages=("en", "sv"),
        value_range="[0, 100]",
    ),
    FeatureDefinition(
        "punctuation_error_rate",
        "errors",
        "per 100 words",
        "White space before a comma, semicolon, colon, full stop, exclamation or question mark; no "
        "white space after a comma, semicolon, exclamation or question mark between letters, or "
        "between two sentences; a comma, semicolon or colon beside another mark; exactly two full "
        "stops; white space inside a bracket; a paragraph of at least "
        f"{_LEAST_PARAGRAPH_WORDS} words that ends without a terminal mark.",
        undefined_when="the essay has no word",
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "capitalization_error_rate",
        "errors",
        "per 100 words",
        "Sentences that begin with a lower-case word (list items and words such as iPhone "
        "excepted); in English also a lower-case I, alone or contracted, and lower-case names of "
        "days, months, feasts, languages and continents inside a sentence.",
        undefined_when="the essay has no word",
        languages=("en", "sv"),
        value_range="[0, 100]",
    ),
    FeatureDefinition(
        "quote_mismatch_count",
        "errors",
        "count",
        "Paragraphs with an odd number of double quotation marks of any shape, plus the "
        "difference in number between « and ».",
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "non_alnum_symbol_rate",
        "errors",
        "per 100 words",
        "Characters that are neither letters, digits nor white space, nor one of the marks "
        ". , ; : ! ? … ' \" ‘ ’ “ ” « » ( ) [ ] - ‐ ‑ – —; combining marks are not counted.",
        undefined_when="the essay has no word",
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
)

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


class ErrorsExtractor:
    """Computes the group ``errors``."""

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """What is computed."""
        return DEFINITIONS

    @property
    def identity(self) -> Mapping[str, str]:
        """What the values depend on."""
        return {"document": DOCUMENT_VERSION, "errors": _ALGORITHM, **lexicon_identity()}

    def extract(self, document: EssayDocument) -> tuple[float, ...]:
        """Return one value per definition."""
        n_words = len(document.words)
        if not n_words:
            return (math.nan, math.nan, math.nan, float(_quote_mismatches(document)), math.nan)
        per_100 = 100 / n_words
        return (
            sum(1 for _ in misspelt_words(document)) * per_100,
            _punctuation_errors(document) * per_100,
            sum(_capitalisation_errors(document, sentence) for sentence in document.sentences)
            * per_100,
            float(_quote_mismatches(document)),
            _symbols(document) * per_100,
        )


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
                if not shouted and len(text) <= _LONGEST_ACRONYM:
                    continue
            elif text[0].isupper() and (position > 0 or word.text in inside):
                continue
            yield word


def _punctuation_errors(document: EssayDocument) -> int:
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
        errors += n_words >= _LEAST_PARAGRAPH_WORDS and not _TERMINATED.search(paragraph)
    return errors


def _capitalisation_errors(document: EssayDocument, sentence: Sentence) -> int:
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


def _quote_mismatches(document: EssayDocument) -> int:
    text = document.text
    odd = sum(len(_DOUBLE_QUOTE.findall(text[start:end])) % 2 for start, end in document.paragraphs)
    return odd + abs(text.count("«") - text.count("»"))


def _symbols(document: EssayDocument) -> int:
    return sum(
        not token.is_word and token.text not in _MARKS
        for sentence in document.sentences
        for token in sentence.tokens
    )
