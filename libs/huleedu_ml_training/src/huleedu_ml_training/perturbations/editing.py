"""Replacing parts of a text."""

from collections.abc import Iterable


def replace_spans(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return a text with parts replaced.

    Args:
        text: The text.
        edits: Start, end and new content of parts that do not overlap, in any order.
    """
    pieces = []
    position = 0
    for start, end, content in sorted(edits):
        pieces += [text[position:start], content]
        position = end
    return "".join([*pieces, text[position:]])
