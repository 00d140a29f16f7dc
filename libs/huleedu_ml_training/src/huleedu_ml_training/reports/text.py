"""Texts from outside on their way into a report."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """Return a text that any encoder and any XML parser takes.

    Control characters go, but for newline and tab; lone surrogates become U+FFFD.
    """
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


def shorten(text: str, length: int) -> str:
    """Return a text on one line, cut at ``length`` characters with an ellipsis."""
    line = " ".join(clean(text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
