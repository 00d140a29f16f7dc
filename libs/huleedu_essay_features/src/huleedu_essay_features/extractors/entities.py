"""What sentences are about: noun heads, and the roles they play."""

from collections.abc import Mapping
from types import MappingProxyType

from huleedu_essay_features.analysis import ParsedSentence
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.extractors.clauses import first_conjunct, relation
from huleedu_essay_features.tokens import with_plain_marks

_WEIGHTS: Mapping[str, int] = MappingProxyType({"nsubj": 3, "csubj": 3, "obj": 2, "iobj": 2})
_OTHER_WEIGHT = 1
_NOUNS = frozenset(("NOUN", "PROPN"))
_PARTS_OF_NAMES = frozenset(("compound", "flat"))


def entity_grid(document: EssayDocument) -> tuple[dict[str, int], ...] | None:
    """Return per sentence its entities and the weights of their roles; None without a parser.

    An entity is the base form of a noun or name that heads its phrase. Subjects weigh 3, objects
    2, all others 1; a conjunct has the role of what it is joined to, and an entity that occurs
    twice in a sentence its weightier role.
    """
    if document.parsed is None:
        return None
    return tuple(_roles(sentence, document) for sentence in document.parsed)


def _roles(sentence: ParsedSentence, document: EssayDocument) -> dict[str, int]:
    tokens = sentence.tokens
    roles: dict[str, int] = {}
    for index, token in enumerate(tokens):
        # A contracted 's may be taken for a noun; it has no base form.
        is_noun = token.upos in _NOUNS and token.text[0].isalnum()
        if not is_noun or relation(token) in _PARTS_OF_NAMES:
            continue
        entity = document.lexicon.lemma(with_plain_marks(token.text.lower()))
        role = relation(tokens[first_conjunct(index, tokens)])
        weight = _WEIGHTS.get(role, _OTHER_WEIGHT)
        roles[entity] = max(weight, roles.get(entity, 0))
    return roles
