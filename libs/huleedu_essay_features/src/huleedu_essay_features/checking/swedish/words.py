"""What the rules for Swedish know of words and phrases."""

import math
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Literal

from huleedu_essay_features.checking.word_lists import word_lists
from huleedu_essay_features.document import Sentence
from huleedu_essay_features.lexicon import Lexicon, lexicon
from huleedu_essay_features.tokens import Token

Gender = Literal["en", "ett"]

_VOWELS = "aeiouyåäö"
_FREQUENT = 3.0
_ATTESTED = 2.5
_RARE = 2.0
_CLEAR_LEAD = 2.2
_CACHE_SIZE = 20_000


class SwedishWords:
    """Gender, part of speech and frequency, as far as forms in a frequency list show them.

    Attributes:
        lists: Name of a list of ``swedish_rules.toml`` → its words.
    """

    def __init__(self) -> None:
        self._lexicon: Lexicon = lexicon("sv")
        self.lists = word_lists("swedish_rules").lists
        self._ungendered = self.lists["both_genders"] | self.lists["no_noun"]
        self.gender = lru_cache(_CACHE_SIZE)(self._gender)
        self.is_adjective = lru_cache(_CACHE_SIZE)(self._is_adjective)
        self.is_infinitive = lru_cache(_CACHE_SIZE)(self._is_infinitive)

    def zipf(self, word: str) -> float:
        """Return how common a word is on the Zipf scale; 0 for an unknown one."""
        frequency = self._lexicon.zipf(word)
        return 0.0 if math.isnan(frequency) else frequency

    def knows(self, word: str) -> bool:
        """Return whether the spelling dictionary has a word."""
        return self._lexicon.spelling.knows(word)

    def is_function_word(self, word: str) -> bool:
        """Return whether a word belongs to a closed class."""
        return self._lexicon.is_function_word(word)

    def _gender(self, word: str) -> Gender | None:
        """Return the gender of a noun in its basic form, None where it is not certain.

        The frequencies of the definite forms tell: "bilen" is common and "bilet" is not there. The
        definite plural of some neuter nouns ends in -en too, so that a common -en needs -et to be
        missing, and not the other way round.
        """
        if word in self.lists["neuter"]:
            return "ett"
        if len(word) < 3 or word in self._ungendered or self.is_function_word(word):
            return None
        common = max(map(self.zipf, definite_forms(word, "en")))
        neuter = max(map(self.zipf, definite_forms(word, "ett")))
        if self.zipf(word) < _FREQUENT or self.is_adjective(word) or self._is_verb(word):
            return None
        if common >= _FREQUENT and (neuter < _RARE or common - neuter >= _CLEAR_LEAD):
            return "en"
        if neuter >= _FREQUENT and (word.endswith("e") or neuter - common >= 0.3):
            return "ett"
        return None

    def _is_verb(self, word: str) -> bool:
        return self.is_infinitive(word) and self.zipf(word + "n") < self.zipf(word)

    def base_of_definite(self, word: str) -> str | None:
        """Return the noun whose definite singular a word certainly is, or None."""
        if self.is_function_word(word):
            return None
        for ending in ("en", "et", "n", "t"):
            base = word.removesuffix(ending)
            for candidate in (base, base[:-1] if base[-2:-1] == base[-1:] else base):
                if len(candidate) < 3 or candidate == word:
                    continue
                gender = self.gender(candidate)
                if gender is not None and word in definite_forms(candidate, gender):
                    return candidate
        return None

    def _is_adjective(self, word: str) -> bool:
        """Return whether a word is the basic form of an adjective: -t and -a are common too."""
        if len(word) < 3 or word[-1] in "at" or word in self.lists["no_adjective"]:
            return False
        stem = word[:-2] + word[-1] if word.endswith(("el", "en", "er")) else word
        return all(
            self.zipf(form) >= _FREQUENT for form in (word, neuter_of(word), stem + "a")
        ) and not self.is_function_word(word)

    def _is_infinitive(self, word: str) -> bool:
        """Return whether a word is an infinitive: present and preterite are common too."""
        if word in self.lists["infinitives"]:
            return True
        if len(word) < 4 or not word.endswith("a") or self.zipf(word) < _FREQUENT:
            return False
        stem = word[:-1]
        first = self.zipf(word + "r") >= _FREQUENT and self.zipf(word + "de") >= _ATTESTED
        second = self.zipf(stem + "er") >= _FREQUENT and any(
            self.zipf(stem + ending) >= _ATTESTED for ending in ("de", "te", "it")
        )
        return first or second


def neuter_of(adjective: str) -> str:
    """Return the form of an adjective after "ett"."""
    if adjective[-1] in _VOWELS:
        return adjective + "tt"
    if adjective.endswith("en"):
        return adjective[:-1] + "t"
    if adjective.endswith("d") and adjective[-2] in _VOWELS:
        return adjective[:-1] + "tt"
    return adjective + "t"


def definite_forms(noun: str, gender: Gender) -> tuple[str, ...]:
    """Return what the definite singular of a noun of a gender may be, as endings allow."""
    mark = "n" if gender == "en" else "t"
    if noun[-1] in _VOWELS:
        return (noun + mark,)
    forms = [f"{noun}e{mark}"]
    if noun[-1] in "mn":
        forms.append(f"{noun}{noun[-1]}e{mark}")
    if noun.endswith(("el", "er", "en", "or")):
        forms.append(noun + "n" if gender == "en" else f"{noun[:-2]}{noun[-1]}et")
    return tuple(forms)


def runs(sentence: Sentence) -> Iterator[tuple[Token, ...]]:
    """Yield the stretches of a sentence without any mark between the words."""
    run: list[Token] = []
    for token in sentence.tokens:
        if token.is_word:
            run.append(token)
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


@cache
def swedish_words() -> SwedishWords:
    """Return the words, loaded once in a process."""
    return SwedishWords()
