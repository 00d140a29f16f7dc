"""When two texts are the same essay, and when they are the same bytes."""

import hashlib
import re
import unicodedata

_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_WHITE_SPACE = re.compile(r"\s+")


def text_identity(text: str) -> str:
    """Return the digest under which two copies of one essay are equal.

    NFKC, newlines unified, zero-width characters dropped, white space collapsed, trimmed, sha256.
    Use it to keep copies of an essay on one side of a split, never as a key of a cache: texts
    that differ in paragraphs share it.

    Returns:
        64 hexadecimal digits.
    """
    normal = unicodedata.normalize("NFKC", text).translate(_ZERO_WIDTH)
    collapsed = _WHITE_SPACE.sub(" ", normal).strip()
    return hashlib.sha256(collapsed.encode("utf-8", "surrogatepass")).hexdigest()


def content_digest(text: str) -> str:
    """Return the sha256 of the text as it is, 64 hexadecimal digits; a key for caches."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_WORD = re.compile(r"[^\W_]+(?:['\u2019\-\u2010\u2011][^\W_]+)*")


def count_words(text: str) -> int:
    """Return the number of words: maximal runs of letters or digits.

    Inner apostrophes and hyphens are kept, so ``don't`` and ``well-known`` are one word each.
    """
    return sum(1 for _ in _WORD.finditer(text))
