"""What is known of single words: how common they are, their base form, their spelling."""

import math
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.metadata import version

import simplemma
import wordfreq

from huleedu_essay_features.languages import (
    SUPPORTED_LANGUAGES,
    LanguageProfile,
    language_profile,
)
from huleedu_essay_features.spelling import (
    SpellingDictionary,
    spelling_dictionary,
    spelling_digest,
)

_CACHE_SIZE = 50_000


class Lexicon:
    """The words of one language. Thread-safe; loaded once in a process.

    All methods take words in lower case with straight apostrophes and hyphens.
    """

    def __init__(self, profile: LanguageProfile) -> None:
        self.profile = profile
        self._language = profile.code
        self._frequencies: Mapping[str, float] = wordfreq.get_frequency_dict(
            profile.code, wordlist="large"
        )
        self._lemmatizer = simplemma.Lemmatizer()
        self.zipf = lru_cache(_CACHE_SIZE)(self._zipf)
        self.lemma = lru_cache(_CACHE_SIZE)(self._lemma)

    @property
    def spelling(self) -> SpellingDictionary:
        """The spelling dictionary, loaded when first asked for."""
        return spelling_dictionary(self._language)

    def is_function_word(self, word: str) -> bool:
        """Return whether a word belongs to a closed class."""
        return word in self.profile.function_words

    def _zipf(self, word: str) -> float:
        """Return the Zipf frequency (log10 of occurrences per 10⁹ words), or NaN if unknown.

        A hyphenated word that the list lacks has the frequency of its rarest part.
        """
        frequency = self._frequencies.get(word)
        if frequency is None and word.endswith("'s"):
            frequency = self._frequencies.get(word[:-2])
        if frequency is not None:
            return math.log10(frequency) + 9.0
        if "-" not in word:
            return math.nan
        parts = [self.zipf(part) for part in word.split("-")]
        return math.nan if any(map(math.isnan, parts)) else min(parts)

    def _lemma(self, word: str) -> str:
        """Return the base form, lower case; an unknown word is its own."""
        if self._language == "en" and word.endswith("'s"):
            word = word[:-2] or word
        return str(self._lemmatizer.lemmatize(word, lang=self._language)).lower()


@cache
def lexicon(language: str) -> Lexicon:
    """Return the lexicon of a language.

    Raises:
        UnsupportedLanguageError: No features are defined for it.
    """
    return Lexicon(language_profile(language))


@cache
def lexicon_identity() -> dict[str, str]:
    """Return versions and digests of all that lexicons know, without loading them.

    Raises:
        MissingModelError: A dictionary is not installed.
        ModelDigestError: A dictionary is not the one that this version was made for.
    """
    identity = {"wordfreq": version("wordfreq"), "simplemma": version("simplemma")}
    for code in SUPPORTED_LANGUAGES:
        identity[f"spelling.{code}"] = spelling_digest(code)
        identity[f"word_lists.{code}"] = language_profile(code).digest
    return identity
