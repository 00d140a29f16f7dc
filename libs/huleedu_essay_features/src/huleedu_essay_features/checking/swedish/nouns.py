"""Rules on what stands before and after nouns: gender, definiteness, words wrongly split."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from huleedu_essay_features.analysis import IssueCategory, LanguageIssue
from huleedu_essay_features.checking.swedish.words import Gender, SwedishWords, neuter_of
from huleedu_essay_features.tokens import Token

_COMPOUND_ZIPF = 2.3
_PART_ZIPF = 3.0
_LEAST_PART = 3
_COMBINING = ("s", "o", "a", "e")


def check_gender(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "ett bil" and "en stor hus": an article or pronoun of the other gender.

    The noun has to end its phrase, since what looks like a noun may belong to the next one.
    """
    lists = words.lists
    for index, first in enumerate(run[:-1]):
        gender: Gender
        if first.key in lists["common_gender"]:
            gender = "en"
        elif first.key in lists["neuter_gender"]:
            gender = "ett"
        else:
            continue
        last = index + 1
        if last + 1 < len(run) and _is_adjective_form(run[last].key, words):
            last += 1
        noun = run[last]
        actual = words.gender(noun.key)
        if actual in {None, gender} or noun.text[0].isupper() or not _ends(run, last, words):
            continue
        yield LanguageIssue(
            start=first.start,
            end=noun.end,
            category=IssueCategory.AGREEMENT,
            rule="sv-genus",
            message=f"”{noun.text}” är ett {actual}-ord.",
        )


def check_definiteness(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "en bilen", and "den här bil": forms that do not go with the word before them."""
    for index, first in enumerate(run[:-1]):
        if first.key in {"en", "ett"}:
            noun = run[index + 1]
            base = words.base_of_definite(noun.key)
            if base is not None and noun.text.islower() and _ends(run, index + 1, words):
                yield _definiteness(first, noun, base)
        elif first.key in {"den", "det"} and run[index + 1].key in {"här", "där"}:
            noun = run[min(index + 2, len(run) - 1)]
            gender = words.gender(noun.key)
            matches = gender == ("en" if first.key == "den" else "ett")
            if matches and noun.text.islower() and _ends(run, index + 2, words):
                yield _definiteness(first, noun, None)


def check_predicate(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "huset är stor": an adjective that does not agree with a noun before "är"."""
    lists = words.lists
    for index in range(len(run) - 2):
        noun, copula = run[index], run[index + 1]
        if copula.key not in lists["copulas"] or not noun.text[1:].islower():
            continue
        base = words.base_of_definite(noun.key)
        if base is None or words.gender(base) != "ett" or _is_governed(run, index, words):
            continue
        last = index + 2
        while last + 1 < len(run) and run[last].key in lists["degree_adverbs"]:
            last += 1
        adjective = run[last]
        if words.is_adjective(adjective.key) and _ends(run, last, words):
            yield LanguageIssue(
                start=noun.start,
                end=adjective.end,
                category=IssueCategory.AGREEMENT,
                rule="sv-predikativ",
                message=f"”{noun.text}” kräver formen ”{neuter_of(adjective.key)}”.",
                replacements=(),
            )


def check_compounds(run: Sequence[Token], words: SwedishWords) -> Iterator[LanguageIssue]:
    """Find "skol mat": two words that are one.

    The whole is a known word, and the first part is a noun in its basic or combining form, which
    never stands before another noun, or no word at all.
    """
    for first, second in pairwise(run):
        pair = f"{first.key}_{second.key}"
        if pair in words.lists["split_words"] or _is_compound(first, second, words):
            whole = first.text + second.text
            yield LanguageIssue(
                start=first.start,
                end=second.end,
                category=IssueCategory.GRAMMAR,
                rule="sv-särskrivning",
                message=f"”{whole}” skrivs ihop.",
                replacements=(whole,),
            )


def _is_compound(first: Token, second: Token, words: SwedishWords) -> bool:
    head, tail = first.key, second.key
    if not second.text.islower() or not first.text[1:].islower():
        return False
    if head in words.lists["bound_prefixes"]:
        return words.is_adjective(tail) or words.gender(tail) is not None or tail == "bra"
    whole = head + tail
    return (
        min(len(head), len(tail)) >= _LEAST_PART
        and head not in words.lists["no_compound"]
        and not words.is_function_word(head)
        and not words.is_function_word(tail)
        and words.zipf(whole) >= _COMPOUND_ZIPF
        and words.knows(whole)
        and words.zipf(tail) >= _PART_ZIPF
        and _is_noun(tail, words)
        and _is_first_part(head, words)
    )


def _is_first_part(head: str, words: SwedishWords) -> bool:
    """Return whether a word is a noun's basic form, or a form that only compounds have."""
    if words.is_adjective(head) or words.is_infinitive(head):
        return False
    if words.gender(head) is not None:
        return True
    stem = head[:-1]
    if head.endswith("s") and words.gender(stem) is not None:
        return True
    is_stem = any(words.gender(head + vowel) is not None for vowel in "ae")
    return is_stem and not words.knows(head)


def _is_noun(word: str, words: SwedishWords) -> bool:
    return (
        word in words.lists["both_genders"]
        or words.gender(word) is not None
        or words.base_of_definite(word) is not None
    )


def _is_adjective_form(word: str, words: SwedishWords) -> bool:
    """Return whether a word is an adjective's basic form or neuter."""
    return words.is_adjective(word) or (
        word.endswith("t") and (words.is_adjective(word[:-1]) or words.is_adjective(word[:-2]))
    )


def _ends(run: Sequence[Token], index: int, words: SwedishWords) -> bool:
    """Return whether a phrase may end at a word: a mark or a word of a closed class follows."""
    if index >= len(run):
        return False
    return index + 1 == len(run) or words.is_function_word(run[index + 1].key)


def _is_governed(run: Sequence[Token], index: int, words: SwedishWords) -> bool:
    """Return whether a preposition stands shortly before: another word may be the subject."""
    before = {token.key for token in run[max(0, index - 3) : index]}
    return bool(before & words.lists["prepositions"])


def _definiteness(first: Token, noun: Token, base: str | None) -> LanguageIssue:
    form = "obestämd" if base is not None else "bestämd"
    return LanguageIssue(
        start=first.start,
        end=noun.end,
        category=IssueCategory.AGREEMENT,
        rule="sv-species",
        message=f"Här behövs {form} form av substantivet.",
        replacements=() if base is None else (f"{first.text} {base}",),
    )
