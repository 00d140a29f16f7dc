"""English mistakes that the structure of sentences shows, by rules of our own.

They add to what a language checker reports: checkers made for fluent writers are careful not to
disturb them, and find one in four of the wrong verb forms of learners.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from huleedu_essay_features.analysis import IssueCategory, LanguageIssue
from huleedu_essay_features.checking.english_syntax import nouns, subjects, verb_forms
from huleedu_essay_features.checking.english_syntax.completeness import is_fragment, is_run_on
from huleedu_essay_features.checking.english_syntax.sentence import Sentence, Word
from huleedu_essay_features.checking.word_lists import word_lists

if TYPE_CHECKING:
    from huleedu_essay_features.document import EssayDocument

__all__ = [
    "RULES",
    "RULES_VERSION",
    "Sentence",
    "find_issues",
    "is_fragment",
    "is_run_on",
    "sentences_of",
    "syntax_identity",
]

RULES_VERSION = "1"
"""Raised when a rule finds other mistakes than before."""

_RULES: tuple[Callable[[Sentence], Iterator[tuple[Word, str]]], ...] = (
    subjects.check_agreement,
    subjects.check_missing,
    nouns.check_determiners,
    nouns.check_one_of,
    nouns.check_articles,
    verb_forms.check_auxiliaries,
    verb_forms.check_infinitives,
    verb_forms.check_negations,
)

RULES: Mapping[str, tuple[IssueCategory, str]] = MappingProxyType(
    {
        "en-subject-verb": (IssueCategory.AGREEMENT, "The verb does not agree with its subject."),
        "en-there-agreement": (IssueCategory.AGREEMENT, "The verb does not agree with the noun."),
        "en-determiner-plural": (IssueCategory.AGREEMENT, "The noun should be plural here."),
        "en-determiner-singular": (IssueCategory.AGREEMENT, "The noun should be singular here."),
        "en-one-of": (IssueCategory.AGREEMENT, "The noun should be plural after “one of”."),
        "en-modal-form": (IssueCategory.TENSE, "A modal verb takes the basic form."),
        "en-to-form": (IssueCategory.TENSE, "“To” takes the basic form."),
        "en-do-form": (IssueCategory.TENSE, "“Do” takes the basic form."),
        "en-have-form": (IssueCategory.TENSE, "“Have” takes the past participle."),
        "en-be-form": (IssueCategory.TENSE, "“Be” takes a participle."),
        "en-preposition-form": (IssueCategory.TENSE, "A preposition takes the form in “-ing”."),
        "en-modal-to": (IssueCategory.TENSE, "A modal verb takes no “to”."),
        "en-to-missing": (IssueCategory.GRAMMAR, "“To” is missing before the verb."),
        "en-subject-missing": (IssueCategory.GRAMMAR, "The verb lacks a subject."),
        "en-article-missing": (IssueCategory.GRAMMAR, "The noun lacks a determiner."),
        "en-other-number": (IssueCategory.GRAMMAR, "The noun lacks a determiner or a plural."),
        "en-no-not": (IssueCategory.GRAMMAR, "The verb should be negated with “not”."),
    }
)
"""Rule → kind of mistake, and what to say of it."""


def sentences_of(document: "EssayDocument") -> tuple[Sentence, ...] | None:
    """Return the parsed sentences; None for other languages, and without a parser."""
    if document.language != "en" or document.parsed is None:
        return None
    return tuple(Sentence(parsed) for parsed in document.parsed if parsed.tokens)


def find_issues(sentences: tuple[Sentence, ...]) -> Iterator[LanguageIssue]:
    """Yield the mistakes in sentences, in no certain order."""
    for sentence in sentences:
        for rule in _RULES:
            for word, name in rule(sentence):
                category, message = RULES[name]
                yield LanguageIssue(word.start, word.end, category, name, message)


def syntax_identity() -> Mapping[str, str]:
    """Return what the rules' answers depend on, besides the parser."""
    return {
        "syntax_rules": RULES_VERSION,
        "syntax_rules.lists": word_lists("english_rules").digest,
    }
