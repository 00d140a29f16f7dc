"""A parsed English sentence, seen as words with their dependants."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from huleedu_essay_features.analysis import ParsedSentence, ParsedToken

FINITE_TAGS = frozenset(("VBZ", "VBP", "VBD", "MD"))
VERB_TAGS = FINITE_TAGS | {"VB", "VBG", "VBN"}
QUESTION_TAGS = frozenset(("WDT", "WP", "WRB"))

_SUBJECTS = ("nsubj", "nsubj:pass", "csubj", "csubj:pass", "expl")
_APOSTROPHES = str.maketrans("\u2019\u2018", "''")


class Word(NamedTuple):
    """A token and where it stands.

    Attributes:
        at: Its place in the sentence.
        key: Its text in lower case with straight apostrophes.
        tag: Penn Treebank tag.
        dep: Universal Dependencies relation.
        head: Index of its head; its own for a root.
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
    """

    at: int
    key: str
    tag: str
    dep: str
    head: int
    start: int
    end: int


class Sentence:
    """The words of a sentence and the relations between them.

    Auxiliaries depend on the main verb, and what follows a preposition on the preposition.

    Attributes:
        words: All tokens in order; never empty.
    """

    def __init__(self, parsed: ParsedSentence) -> None:
        self.words: tuple[Word, ...] = tuple(
            _word(index, token) for index, token in enumerate(parsed.tokens)
        )
        # Rules ask again and again, and a head may have any number of dependants.
        self._subjects: dict[int, Word | None] = {}
        self._auxiliaries: dict[int, list[Word]] = {}

    @cached_property
    def verbs(self) -> tuple[Word, ...]:
        """Words with a verb's tag, modals included."""
        return tuple(word for word in self.words if word.tag in VERB_TAGS)

    @cached_property
    def _children(self) -> list[list[Word]]:
        children: list[list[Word]] = [[] for _ in self.words]
        for word in self.words:
            if word.head != word.at:
                children[word.head].append(word)
        return children

    def children(self, word: Word, *deps: str) -> Iterator[Word]:
        """Yield a word's dependants in order, of certain relations if any are given."""
        return (child for child in self._children[word.at] if not deps or child.dep in deps)

    def child(self, word: Word, *deps: str) -> Word | None:
        """Return a word's first dependant of certain relations, or None."""
        return next(self.children(word, *deps), None)

    def head(self, word: Word) -> Word | None:
        """Return what a word depends on; None for a root."""
        return None if word.head == word.at else self.words[word.head]

    def next(self, word: Word) -> Word | None:
        """Return the word after another, or None at the end."""
        return self.words[word.at + 1] if word.at + 1 < len(self.words) else None

    def previous(self, word: Word) -> Word | None:
        """Return the word before another, or None at the beginning."""
        return self.words[word.at - 1] if word.at else None

    def between(self, first: Word, last: Word) -> Sequence[Word]:
        """Return the words between two others, the first of which stands first."""
        return self.words[first.at + 1 : last.at]

    def start(self, word: Word) -> int:
        """Return the index of the first word of a word's phrase."""
        first = word
        while before := [c for c in self.children(first) if c.at < first.at]:
            first = before[0]
        return first.at

    def subject(self, verb: Word) -> Word | None:
        """Return a verb's own subject, the nearest if the parser saw several; or None."""
        if verb.at not in self._subjects:
            subjects = self.children(verb, *_SUBJECTS)
            self._subjects[verb.at] = min(
                subjects, key=lambda word: abs(word.at - verb.at), default=None
            )
        return self._subjects[verb.at]

    def auxiliaries(self, verb: Word) -> list[Word]:
        """Return a verb's auxiliaries in order; the "to" of an infinitive is one."""
        if verb.at not in self._auxiliaries:
            self._auxiliaries[verb.at] = list(self.children(verb, "aux", "aux:pass"))
        return self._auxiliaries[verb.at]

    def finite_part(self, verb: Word) -> Word | None:
        """Return the word that carries a verb's tense: itself, its first auxiliary, or None."""
        carrier = next((a for a in self.auxiliaries(verb) if a.tag != "TO"), verb)
        return carrier if carrier.tag in FINITE_TAGS else None

    def is_imperative(self, verb: Word) -> bool:
        """Return whether a main verb is in its basic form, without anything that governs it."""
        return (
            verb.tag == "VB"
            and verb.dep in {"root", "conj", "ccomp", "parataxis"}
            and not self.auxiliaries(verb)
        )


def _word(index: int, token: ParsedToken) -> Word:
    key = token.text.lower()
    if not key.isascii():
        key = key.translate(_APOSTROPHES)
    return Word(index, key, token.tag, token.dep, token.head, token.start, token.end)
