"""Cut a text that is too long for the server."""

from bisect import bisect_right
from collections.abc import Sequence

from huleedu_essay_features.checking.languagetool.utf16 import Utf16Text
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.segmentation import Span


def cut(document: EssayDocument, span: Span, limit: int) -> list[Span]:
    """Cut a part of a text into pieces, as few as possible going from its beginning.

    A piece ends where a paragraph ends; if a paragraph is too long, where a sentence ends; if a
    sentence is too long, after white space; if a word is too long, in the word.

    Args:
        document: The whole text.
        span: The part of it, at least one character.
        limit: Largest number of UTF-16 code units in a piece; at least 2, so that any character
            fits.

    Returns:
        Spans in order, without white space at their ends; together they hold all other characters
        of the part.
    """
    start, end = span
    text = document.text
    counted = Utf16Text(text)
    kinds: tuple[Sequence[int], ...] = (
        [first for first, _ in document.paragraphs],
        [sentence.start for sentence in document.sentences],
        [i + 1 for i in range(start, end) if text[i].isspace()],
    )
    pieces: list[Span] = []
    while counted.unit(end) - counted.unit(start) > limit:
        last = start + 1
        while last < end and counted.unit(last + 1) - counted.unit(start) <= limit:
            last += 1
        stop = next((at for kind in kinds if (at := _last(kind, start, last))), last)
        pieces.append((start, stop))
        start = stop
    return [
        _trimmed(text, piece) for piece in [*pieces, (start, end)] if text[slice(*piece)].strip()
    ]


def _trimmed(text: str, span: Span) -> Span:
    piece = text[slice(*span)]
    return span[0] + len(piece) - len(piece.lstrip()), span[0] + len(piece.rstrip())


def _last(borders: Sequence[int], start: int, last: int) -> int | None:
    """Return the last border after a start, up to and with a last place; None where none is."""
    index = bisect_right(borders, last)
    return borders[index - 1] if index and borders[index - 1] > start else None
