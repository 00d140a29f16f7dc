"""Mistakes put in and taken out, by the dictionary that the features use."""

from random import Random

from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.extractors.mechanics import misspelt_words
from huleedu_essay_features.tokens import Token, TokenKind, with_plain_marks
from huleedu_ml_training.perturbations.editing import replace_spans

CORRUPTED_SHARE = 0.1
"""Share of the words that can be corrupted which are."""

_LEAST_LETTERS = 4
"""Shorter words have no two inner letters that could change places."""


def correct_spelling(document: EssayDocument, rng: Random) -> str:
    """Replace each misspelt word by the dictionary's first suggestion, where it has one."""
    del rng
    suggest = document.lexicon.spelling.suggest
    edits = []
    for word in misspelt_words(document):
        suggestions = suggest(with_plain_marks(word.text))
        if suggestions:
            edits.append((word.start, word.end, suggestions[0]))
    return replace_spans(document.text, edits)


def corrupt_spelling(document: EssayDocument, rng: Random) -> str:
    """Let two neighbouring inner letters change places in every tenth of the words that allow it.

    A word allows it that is spelt correctly, has four letters or more, and is misspelt afterwards.
    """
    candidates = []
    for word in document.words:
        swapped = _swapped(word, document, rng)
        if swapped is not None:
            candidates.append((word.start, word.end, swapped))
    if not candidates:
        return document.text
    count = max(1, round(CORRUPTED_SHARE * len(candidates)))
    return replace_spans(document.text, rng.sample(candidates, count))


def _swapped(word: Token, document: EssayDocument, rng: Random) -> str | None:
    text, knows = word.text, document.lexicon.spelling.knows
    if word.kind is not TokenKind.WORD or len(text) < _LEAST_LETTERS or not text.isalpha():
        return None
    if not knows(text):
        return None
    places = [place for place in range(1, len(text) - 2) if text[place] != text[place + 1]]
    rng.shuffle(places)
    for place in places:
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        if not knows(swapped):
            return swapped
    return None
