"""A parser whose structures can be worked out in the head."""

import re
from collections.abc import Mapping, Sequence

from huleedu_essay_features.analysis import ParsedSentence, ParsedToken
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import UnsupportedLanguageError
from huleedu_essay_features.languages import SUPPORTED_LANGUAGES
from huleedu_essay_features.tokens import WORD_PATTERN

_TOKEN = re.compile(rf"{WORD_PATTERN}|\S")


class ChainParser:
    """Hangs every token on the one before it; words are nouns, all else is punctuation.

    Args:
        languages: ISO 639-1 codes of the languages it takes.
    """

    def __init__(self, languages: Sequence[str] = SUPPORTED_LANGUAGES) -> None:
        self._languages = tuple(languages)

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages it takes."""
        return self._languages

    @property
    def identity(self) -> Mapping[str, str]:
        """What its answers depend on."""
        return {"parser": "chain 1"}

    def parse(self, document: EssayDocument) -> tuple[ParsedSentence, ...]:
        """Return one parsed sentence per sentence of the document."""
        if document.language not in self._languages:
            raise UnsupportedLanguageError(language=document.language, supported=self._languages)
        return tuple(
            ParsedSentence(
                tuple(
                    _token(index, match)
                    for index, match in enumerate(
                        _TOKEN.finditer(document.text, sentence.start, sentence.end)
                    )
                )
            )
            for sentence in document.sentences
        )


def _token(index: int, match: re.Match[str]) -> ParsedToken:
    is_word = match.group()[0].isalnum()
    return ParsedToken(
        match.start(),
        match.end(),
        match.group(),
        "NOUN" if is_word else "PUNCT",
        "WORD" if is_word else "MARK",
        "dep" if index else "root",
        max(index - 1, 0),
    )
