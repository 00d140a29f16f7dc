"""Words, punctuation and symbols, with their places in the text."""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

WORD_PATTERN = r"[^\W_]+(?:['\u2019\-\u2010\u2011][^\W_]+)*"
"""A maximal run of letters or digits; inner apostrophes and hyphens are kept."""

_TOKEN = re.compile(rf"{WORD_PATTERN}|\S")
_DIGIT = re.compile(r"\d")
_ONE_FORM = str.maketrans("\u2019\u2010\u2011", "'--")


def with_plain_marks(word: str) -> str:
    """Return a word with one form of apostrophe and hyphen."""
    return word if word.isascii() else word.translate(_ONE_FORM)


class TokenKind(Enum):
    """What a token is made of; words and numbers both count as words."""

    WORD = "word"
    NUMBER = "number"
    PUNCTUATION = "punctuation"
    SYMBOL = "symbol"


class Token(NamedTuple):
    """A piece of the text.

    Attributes:
        text: As written.
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        kind: A number is a word that holds a digit; punctuation is Unicode category P; a symbol is
            any other character, marks and format characters excepted.
        key: Of a word, lower case and with one form of apostrophe and hyphen; else empty.
    """

    text: str
    start: int
    end: int
    kind: TokenKind
    key: str

    @property
    def is_word(self) -> bool:
        """Whether it counts as a word."""
        return bool(self.key)


def tokenise(text: str, start: int, end: int) -> Iterator[Token]:
    """Yield the tokens of ``text[start:end]``, in order."""
    for match in _TOKEN.finditer(text, start, end):
        piece = match.group()
        key = ""
        if len(piece) > 1 or piece.isalnum():
            kind = TokenKind.NUMBER if _DIGIT.search(piece) else TokenKind.WORD
            key = with_plain_marks(piece.lower())
        else:
            category = unicodedata.category(piece)[0]
            if category in "MC":
                continue
            kind = TokenKind.PUNCTUATION if category == "P" else TokenKind.SYMBOL
        yield Token(piece, match.start(), match.end(), kind, key)
