"""Errors of grammar, as learners of English make them.

Each operator takes the words of a sentence and returns them with one error more, or None where
the sentence gives no occasion.
"""

from collections.abc import Callable, Mapping, Sequence

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.lexicon.verbs import (
    BASE_TO_PRESENT,
    PAST_TO_BASE,
    PRESENT_TO_BASE,
)
from huleedu_ml_training.data.demo_corpus.lexicon.word_lists import word_set

Operator = Callable[[Sequence[str], Dice], list[str] | None]

_BE_AND_HAVE = {
    "is": "are", "are": "is", "was": "were", "were": "was", "has": "have", "have": "has",
    "does": "do", "doesn't": "don't", "isn't": "aren't", "am": "is",
}  # fmt: skip
_DISAGREEING: dict[str, str] = {**PRESENT_TO_BASE, **_BE_AND_HAVE}
_PLURAL_SUBJECTS = word_set(
    "they we you people students pupils kids friends parents teachers phones clothes games books "
    "companies adults individuals teenagers children"
)
_OTHER_TENSE: dict[str, str] = {
    **PAST_TO_BASE, "was": "is", "were": "are", "had": "have", "did": "do", "could": "can",
    "would": "will",
}  # fmt: skip
_PREPOSITIONS: dict[str, tuple[str, ...]] = {
    "in": ("on", "at"), "on": ("in", "at"), "at": ("in", "on"), "for": ("to", "of"),
    "to": ("for", "at"), "from": ("of",), "of": ("for", "from"), "about": ("of", "on"),
    "with": ("to",), "by": ("from", "of"), "during": ("under",),
}  # fmt: skip
_ARTICLES = frozenset({"a", "an", "the"})
_COUNTED = word_set("many some few most other these those several different two three all")
_COMPARATIVES = word_set(
    "better worse easier bigger harder older faster smaller louder happier cheaper"
)
_CALQUES_LISTED = """
agree = am agree; fun = funny; these days = in these days; at home = home; listen to = listen on;
look at = look on; depend on = depend of; a person who = a person that;
people who = people that they;
there is = it is; there are = it is; last week = the last week; in the morning = on the morning;
when it comes to = when it is about; do not have to = must not; does not = do not; do not = not;
would be = should be; has saved = saved; the fact that = the fact; so many = so much;
how it felt = how did it feel; why I = why do I; different from = different than; much more = more
"""
_CALQUES: dict[tuple[str, ...], tuple[str, ...]] = {
    tuple(english.split()): tuple(literal.split())
    for english, literal in (entry.split("=") for entry in _CALQUES_LISTED.split(";"))
}
_LONGEST_CALQUE = max(map(len, _CALQUES))


def _substitute(words: Sequence[str], place: int, *new: str) -> list[str]:
    """Put words in the place of one, with the commas that clung to it."""
    old = words[place]
    tail = old[len(old.rstrip(",;:")) :]
    replaced = [*new[:-1], new[-1] + tail] if new else []
    return [*words[:place], *replaced, *words[place + 1 :]]


def _swap_one(words: Sequence[str], dice: Dice, table: Mapping[str, str]) -> list[str] | None:
    places = [i for i, word in enumerate(words) if word.rstrip(",;:") in table]
    if not places:
        return None
    place = dice.pick(places)
    return _substitute(words, place, table[words[place].rstrip(",;:")])


def break_agreement(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Let a verb disagree with its subject: ``he go``, ``they goes``, ``people is``."""
    places = [
        i
        for i in range(1, len(words))
        if words[i - 1] in _PLURAL_SUBJECTS and words[i] in BASE_TO_PRESENT
    ]
    if places and dice.chance(0.4):
        place = dice.pick(places)
        return _substitute(words, place, BASE_TO_PRESENT[words[place]])
    return _swap_one(words, dice, _DISAGREEING)


def shift_tense(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Put a verb of the past into the present."""
    return _swap_one(words, dice, _OTHER_TENSE)


def lose_article(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Leave an article out."""
    places = [i for i, word in enumerate(words) if word in _ARTICLES]
    return _substitute(words, dice.pick(places)) if places else None


def exchange_article(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Write ``a`` for ``an`` and the other way round."""
    return _swap_one(words, dice, {"a": "an", "an": "a"})


def exchange_preposition(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Take the wrong preposition, more often than not the one a Swede would take."""
    table = {old: dice.pick(new) for old, new in _PREPOSITIONS.items() if old in words}
    return _swap_one(words, dice, table)


def lose_plural(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Leave out the ``-s`` of a noun after a word such as *many*."""
    places = [
        i
        for i in range(1, len(words))
        if words[i - 1] in _COUNTED
        and words[i].rstrip(",").endswith("s")
        and not words[i].rstrip(",").endswith(("ss", "us"))
    ]
    if not places:
        return None
    place = dice.pick(places)
    return _substitute(words, place, words[place].rstrip(",")[:-1])


def double_comparison(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Compare twice: ``more better``."""
    places = [i for i, word in enumerate(words) if word.rstrip(",") in _COMPARATIVES]
    if not places:
        return None
    place = dice.pick(places)
    return _substitute(words, place, "more", words[place].rstrip(","))


def translate_literally(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Say it in English words the way it is said in Swedish."""
    found = [
        (place, phrase)
        for place in range(len(words))
        for length in range(1, min(_LONGEST_CALQUE, len(words) - place) + 1)
        if (phrase := tuple(words[place : place + length])) in _CALQUES
    ]
    if not found:
        return None
    place, old = dice.pick(found)
    return [*words[:place], *_CALQUES[old], *words[place + len(old) :]]


OPERATORS: dict[str, Operator] = {
    "agreement": break_agreement,
    "tense": shift_tense,
    "article": lose_article,
    "a_or_an": exchange_article,
    "preposition": exchange_preposition,
    "plural": lose_plural,
    "comparison": double_comparison,
    "calque": translate_literally,
}
