"""Universal parts of speech and relations from the labels that pipelines were trained on."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple


class LabelledToken(NamedTuple):
    """A token as a pipeline labels it.

    Attributes:
        key: Its text in lower case.
        tag: The language's own tag.
        dep: The pipeline's own relation.
        head: Index of its head in the sentence.
    """

    key: str
    tag: str
    dep: str
    head: int


Universal = tuple[str, str]
"""Part of speech and relation."""

_PENN_UPOS: Mapping[str, str] = MappingProxyType(
    {
        "$": "SYM", "#": "SYM", "SYM": "SYM",
        "''": "PUNCT", "``": "PUNCT", ",": "PUNCT", ".": "PUNCT", ":": "PUNCT",
        "-LRB-": "PUNCT", "-RRB-": "PUNCT", "HYPH": "PUNCT", "NFP": "PUNCT",
        "ADD": "X", "FW": "X", "GW": "X", "LS": "X", "XX": "X", "_SP": "X",
        "AFX": "ADJ", "JJ": "ADJ", "JJR": "ADJ", "JJS": "ADJ",
        "CC": "CCONJ", "CD": "NUM", "UH": "INTJ",
        "DT": "DET", "PDT": "DET", "WDT": "DET",
        "EX": "PRON", "PRP": "PRON", "PRP$": "PRON", "WP": "PRON", "WP$": "PRON",
        "IN": "ADP", "RP": "ADP", "POS": "PART", "TO": "PART", "MD": "AUX",
        "NN": "NOUN", "NNS": "NOUN", "NNP": "PROPN", "NNPS": "PROPN",
        "RB": "ADV", "RBR": "ADV", "RBS": "ADV", "WRB": "ADV",
        "VB": "VERB", "VBD": "VERB", "VBG": "VERB", "VBN": "VERB", "VBP": "VERB", "VBZ": "VERB",
    }
)  # fmt: skip

_CLEAR_UD: Mapping[str, str] = MappingProxyType(
    {
        "ROOT": "root",
        "acomp": "xcomp:pred",
        "agent": "case",
        "attr": "xcomp:pred",
        "auxpass": "aux:pass",
        "csubjpass": "csubj:pass",
        "dative": "iobj",
        "dobj": "obj",
        "intj": "discourse",
        "meta": "dep",
        "neg": "advmod",
        "npadvmod": "obl:npmod",
        "nsubjpass": "nsubj:pass",
        "oprd": "xcomp:pred",
        "poss": "nmod:poss",
        "preconj": "cc:preconj",
        "predet": "det:predet",
        "prep": "case",
        "prt": "compound:prt",
        "quantmod": "advmod",
        "relcl": "acl:relcl",
    }
)
_NOMINAL_TAGS = frozenset(("NN", "NNS", "NNP", "NNPS", "PRP", "DT", "CD", "EX", "WP", "WDT"))
_BE = frozenset(("be", "am", "is", "are", "was", "were", "been", "being", "'s", "'re", "'m"))


def english(tokens: Sequence[LabelledToken]) -> list[Universal]:
    """Return the universal labels of a sentence with Penn tags and CLEAR relations.

    Heads stay as they are: a preposition heads its object and a copula its predicate, unlike in
    Universal Dependencies. A preposition is called ``case`` (``mark`` before a clause), its object
    ``obl`` or ``nmod`` after what the whole phrase modifies, a predicate ``xcomp:pred``.
    """
    existential = {token.head for token in tokens if token.dep == "expl"}
    before_clause = {token.head for token in tokens if token.dep == "pcomp"}
    return [
        (
            _english_upos(token, existential=index in existential),
            _english_dep(token, tokens, before_clause=index in before_clause),
        )
        for index, token in enumerate(tokens)
    ]


def _english_upos(token: LabelledToken, *, existential: bool) -> str:
    upos = _PENN_UPOS.get(token.tag, "X")
    dep = token.dep
    if upos == "VERB" and (dep in {"aux", "auxpass"} or (token.key in _BE and not existential)):
        return "AUX"
    if upos == "DET" and dep not in {"det", "predet", "preconj", "quantmod", "advmod", "neg"}:
        return "PRON"
    if dep == "mark" and upos in {"ADP", "ADV"}:
        return "SCONJ"
    if dep == "neg" and upos == "ADV":
        return "PART"
    return upos


def _english_dep(
    token: LabelledToken, tokens: Sequence[LabelledToken], *, before_clause: bool
) -> str:
    dep = token.dep
    if dep in {"pobj", "pcomp"}:
        nominal = tokens[tokens[token.head].head].tag in _NOMINAL_TAGS
        if dep == "pobj":
            if tokens[token.head].dep == "agent":
                return "obl:agent"
            return "nmod" if nominal else "obl"
        return "acl" if nominal else "advcl"
    if before_clause and dep in {"prep", "agent"}:
        return "mark"
    if dep == "dative" and token.tag in {"IN", "TO"}:
        return "case"
    return _CLEAR_UD.get(dep, dep)


_SUC_UPOS: Mapping[str, str] = MappingProxyType(
    {
        "AB": "ADV", "DT": "DET", "HA": "ADV", "HD": "DET", "HP": "PRON", "HS": "PRON",
        "IE": "PART", "IN": "INTJ", "JJ": "ADJ", "KN": "CCONJ", "MAD": "PUNCT", "MID": "PUNCT",
        "NN": "NOUN", "PAD": "PUNCT", "PC": "ADJ", "PL": "ADP", "PM": "PROPN", "PN": "PRON",
        "PP": "ADP", "PS": "PRON", "RG": "NUM", "RO": "ADJ", "SN": "SCONJ", "UO": "X",
        "VB": "VERB",
    }
)  # fmt: skip
_SWEDISH_NEGATIONS = frozenset(("inte", "ej", "icke"))


def swedish(tokens: Sequence[LabelledToken]) -> list[Universal]:
    """Return the universal labels of a sentence with SUC tags and universal relations."""
    return [
        (_swedish_upos(token), "root" if token.dep == "ROOT" else token.dep) for token in tokens
    ]


def _swedish_upos(token: LabelledToken) -> str:
    if token.dep in {"aux", "aux:pass", "cop"}:
        return "AUX"
    if token.tag.startswith("PS") and token.dep == "det":
        return "DET"
    if token.key in _SWEDISH_NEGATIONS:
        return "PART"
    return _SUC_UPOS.get(token.tag.partition("|")[0], "X")


UNIVERSAL_LABELS: Mapping[str, Callable[[Sequence[LabelledToken]], list[Universal]]] = (
    MappingProxyType({"en": english, "sv": swedish})
)
"""Language → function from a sentence's own labels to universal ones."""
