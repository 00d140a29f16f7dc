"""Languages that features are defined for, and their word lists."""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from huleedu_essay_features.errors import UnsupportedLanguageError

LANGUAGE_NAMES = {"en": "English", "sv": "Swedish"}
"""ISO 639-1 code → name in English."""

SUPPORTED_LANGUAGES = tuple(LANGUAGE_NAMES)
"""ISO 639-1 codes."""


@dataclass(frozen=True, slots=True)
class LanguageProfile:
    """Word lists of one language, lower case.

    Attributes:
        code: ISO 639-1 code.
        abbreviations: A full stop after one never ends a sentence; written without the last stop.
        final_abbreviations: A full stop after one ends a sentence only before a capital letter.
        function_words: Words of the closed classes.
        extra_words: Correct words that the spelling dictionary lacks.
        capitalised_words: Words that always begin with a capital letter.
        digest: Sha256 of the file that the lists come from.
    """

    code: str
    abbreviations: frozenset[str]
    final_abbreviations: frozenset[str]
    function_words: frozenset[str]
    extra_words: frozenset[str]
    capitalised_words: frozenset[str]
    digest: str


@cache
def language_profile(code: str) -> LanguageProfile:
    """Return the word lists of a language.

    Raises:
        UnsupportedLanguageError: No features are defined for it.
    """
    if code not in SUPPORTED_LANGUAGES:
        raise UnsupportedLanguageError(language=code, supported=SUPPORTED_LANGUAGES)
    content = resources.files("huleedu_essay_features").joinpath(f"resources/{code}.toml")
    data = content.read_bytes()
    lists = {name: frozenset(words.split()) for name, words in tomllib.loads(data.decode()).items()}
    return LanguageProfile(code=code, digest=hashlib.sha256(data).hexdigest(), **lists)
