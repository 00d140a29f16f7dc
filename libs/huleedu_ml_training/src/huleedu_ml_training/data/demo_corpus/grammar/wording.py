"""Which word a pupil takes where several would do."""

import re
from functools import cache

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.lexicon.inflection import VOWELS, inflect
from huleedu_ml_training.data.demo_corpus.lexicon.names import DETAILS, KEPT
from huleedu_ml_training.data.demo_corpus.lexicon.synonyms import ADJECTIVES, ADVERBS, NOUNS, VERBS

_SLOT = re.compile(r"\{(@?)(\w+)(?:\+(\w+))?\}")
_ALTERNATIVES = re.compile(r"<([^>]+)>")
_ARTICLE = re.compile(r"\b(an?) (?=(\w+))")
_SOUNDS_LIKE_YOU = ("uni", "use", "usu", "one", "eu")
_SILENT_H = ("hour", "honest", "heir", "honour")


@cache
def synonym_levels(entry: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of an entry of :mod:`lexicon.synonyms`, by level 0…3.

    Raises:
        KeyError: There is no such entry.
    """
    for entries in (ADJECTIVES, ADVERBS, VERBS, NOUNS):
        if entry in entries:
            return tuple(
                tuple(word.strip() for word in level.split(","))
                for level in entries[entry].split("/")
            )
    raise KeyError(entry)


def indefinite_article(word: str) -> str:
    """Return the article, ``"a"`` or ``"an"``, that goes before a word."""
    if word.startswith(_SOUNDS_LIKE_YOU):
        return "a"
    return "an" if word[0].lower() in VOWELS or word.startswith(_SILENT_H) else "a"


class Wording:
    """Fills the slots of templates in the way one pupil would.

    Args:
        dice: The stream of this pupil's choices of words.
        vocabulary: Skill, in standard deviations: how far up the levels the pupil reaches, and
            how seldom one and the same word comes back.
        topics: What ``{@topic}`` may stand for.
    """

    def __init__(self, dice: Dice, vocabulary: float, topics: tuple[str, ...]) -> None:
        self._dice = dice
        self._vocabulary = vocabulary
        self._stickiness = min(max(0.5 - 0.2 * vocabulary, 0.08), 0.9)
        self._last: dict[str, str] = {}
        self._details = {**DETAILS, "topic": topics}

    def fill(self, template: str) -> str:
        """Return a template as text.

        ``<one/other>`` becomes one of its alternatives, ``{entry}`` a word from the synonyms,
        ``{entry+form}`` the same inflected, ``{@kind}`` a name or detail; then *a* and *an* are
        put right.

        Raises:
            KeyError: There is no such entry, kind or form.
        """
        chosen = _ALTERNATIVES.sub(self._choose, template)
        text = _SLOT.sub(self._fill_slot, chosen)
        return _ARTICLE.sub(lambda match: indefinite_article(match[2]) + " ", text)

    def _choose(self, alternatives: re.Match[str]) -> str:
        options: list[str] = alternatives[1].split("/")
        return self._dice.pick(options)

    def _fill_slot(self, slot: re.Match[str]) -> str:
        is_detail, entry, form = slot.groups()
        word: str = self._detail(entry) if is_detail else self._synonym(entry)
        return inflect(word, form) if form else word

    def _detail(self, kind: str) -> str:
        if kind in self._last:
            return self._last[kind]
        detail = self._dice.pick(self._details[kind])
        if kind in KEPT:
            self._last[kind] = detail
        return detail

    def _synonym(self, entry: str) -> str:
        if entry in self._last and self._dice.chance(self._stickiness):
            return self._last[entry]
        levels = synonym_levels(entry)
        word = self._dice.pick(levels[self._dice.level(self._vocabulary)])
        self._last[entry] = word
        return word
