"""Lists of words."""


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text, for asking whether a word is among them."""
    return frozenset(words.split())
