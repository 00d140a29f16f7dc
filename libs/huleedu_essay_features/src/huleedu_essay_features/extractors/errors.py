"""Mistakes, as rates of the text's length."""

import math
from collections.abc import Iterable, Mapping

from huleedu_essay_features.analysis import NO_ANALYSERS, Analysers, IssueCategory, LanguageIssue
from huleedu_essay_features.checking.english_syntax import (
    Sentence,
    find_issues,
    is_fragment,
    is_run_on,
    sentences_of,
    syntax_identity,
)
from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.availability import Need, available_features
from huleedu_essay_features.extractors.measures import mean
from huleedu_essay_features.extractors.mechanics import (
    LEAST_PARAGRAPH_WORDS,
    LONGEST_ACRONYM,
    capitalisation_errors,
    misspelt_words,
    punctuation_errors,
    quote_mismatches,
    symbols,
)
from huleedu_essay_features.lexicon import lexicon_identity
from huleedu_essay_features.schema import FeatureDefinition

_ALGORITHM = "2"

_REPORTED = (
    "as the language checker reports them and, where an English text is parsed, as our rules on "
    "the structure of sentences find them; those that overlap count once"
)
_NO_WORD = "the essay has no word"
_ENGLISH_CLAUSES = "our rules on clauses are for English"

