"""Clauses and T-units in parsed sentences.

They work on both styles of annotation in use: copulas that head their predicate, in English, and
copulas that depend on it, in Swedish and in Universal Dependencies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from huleedu_essay_features.analysis import ParsedSentence, ParsedToken

_FINITE_TAGS = frozenset(("MD", "VBD", "VBP", "VBZ"))
_FINITE_FEATURES = frozenset(("IMP", "PRS", "PRT"))
_BASE_FORM = "VB"
_CLAUSE_RELATIONS = frozenset(
    ("root", "csubj", "ccomp", "xcomp", "advcl", "acl", "parataxis", "conj", "dep", "appos")
)
_SUBORDINATE_RELATIONS = frozenset(("csubj", "ccomp", "advcl", "acl"))
_SUBJECTS = frozenset(("nsubj", "csubj", "expl"))


@dataclass(frozen=True, slots=True)
class ClauseCounts:
    """What a sentence consists of.

    Attributes:
        clauses: Finite clauses.
        subordinate: Those of them that depend on another: nominal, adverbial and relative ones.
    """

    clauses: int
    subordinate: int

    @property
    def t_units(self) -> int:
        """The other clauses, each with what depends on it."""
        return self.clauses - self.subordinate


def relation(token: ParsedToken) -> str:
    """Return a token's relation without its subtype."""
    return token.dep.partition(":")[0]


def first_conjunct(index: int, tokens: Sequence[ParsedToken]) -> int:
    """Return the index of what a token is coordinated with in the end; its own where of nothing."""
    while relation(tokens[index]) == "conj" and tokens[index].head != index:
        index = tokens[index].head
    return index


def count_clauses(sentence: ParsedSentence) -> ClauseCounts:
    """Count the clauses of a sentence.

    A clause is headed by a verb, or the predicate of a copula, that is finite, by itself or by an
    auxiliary, or that is an imperative at the root. A verb that is coordinated with another shares
    its clause unless it has a subject of its own. A complement clause without conjunction to the
    left of its head is what a parser makes of a comma splice: it does not count as subordinate.
    """
    tokens = sentence.tokens
    children: list[list[ParsedToken]] = [[] for _ in tokens]
    for index, token in enumerate(tokens):
        if token.head != index:
            children[token.head].append(token)
    clauses = subordinate = 0
    for index, token in enumerate(tokens):
        if _heads_clause(token, children[index]):
            clauses += 1
            joined = first_conjunct(index, tokens)
            subordinate += _is_subordinate(joined, tokens[joined], children[joined])
    return ClauseCounts(clauses, subordinate)


def _heads_clause(token: ParsedToken, children: Sequence[ParsedToken]) -> bool:
    name = relation(token)
    if name not in _CLAUSE_RELATIONS:
        return False
    if name in {"conj", "appos", "dep"} and not _has(children, _SUBJECTS):
        return False
    if _is_finite(token) or any(
        _is_finite(child) for child in children if relation(child) in {"aux", "cop"}
    ):
        return True
    return name == "root" and token.tag == _BASE_FORM


def _is_finite(token: ParsedToken) -> bool:
    tag, *features = token.tag.split("|")
    return tag in _FINITE_TAGS or (tag == _BASE_FORM and not _FINITE_FEATURES.isdisjoint(features))


def _is_subordinate(index: int, token: ParsedToken, children: Sequence[ParsedToken]) -> bool:
    name = relation(token)
    if name == "ccomp" and index < token.head:
        return _has(children, frozenset(("mark",)))
    return name in _SUBORDINATE_RELATIONS


def _has(children: Sequence[ParsedToken], relations: frozenset[str]) -> bool:
    return any(relation(child) in relations for child in children)
