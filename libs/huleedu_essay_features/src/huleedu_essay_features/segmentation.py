"""Where paragraphs and sentences begin and end, in texts that keep few rules."""

import re
from collections.abc import Iterator

from huleedu_essay_features.languages import LanguageProfile

Span = tuple[int, int]
"""Offsets of the first character and after the last."""

_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_LINE_BREAK = re.compile(r"\n")
_CLOSING = "\"'\u201d\u2019\u00bb)]"
_OPENING = "\"'\u201c\u2018\u201d\u00ab(["
_END = re.compile(rf"[.!?\u2026]+[{re.escape(_CLOSING)}]*")
_TERMINATED = re.compile(rf"[.!?\u2026:][{re.escape(_CLOSING)}]*\s*$")
_LIST_ITEM = re.compile(r"\n\s*(?=(?:[-*\u2022\u2013]|\d{1,2}[.)])\s)")
_GLUED = re.compile(r"[^\W\d_]{2,}$")
_GLUED_NEXT = re.compile(
    r"[A-Z\u00c0-\u00de](?:[a-z\u00df-\u00ff]|\s|['\u2019][a-z])"
    r"|(?!(?:com|org|net|edu|gov|html?|jpe?g|png|pdf|docx?|txt|exe)\b)[^\W\d_]{3}"
)
_NOT_PROSE = re.compile(r"www\.|https?:|[@/\\]", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"I(?:['\u2019][a-z]+)?\b")
_DOTTED = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
_ALNUM = re.compile(r"[^\W_]")
_WRAP_WIDTHS = range(40, 121)


def split_paragraphs(text: str) -> list[Span]:
    """Return the paragraphs of a normalised text, without white space at their ends.

    Blank lines separate paragraphs. In a text without any, every line is a paragraph, unless the
    lines were wrapped at a fixed width: more than half of those that another follows are 40 to 120
    characters long and end without a terminal mark.
    """
    separator = _BLANK_LINES if _BLANK_LINES.search(text) or _is_wrapped(text) else _LINE_BREAK
    return list(_trimmed(text, _between(text, separator, 0, len(text))))


def split_sentences(text: str, start: int, end: int, profile: LanguageProfile) -> list[Span]:
    """Return the sentences of the paragraph ``text[start:end]``; each holds a letter or digit.

    Args:
        text: The whole normalised text.
        start: Offset of the paragraph.
        end: Offset after the paragraph.
        profile: Abbreviations of the language.
    """
    pieces: list[Span] = []
    for block_start, block_end in _between(text, _LIST_ITEM, start, end):
        sentence_start = block_start
        for mark in _END.finditer(text, block_start, block_end):
            if mark.end() < block_end and _ends_sentence(text, sentence_start, mark, profile):
                pieces.append((sentence_start, mark.end()))
                sentence_start = mark.end()
        pieces.append((sentence_start, block_end))
    return _with_words(text, list(_trimmed(text, pieces)))


def _is_wrapped(text: str) -> bool:
    lines = text.split("\n")[:-1]
    wrapped = sum(
        len(line.strip()) in _WRAP_WIDTHS and not _TERMINATED.search(line) for line in lines
    )
    return len(lines) >= 2 and wrapped > len(lines) / 2


def _between(text: str, separator: re.Pattern[str], start: int, end: int) -> Iterator[Span]:
    position = start
    for match in separator.finditer(text, start, end):
        yield position, match.start()
        position = match.end()
    yield position, end


def _trimmed(text: str, spans: Iterator[Span] | list[Span]) -> Iterator[Span]:
    for start, end in spans:
        piece = text[start:end]
        if piece and not piece.isspace():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _with_words(text: str, spans: list[Span]) -> list[Span]:
    """Join what holds no word to the sentence before it, or else to the one after it."""
    joined: list[Span] = []
    pending: int | None = None
    for start, end in spans:
        if _ALNUM.search(text, start, end):
            joined.append((start if pending is None else pending, end))
            pending = None
        elif joined:
            joined[-1] = (joined[-1][0], end)
        elif pending is None:
            pending = start
    return joined


def _ends_sentence(
    text: str, sentence_start: int, mark: re.Match[str], profile: LanguageProfile
) -> bool:
    position = mark.end()
    following = text[position : position + 40]
    marks = mark.group().rstrip(_CLOSING)
    word = _word_before(text, sentence_start, mark.start())
    if not following[0].isspace():
        return _is_glued(text, word, mark, following)
    rest = following.lstrip().lstrip(_OPENING)
    first = rest[:1]
    quoted = len(mark.group()) > len(marks)
    if quoted and first.islower():
        return False
    if "!" in marks or "?" in marks:
        return True
    if marks == "\u2026" or len(marks) > 2:
        return first.isupper() and not (profile.code == "en" and _FIRST_PERSON.match(rest))
    return _full_stop_ends(word, first, text[sentence_start : mark.start()], profile)


def _word_before(text: str, start: int, end: int) -> str:
    piece = text[max(start, end - 60) : end]
    return piece.split()[-1].lstrip(_OPENING) if piece and not piece[-1].isspace() else ""


def _is_glued(text: str, word: str, mark: re.Match[str], following: str) -> bool:
    """Tell ``home.Then`` and ``home .Then`` from ``example.com``, ``3.14`` and ``e.g.``."""
    if len(mark.group()) > 1 or (word and not (_GLUED.search(word) and word[-1].islower())):
        return False
    chunk = (word + text[mark.start() : mark.end()] + following).split()[0]
    return bool(_GLUED_NEXT.match(following)) and not _NOT_PROSE.search(chunk)


def _full_stop_ends(word: str, first: str, sentence: str, profile: LanguageProfile) -> bool:
    lower = word.lower()
    if lower in profile.abbreviations:
        return False
    if lower in profile.final_abbreviations or _DOTTED.fullmatch(word):
        return first.isupper()
    if word.isdigit():
        return word != sentence.strip() and not first.islower()
    if len(word) == 1 and word.isupper() and first.isupper():
        # An initial stands at the start or after another capitalised word: "J. K. Rowling".
        before = sentence.split()[:-1]
        return bool(before) and not before[-1][:1].isupper()
    return True
