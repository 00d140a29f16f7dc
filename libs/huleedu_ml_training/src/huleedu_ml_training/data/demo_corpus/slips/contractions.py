"""Short forms, which pupils write or not as they like; they are no errors."""

from collections.abc import Sequence

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.lexicon.word_lists import word_set

_SHORT: dict[tuple[str, str], str] = {
    ("do", "not"): "don't", ("does", "not"): "doesn't", ("did", "not"): "didn't",
    ("is", "not"): "isn't", ("are", "not"): "aren't", ("was", "not"): "wasn't",
    ("could", "not"): "couldn't", ("would", "not"): "wouldn't", ("will", "not"): "won't",
    ("should", "not"): "shouldn't", ("it", "is"): "it's", ("that", "is"): "that's",
    ("there", "is"): "there's", ("I", "am"): "I'm", ("I", "will"): "I'll", ("I", "would"): "I'd",
    ("we", "are"): "we're", ("they", "are"): "they're", ("you", "are"): "you're",
    ("you", "have"): "you've",
}  # fmt: skip
_NO_SHORT_AFTER = word_set("who what where how as than why")


def contract(words: Sequence[str], readiness: float, dice: Dice) -> list[str]:
    """Return the words with some pairs contracted.

    Args:
        words: The words of a sentence; a pair at its very end stays, and so does one after
            *who*, *than* … (``who we are``).
        readiness: Probability of a short form where one is possible.
        dice: The stream of choices.
    """
    shortened: list[str] = []
    place = 0
    while place < len(words):
        word = words[place]
        if word == "cannot" and dice.chance(readiness):
            shortened.append("can't")
        elif (
            place + 2 < len(words)
            and (word, words[place + 1]) in _SHORT
            and words[place - 1] not in _NO_SHORT_AFTER
            and dice.chance(readiness)
        ):
            shortened.append(_SHORT[word, words[place + 1]])
            place += 1
        else:
            shortened.append(word)
        place += 1
    return shortened
