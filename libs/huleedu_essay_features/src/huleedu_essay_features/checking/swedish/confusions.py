"""Rules on small words that take each other's place, and on words written twice."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from huleedu_essay_features.analysis import IssueCategory, LanguageIssue
from huleedu_essay_features.checking.swedish.words import SwedishWords
from huleedu_essay_features.tokens import Token

_LEAST_CONTENT_WORD = 4


def check_repetitions(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "och och": a word written twice that is never doubled on purpose."""
    for first, second in pairwise(run):
        if first.key == second.key and second.text.islower() and _is_slip(first.key, words):
            yield LanguageIssue(
                start=first.start,
                end=second.end,
                category=IssueCategory.GRAMMAR,
                rule="sv-upprepning",
                message="Ordet står två gånger.",
                replacements=(first.text,),
            )


def check_de_dem(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "till de." and "att dem är": the pronoun in the wrong case."""
    lists = words.lists
    for index, token in enumerate(run):
        before = run[index - 1].key if index else ""
        after = run[index + 1].key if index + 1 < len(run) else ""
        if token.key == "de" and before in lists["dem_after"]:
            if not after or after in lists["not_after_article"]:
                yield _replace(token, "dem", "sv-de-dem", "Efter preposition heter det ”dem”.")
        elif token.key == "dem" and after in lists["common_finite"]:
            beyond = run[index + 2].key if index + 2 < len(run) else ""
            is_fronted = beyond in lists["nominative"] or not beyond
            if before in lists["clause_openers"] or (index == 0 and not is_fronted):
                yield _replace(token, "de", "sv-de-dem", "Som subjekt heter det ”de”.")


def check_och_att(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "för och få" and "börjar och springa": "och" where "att" belongs."""
    takes_att = words.lists["takes_att"]
    for before, token, after in zip(run, run[1:], run[2:], strict=False):
        governs = before.key == "för" or before.key in takes_att
        if token.key == "och" and governs and words.is_infinitive(after.key):
            yield _replace(token, "att", "sv-och-att", "Före infinitiv heter det ”att” här.")


def check_places(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "vart är" and "enda till": words of place that ask or measure something else."""
    lists = words.lists
    for index, (token, after) in enumerate(pairwise(run)):
        before = run[index - 1].key if index else ""
        if token.key == "vart" and after.key in lists["places"] and before not in {"har", "hade"}:
            yield _replace(token, "var", "sv-var-vart", "Befintlighet frågar man efter med ”var”.")
        elif (
            token.key == "enda"
            and after.key in lists["as_far_as"]
            and index > 0
            and before not in lists["before_enda"]
        ):
            yield _replace(token, "ända", "sv-enda-ända", "Här menas ”ända”.")


def _is_slip(word: str, words: SwedishWords) -> bool:
    lists = words.lists
    if word in lists["not_doubled"]:
        return True
    return (
        len(word) >= _LEAST_CONTENT_WORD
        and word not in lists["may_double"]
        and words.gender(word) is not None
    )


def _replace(token: Token, right: str, rule: str, message: str) -> LanguageIssue:
    replacement = right.capitalize() if token.text[0].isupper() else right
    return LanguageIssue(
        token.start, token.end, IssueCategory.GRAMMAR, rule, message, (replacement,)
    )
