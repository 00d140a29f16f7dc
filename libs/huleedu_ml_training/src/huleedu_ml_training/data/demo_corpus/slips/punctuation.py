"""Errors of punctuation, capitals and sentence boundaries."""

from collections.abc import Sequence

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.lexicon.word_lists import word_set
from huleedu_ml_training.data.demo_corpus.sentence import Sentence

_STARTERS = word_set("because when if since although while which and but so")
_MIN_PART = 3


def drop_comma(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Leave a comma out, or return None where there is none."""
    places = [i for i, word in enumerate(words) if word.endswith(",")]
    if not places:
        return None
    place = dice.pick(places)
    return [*words[:place], words[place][:-1], *words[place + 1 :]]


def stray_comma(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Put a comma before ``that`` or ``because``, where English has none."""
    places = [
        i
        for i in range(1, len(words))
        if words[i] in {"that", "because", "when"} and not words[i - 1].endswith((",", ";", ":"))
    ]
    if not places:
        return None
    place = dice.pick(places)
    return [*words[: place - 1], words[place - 1] + ",", *words[place:]]


def shorthand(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Write ``&`` for an ``and``, or return None where there is none."""
    places = [i for i, word in enumerate(words) if word == "and"]
    if not places:
        return None
    place = dice.pick(places)
    return [*words[:place], "&", *words[place + 1 :]]


def lone_quote(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Open a quotation before a word and never close it, or return None in a short sentence."""
    if len(words) <= _MIN_PART:
        return None
    place = 1 + dice.below(len(words) - 1)
    return [*words[:place], f'"{words[place]}', *words[place + 1 :]]


def drop_apostrophe(word: str) -> str:
    """Return the word without its apostrophe: ``dont``, ``im``."""
    return word.replace("'", "")


def splice(first: Sentence, second: Sentence) -> Sentence:
    """Join two sentences by a mere comma."""
    words = [*first.words[:-1], first.words[-1].rstrip(",") + ",", *second.words]
    return Sentence(words, second.end)


def run_on(first: Sentence, second: Sentence) -> Sentence:
    """Join two sentences by nothing at all."""
    return Sentence([*first.words, *second.words], second.end)


def cut_fragment(sentence: Sentence, dice: Dice) -> list[Sentence] | None:
    """Cut a sentence before a conjunction, so that the second part cannot stand alone."""
    words = sentence.words
    places = [i for i in range(_MIN_PART, len(words) - _MIN_PART + 1) if words[i] in _STARTERS]
    if not places:
        return None
    place = dice.pick(places)
    head = [*words[: place - 1], words[place - 1].rstrip(",;:")]
    return [Sentence(head), Sentence(list(words[place:]), sentence.end)]


def pile_up(sentence: Sentence, dice: Dice) -> Sentence:
    """End a sentence with more marks than it needs."""
    end = dice.pick(("!!", "!!!", "...")) if sentence.end != "?" else "??"
    return Sentence(sentence.words, end)
