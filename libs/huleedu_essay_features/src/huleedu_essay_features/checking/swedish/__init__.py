"""Swedish by rules of our own, which need no parser."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from huleedu_essay_features.analysis import LanguageIssue
from huleedu_essay_features.checking.swedish import confusions, nouns, verbs
from huleedu_essay_features.checking.swedish.words import runs, swedish_words
from huleedu_essay_features.checking.word_lists import word_lists
from huleedu_essay_features.lexicon import lexicon_identity

if TYPE_CHECKING:
    from huleedu_essay_features.document import EssayDocument

RULES_VERSION = "1"
"""Raised when a rule finds other mistakes than before."""

_RULES = (
    confusions.check_repetitions,
    confusions.check_de_dem,
    confusions.check_och_att,
    confusions.check_places,
    nouns.check_gender,
    nouns.check_definiteness,
    nouns.check_predicate,
    nouns.check_compounds,
    verbs.check_infinitives,
    verbs.check_supines,
)


def check_swedish(document: "EssayDocument") -> Iterator[LanguageIssue]:
    """Yield the remarks on a Swedish text, in no certain order."""
    words = swedish_words()
    for sentence in document.sentences:
        for run in runs(sentence):
            for rule in _RULES:
                yield from rule(run, words)


@cache
def swedish_identity() -> Mapping[str, str]:
    """Return what the answers depend on."""
    return {
        "checker.sv": f"rules {RULES_VERSION}",
        "checker.sv.rules": word_lists("swedish_rules").digest,
        **lexicon_identity(),
    }
