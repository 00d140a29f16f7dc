"""One form for texts that differ only in how they were typed or transported."""

import unicodedata

# All of the general category Cc; its members are fixed by the Unicode stability policy.
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_DROPPED = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_LINE_BREAKS = "\u000b\u000c\u0085\u2028"


def _translation() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys(_CONTROLS, " ")
    table.update(dict.fromkeys(map(ord, _DROPPED)))
    table.update(dict.fromkeys(map(ord, _LINE_BREAKS), "\n"))
    table[ord("\u2029")] = "\n\n"
    del table[ord("\n")]
    del table[ord("\t")]
    return table


_TABLE = _translation()


def normalise_text(text: str) -> str:
    r"""Return the text as all features see it.

    NFC; line breaks are ``\n``; zero-width characters and soft hyphens are dropped; NUL and other
    control characters become spaces; halves of surrogate pairs become U+FFFD; white space at both
    ends is dropped.
    """
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)
    return unicodedata.normalize("NFC", text).strip()
