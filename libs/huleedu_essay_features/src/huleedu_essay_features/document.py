"""An essay, parsed once, as every extractor sees it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.analysis import (
    NO_ANALYSERS,
    Analysers,
    LanguageIssue,
    ParsedSentence,
    speaks,
)
from huleedu_essay_features.languages import LanguageProfile, language_profile
from huleedu_essay_features.lexicon import Lexicon, lexicon
from huleedu_essay_features.normalisation import normalise_text
from huleedu_essay_features.segmentation import Span, split_paragraphs, split_sentences
from huleedu_essay_features.tokens import Token, TokenKind, tokenise

DOCUMENT_VERSION = "1"
"""Raised when normalisation, segmentation or tokenisation changes."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence.

    Attributes:
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        paragraph: Index of its paragraph.
        tokens: Its tokens; at least one is a word.
        words: Those tokens that are words or numbers.
    """

    start: int
    end: int
    paragraph: int
    tokens: tuple[Token, ...]
    words: tuple[Token, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DocumentVectors:
    """What an embedder says of a document.

    Attributes:
        writing: ndarray of shape (dimensions,), float32: how it is written.
        topic: ndarray of shape (d,), float32, of unit length: what it is about.
        sentences: ndarray of shape (n_sentences, d), float32, rows of unit length or NaN: what
            each sentence is about.
    """

    writing: NDArray[np.float32]
    topic: NDArray[np.float32]
    sentences: NDArray[np.float32]


class EssayDocument:
    """A text and what follows from it, each computed once, when first asked for.

    Instances do not change. All offsets refer to :attr:`text`.

    Args:
        raw_text: The text as it was written.
        language: ISO 639-1 code.
        prompt: The task as put to the writer, in the same language; None where unknown.
        analysers: What parses, checks and embeds the text, each when first asked.

    Attributes:
        text: The normalised text.
        language: ISO 639-1 code.
        profile: Word lists of the language.
        prompt: The task, parsed in the same way, or None.

    Raises:
        UnsupportedLanguageError: No features are defined for the language.
    """

    def __init__(
        self,
        raw_text: str,
        language: str = "en",
        *,
        prompt: "EssayDocument | None" = None,
        analysers: Analysers = NO_ANALYSERS,
    ) -> None:
        self.profile: LanguageProfile = language_profile(language)
        self.text = normalise_text(raw_text)
        self.language = language
        self.prompt = prompt
        self._analysers = analysers

    @property
    def lexicon(self) -> Lexicon:
        """What is known of the language's words."""
        return lexicon(self.language)

    @cached_property
    def paragraphs(self) -> tuple[Span, ...]:
        """Start and end of each paragraph that holds a word."""
        text = self.text
        return tuple(
            span for span in split_paragraphs(text) if any(map(str.isalnum, text[slice(*span)]))
        )

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences, in order."""
        return tuple(
            self._sentence(start, end, index)
            for index, (first, last) in enumerate(self.paragraphs)
            for start, end in split_sentences(self.text, first, last, self.profile)
        )

    def _sentence(self, start: int, end: int, paragraph: int) -> Sentence:
        tokens = tuple(tokenise(self.text, start, end))
        return Sentence(start, end, paragraph, tokens, tuple(t for t in tokens if t.is_word))

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """All words and numbers, in order."""
        return tuple(word for sentence in self.sentences for word in sentence.words)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The words in lower case, with one form of apostrophe and hyphen."""
        return tuple(word.key for word in self.words)

    @cached_property
    def lemmas(self) -> tuple[str, ...]:
        """The base forms of the words."""
        lemma = self.lexicon.lemma
        return tuple(map(lemma, self.keys))

    @cached_property
    def content_lemmas(self) -> tuple[tuple[str, ...], ...]:
        """Per sentence, the base forms of its words that are neither numbers nor function words."""
        is_function_word = self.lexicon.is_function_word
        lemmas = iter(zip(self.keys, self.lemmas, strict=True))
        return tuple(
            tuple(
                lemma
                for word, (key, lemma) in zip(sentence.words, lemmas, strict=False)
                if word.kind is TokenKind.WORD and not is_function_word(key)
            )
            for sentence in self.sentences
        )

    @cached_property
    def parsed(self) -> tuple[ParsedSentence, ...] | None:
        """The structure of each sentence; None where no parser speaks the language."""
        parser = self._analysers.parser
        if parser is None or not speaks(parser, self.language):
            return None
        return parser.parse(self)

    @cached_property
    def issues(self) -> tuple[LanguageIssue, ...] | None:
        """Remarks of the language checker; None where none speaks the language."""
        checker = self._analysers.checker
        if checker is None or not speaks(checker, self.language):
            return None
        return checker.check(self)

    @cached_property
    def vectors(self) -> DocumentVectors | None:
        """Vectors of the text and its sentences; None where no embedder speaks the language."""
        embedder = self._analysers.embedder
        if embedder is None or not speaks(embedder, self.language):
            return None
        spans = [(sentence.start, sentence.end) for sentence in self.sentences]
        vectors = embedder.embed([self.text], [spans])
        return DocumentVectors(vectors.writing[0], vectors.topic[0], vectors.spans[0])
