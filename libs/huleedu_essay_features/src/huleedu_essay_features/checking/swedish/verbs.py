"""Rules on which form of a verb follows which word."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from huleedu_essay_features.analysis import IssueCategory, LanguageIssue
from huleedu_essay_features.checking.swedish.words import SwedishWords
from huleedu_essay_features.tokens import Token


def check_infinitives(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "kan gjorde" and "att gjorde": a finite verb where an infinitive belongs.

    In a stretch with a subordinator the finite verb may be another clause's ("när du vill går
    vi"), and so may it after "att" where something is fronted ("som jag vet att hade").
    """
    lists = words.lists
    before: set[str] = set()
    fronted: set[str] = set()  # all of those but the last, which may be the subject
    for index, (first, second) in enumerate(pairwise(run)):
        if index > 1:
            fronted.add(run[index - 2].key)
        if second.text.islower() and is_finite(second.key, words):
            if first.key in lists["modals"]:
                if fronted.isdisjoint(lists["pronouns"]) and before.isdisjoint(
                    lists["subordinators"]
                ):
                    yield _issue(first, second, "sv-infinitiv", "Efter hjälpverb står infinitiv.")
            elif first.key == "att" and before and before.isdisjoint(lists["question_words"]):
                yield _issue(first, second, "sv-att-infinitiv", "Efter ”att” står infinitiv.")
        before.add(first.key)


def check_supines(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "har gick" and "har vart": a preterite or another word where a supine belongs."""
    lists = words.lists
    before: set[str] = set()
    for first, second in pairwise(run):
        if first.key in {"har", "hade"}:
            if second.key == "vart":
                yield _issue(first, second, "sv-vart-varit", "Efter ”har” heter det ”varit”.")
            elif second.key in lists["only_preterite"] and before.isdisjoint(
                lists["subordinators"]
            ):
                yield _issue(first, second, "sv-supinum", "Efter ”har” står supinum.")
        before.add(first.key)


def is_finite(word: str, words: SwedishWords) -> bool:
    """Return whether a word is a finite verb and nothing else.

    Forms of "vara" and "bli" do not count: they often begin the main clause after a clause
    without a mark between ("det man vill är roligt").
    """
    if word in words.lists["only_finite"]:
        return True
    if word.endswith("ade"):
        return words.zipf(word) >= 3 and words.is_infinitive(word[:-2])
    if word.endswith("ar"):  # "spelar", but not "tankar", whose definite form is as common
        is_noun = words.zipf(word) - words.zipf(word + "na") < 1
        return words.is_infinitive(word[:-1]) and not is_noun
    return False


def _issue(first: Token, second: Token, rule: str, message: str) -> LanguageIssue:
    return LanguageIssue(first.start, second.end, IssueCategory.TENSE, rule, message)
