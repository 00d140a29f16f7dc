"""What analysers say of a text: mistakes, and the structure of sentences."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huleedu_essay_features.protocols import (
        EmbedderProtocol,
        LanguageCheckerProtocol,
        SyntaxParserProtocol,
    )


class IssueCategory(StrEnum):
    """Kinds of remarks of a language checker."""

    GRAMMAR = "grammar"
    AGREEMENT = "agreement"
    TENSE = "tense"
    PUNCTUATION = "punctuation"
    CAPITALIZATION = "capitalization"
    SPELLING = "spelling"
    STYLE = "style"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class LanguageIssue:
    """One remark of a language checker.

    Attributes:
        start: Offset of its first character in the document's normalised text.
        end: Offset after its last character.
        category: What kind of mistake it is.
        rule: Identifier of the rule, in the checker's own terms.
        message: What the checker says, in its own words.
        replacements: Suggested texts for the span, best first; empty where there are none.
    """

    start: int
    end: int
    category: IssueCategory
    rule: str
    message: str
    replacements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedToken:
    """A word or mark with its place in the sentence's structure.

    Attributes:
        start: Offset of its first character in the document's normalised text.
        end: Offset after its last character.
        text: The characters themselves.
        upos: Universal part of speech, for example ``NOUN``.
        tag: The language's own tag; of the Penn Treebank for English.
        dep: Universal Dependencies relation to the head, subtypes kept, for example
            ``nsubj:pass``; ``root`` for the root.
        head: Index of its head in the sentence; its own for the root.
    """

    start: int
    end: int
    text: str
    upos: str
    tag: str
    dep: str
    head: int


@dataclass(frozen=True, slots=True)
class ParsedSentence:
    """The tokens of one sentence of the document, in order; one or more of them are roots."""

    tokens: tuple[ParsedToken, ...]


@dataclass(frozen=True, slots=True)
class Analysers:
    """The parts that say more of a text than its characters do; None for those switched off."""

    parser: "SyntaxParserProtocol | None" = None
    checker: "LanguageCheckerProtocol | None" = None
    embedder: "EmbedderProtocol | None" = None


NO_ANALYSERS = Analysers()


def speaks(
    analyser: "SyntaxParserProtocol | LanguageCheckerProtocol | EmbedderProtocol | None",
    language: str,
) -> bool:
    """Return whether there is an analyser and it knows a language."""
    return analyser is not None and (not analyser.languages or language in analyser.languages)