DEFINITIONS = (
    FeatureDefinition(
        "grammar_error_rate",
        "errors",
        "per 100 words",
        "Mistakes in grammar, agreement and verb forms: words that are wrong where they stand, "
        f"missing, repeated or split, and verbs and nouns in a wrong form; {_REPORTED}.",
        undefined_when=_NO_WORD,
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "spelling_error_rate",
        "errors",
        "per 100 words",
        "Words that the spelling dictionary does not know. Words with a digit or a letter that is "
        "not Latin are not judged, nor are web and mail addresses. An unknown capitalised word "
        "inside a sentence counts as a name, and so does the same word at the start of another; "
        f"all capitals count as an acronym up to {LONGEST_ACRONYM} letters, unless the whole "
        "sentence is in capitals. English accepts American and British spelling; a missing capital "
        "is no spelling error.",
        undefined_when=_NO_WORD,
        source="Hunspell dictionaries en_US and sv_SE with a short list of additions",
        languages=("en", "sv"),
        value_range="[0, 100]",
    ),
    FeatureDefinition(
        "punctuation_error_rate",
        "errors",
        "per 100 words",
        "White space before a comma, semicolon, colon, full stop, exclamation or question mark; no "
        "white space after a comma, semicolon, exclamation or question mark between letters, or "
        "between two sentences; a comma, semicolon or colon beside another mark; exactly two full "
        "stops; white space inside a bracket; a paragraph of at least "
        f"{LEAST_PARAGRAPH_WORDS} words that ends without a terminal mark.",
        undefined_when=_NO_WORD,
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "capitalization_error_rate",
        "errors",
        "per 100 words",
        "Sentences that begin with a lower-case word (list items and words such as iPhone "
        "excepted); in English also a lower-case I, alone or contracted, and lower-case names of "
        "days, months, feasts, languages and continents inside a sentence.",
        undefined_when=_NO_WORD,
        languages=("en", "sv"),
        value_range="[0, 100]",
    ),
    FeatureDefinition(
        "agreement_error_rate",
        "errors",
        "per 100 words",
        "Verbs that do not agree with their subject and nouns or adjectives that do not agree with "
        f"their determiner or noun, in number, person, gender or definiteness; {_REPORTED}.",
        undefined_when=_NO_WORD,
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "tense_misuse_rate",
        "errors",
        "per 100 words",
        "Verbs in a form that does not go with their auxiliary, infinitive marker or preposition "
        f"(can helped, did went, to became, has go, for get); {_REPORTED}.",
        undefined_when=_NO_WORD,
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "sentence_fragment_rate",
        "errors",
        "share",
        "Sentences of at least three words without a main clause: they have neither a finite verb "
        "nor an imperative, or begin with a subordinate clause and have no more finite verbs than "
        "words that open such clauses. Questions, and lines that end with a comma or colon, are "
        "none. Divided by all sentences.",
        undefined_when=_NO_WORD,
        languages=("en",),
        value_range="[0, 1]",
        language_note=_ENGLISH_CLAUSES,
    ),
    FeatureDefinition(
        "run_on_rate",
        "errors",
        "share",
        "Sentences in which two main clauses, each with a subject and a finite verb, are joined by "
        "a comma or by nothing, where neither is a list of clauses, a quotation or reported by the "
        "other. Divided by all sentences.",
        undefined_when=_NO_WORD,
        languages=("en",),
        value_range="[0, 1]",
        language_note=_ENGLISH_CLAUSES,
    ),
    FeatureDefinition(
        "quote_mismatch_count",
        "errors",
        "count",
        "Paragraphs with an odd number of double quotation marks of any shape, plus the "
        "difference in number between « and ».",
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "non_alnum_symbol_rate",
        "errors",
        "per 100 words",
        "Characters that are neither letters, digits nor white space, nor one of the marks "
        ". , ; : ! ? … ' \" ‘ ’ “ ” « » ( ) [ ] - ‐ ‑ – —; combining marks are not counted.",
        undefined_when=_NO_WORD,
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
)

_NEEDS: Mapping[str, Need] = {
    "grammar_error_rate": "checker",
    "agreement_error_rate": "checker",
    "tense_misuse_rate": "checker",
    "sentence_fragment_rate": "parser",
    "run_on_rate": "parser",
}

_GRAMMAR = frozenset((IssueCategory.GRAMMAR, IssueCategory.AGREEMENT, IssueCategory.TENSE))
_AGREEMENT = frozenset((IssueCategory.AGREEMENT,))
_TENSE = frozenset((IssueCategory.TENSE,))


class ErrorsExtractor:
    """Computes the group ``errors``.

    Args:
        analysers: Those that documents will have; they decide which features there are.
    """

    def __init__(self, analysers: Analysers = NO_ANALYSERS) -> None:
        self._definitions = available_features(DEFINITIONS, _NEEDS, analysers)

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """What is computed."""
        return self._definitions

    @property
    def identity(self) -> Mapping[str, str]:
        """What the values depend on."""
        return {
            "document": DOCUMENT_VERSION,
            "errors": _ALGORITHM,
            **lexicon_identity(),
            **syntax_identity(),
        }

    def extract(self, document: EssayDocument) -> tuple[float, ...]:
        """Return one value per definition."""
        values = {**_reported(document), **_mechanical(document)}
        return tuple(values[definition.name] for definition in self._definitions)


def _reported(document: EssayDocument) -> dict[str, float]:
    """Return the features that need an analyser; NaN for those that it is missing for."""
    sentences = sentences_of(document)
    issues = _issues(document, sentences)
    return {
        "grammar_error_rate": _rate(document, issues, _GRAMMAR),
        "agreement_error_rate": _rate(document, issues, _AGREEMENT),
        "tense_misuse_rate": _rate(document, issues, _TENSE),
        "sentence_fragment_rate": mean([float(is_fragment(s)) for s in sentences or ()]),
        "run_on_rate": mean([float(is_run_on(s)) for s in sentences or ()]),
    }


def _mechanical(document: EssayDocument) -> dict[str, float]:
    n_words = len(document.words)
    per_100 = 100 / n_words if n_words else math.nan
    return {
        "spelling_error_rate": sum(1 for _ in misspelt_words(document)) * per_100,
        "punctuation_error_rate": punctuation_errors(document) * per_100,
        "capitalization_error_rate": capitalisation_errors(document) * per_100,
        "quote_mismatch_count": float(quote_mismatches(document)),
        "non_alnum_symbol_rate": symbols(document) * per_100,
    }


def _issues(
    document: EssayDocument, sentences: tuple[Sentence, ...] | None
) -> list[LanguageIssue] | None:
    """Return all that was found, in order; None where no checker speaks the language."""
    if document.issues is None:
        return None
    found = [*document.issues, *find_issues(sentences or ())]
    return sorted(found, key=lambda issue: (issue.start, issue.end))


def _rate(
    document: EssayDocument,
    issues: Iterable[LanguageIssue] | None,
    categories: frozenset[IssueCategory],
) -> float:
    """Return mistakes of some categories per 100 words."""
    if issues is None or not document.words:
        return math.nan
    n_mistakes = 0
    covered = 0
    for issue in issues:
        if issue.category in categories:
            n_mistakes += issue.start >= covered
            covered = max(covered, issue.end)
    return n_mistakes * 100 / len(document.words)
