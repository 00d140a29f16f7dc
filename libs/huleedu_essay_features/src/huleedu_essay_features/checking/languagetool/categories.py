"""LanguageTool's rules, categories and issue types as our categories.

The first that applies decides: the pattern of a rule's id, the id of its category, its issue type.
The tables stand in ``docs/how-to/languagetool.md``, which a test compares.
"""

import re
from collections.abc import Mapping

from huleedu_essay_features.analysis import IssueCategory

MAPPING_VERSION = "1"
"""Raised when a rule, category or issue type gets another category."""

RULES: Mapping[IssueCategory, tuple[str, ...]] = {
    IssueCategory.TENSE: (
        ".*_TENSE", ".*_PART_AGREEMENT", "DID_BASEFORM", "DID_PAST", "DID_FOUND_AMBIGUOUS",
        "MD_BASEFORM", "MD_VBD", "MD_BE_NON_VBP", ".*_TO_VBD", "TO_NON_BASE",
        "PRP_PAST_PART", "PRP_HAVE_VB", "HAD_VBP", "VBZ_VBD",
        "HE_D_VBD", "WOULD_NEVER_VBN", "IF_WOULD_HAVE_VBN", "CONDITIONAL_CLAUSE",
        "NON_ACTION_CONTINUOUS", "PROGRESSIVE_VERBS", "AUXILIARY_DO_WITH_INCORRECT_VERB_FORM",
        "BE_WITH_WRONG_VERB_FORM", "I_AM_VB", "BE_VBP_IN", "SUPPOSE_TO", "USE_TO_VERB",
    ),
    IssueCategory.AGREEMENT: (
        ".*_AGR", "(.*_)?AGREEMENT(_.*)?", "NON3PRS_VERB", "IT_VBZ", "PRP_VBZ",
        "PEOPLE_VBZ", "SOME_NN_VBP",
        "THERE_VBP_NN", "DOES_X_HAS", "DOES_NP_VBZ", "DO_VBZ", "DO_HE_VERB", "HE_NEED",
        "WHAT_IS_YOU", "PRP_HAVES", "PLURAL_VERB_AFTER_THIS", "SINGULAR_VERB_AFTER_.*",
        "THERE_(S|RE|WAS|IS)_MANY", "(THIS|THESE|THOSE)_(NN|NNS|ONES)(_VB)?",
        "EVERY_EACH_SINGULAR", "EACH_EVERY_NNS", "ONE_PLURAL", "A_NNS",
        "A_CD_NNS", "CD_NN", "MANY_NN(_U)?", "ALL_NN", "LOTS_OF_NN", "A_LOT_OF_NN",
        "(ALL_)?MOST_SOME_OF_(NNS|NOUN)", "NUMBER_OF_NNS", r"JJ\.OCH_[nt]-ord",
        "FORRE_INNAN_TITEL",
    ),
    IssueCategory.GRAMMAR: ("EN_A_VS_AN", "EJ_INNAN_ATT"),
}  # fmt: skip
"""Our category → ids of rules, as regular expressions of the whole id but for a number at its end.

Tense is tense and form of verbs; agreement is agreement in person, number and gender.
"""

CATEGORIES: Mapping[IssueCategory, tuple[str, ...]] = {
    IssueCategory.GRAMMAR: (
        "GRAMMAR", "GRAMMATIK", "SYNTAX", "COLLOCATIONS", "NONSTANDARD_PHRASES", "COMPOUNDING",
        "CONFUSED_WORDS",
    ),
    IssueCategory.PUNCTUATION: ("PUNCTUATION", "TYPOGRAPHY"),
    IssueCategory.CAPITALIZATION: ("CASING",),
    IssueCategory.SPELLING: ("TYPOS",),
    IssueCategory.STYLE: (
        "STYLE", "REDUNDANCY", "REPETITIONS_STYLE", "PLAIN_ENGLISH", "COLLOQUIALISMS",
        "GENDER_NEUTRALITY", "REGIONALISMS", "BRITISH_ENGLISH", "AMERICAN_ENGLISH_STYLE",
        "CREATIVE_WRITING", "TEXT_ANALYSIS", "ACADEMIC_WRITING",
    ),
    IssueCategory.OTHER: ("SEMANTICS", "FALSE_FRIENDS", "WIKIPEDIA", "REPETITIONS"),
}  # fmt: skip
"""Our category → ids of LanguageTool's; others, such as ``MISC``, go by the issue type."""

ISSUE_TYPES: Mapping[IssueCategory, tuple[str, ...]] = {
    IssueCategory.GRAMMAR: ("grammar",),
    IssueCategory.PUNCTUATION: ("typographical", "whitespace"),
    IssueCategory.SPELLING: ("misspelling",),
    IssueCategory.STYLE: ("style", "register", "inconsistency", "locale-violation"),
}
"""Our category → issue types; every other one is ``other``."""

_RULES = tuple(
    (re.compile(rf"(?:{'|'.join(patterns)})(?:_\d+)?"), category)
    for category, patterns in RULES.items()
)
_CATEGORIES = {name: category for category, names in CATEGORIES.items() for name in names}
_ISSUE_TYPES = {name: category for category, names in ISSUE_TYPES.items() for name in names}


def categorise(rule: str, category: str, issue_type: str) -> IssueCategory:
    """Return our category of a remark.

    Args:
        rule: Id of the rule, for example ``HE_VERB_AGR``.
        category: Id of LanguageTool's category, for example ``GRAMMAR``.
        issue_type: Kind of mistake by ITS 2.0, for example ``misspelling``.
    """
    for pattern, ours in _RULES:
        if pattern.fullmatch(rule):
            return ours
    if category in _CATEGORIES:
        return _CATEGORIES[category]
    return _ISSUE_TYPES.get(issue_type, IssueCategory.OTHER)
