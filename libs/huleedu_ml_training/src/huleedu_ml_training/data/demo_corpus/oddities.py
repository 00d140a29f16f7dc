"""What real collections hold besides tidy essays: copies and strange layouts."""

from huleedu_ml_training.data.demo_corpus.dice import Dice

_COPY_EVERY, _COPY_AT = 150, 149
_ONE_BLOCK_EVERY, _ONE_BLOCK_AT = 90, 40
_LOWER_CASE_EVERY, _LOWER_CASE_AT = 130, 65
_GAPS = (" ",) * 12 + ("  ", "  ", "\n", "\t")


def is_copier(number: int) -> bool:
    """Return whether a pupil hands in somebody else's text: every 150th does."""
    return number % _COPY_EVERY == _COPY_AT


def copied_from(number: int, dice: Dice) -> int | None:
    """Return the number of the essay that an essay is a copy of, or None for one's own work.

    The source is itself no copy.
    """
    if not is_copier(number):
        return None
    source = dice.below(number)
    return source - 1 if is_copier(source) else source


def respaced(text: str, dice: Dice) -> str:
    """Return the same words with other white space, as pasting leaves them."""
    words = text.split()
    return words[0] + "".join(dice.pick(_GAPS) + word for word in words[1:]) + "\n"


def relaid(text: str, number: int) -> str:
    """Return the text, for a few essays as a single block or all in lower case."""
    if number % _ONE_BLOCK_EVERY == _ONE_BLOCK_AT:
        return " ".join(text.split())
    if number % _LOWER_CASE_EVERY == _LOWER_CASE_AT:
        return text.lower()
    return text
