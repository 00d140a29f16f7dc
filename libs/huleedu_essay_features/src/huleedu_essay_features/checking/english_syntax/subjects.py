"""English subjects and verbs that do not agree, and verbs without a subject."""

import re
from collections.abc import Iterator
from typing import Literal

from huleedu_essay_features.checking.english_syntax.sentence import Sentence, Word
from huleedu_essay_features.checking.word_lists import word_lists

_LISTS = word_lists("english_rules").lists

Number = Literal["singular", "plural"]

_PLURAL_PRONOUNS = _LISTS["plural_pronouns"]
_SINGULAR_PRONOUNS = _LISTS["singular_pronouns"]
UNCLEAR_NOUNS = _LISTS["unclear_nouns"]
_VERB_NUMBER: dict[str, Number | None] = {
    "am": None, "is": "singular", "was": "singular", "are": "plural", "were": "plural",
    "'m": None, "'s": "singular", "'re": "plural", "'ve": "plural",
}  # fmt: skip
_UNREAL = _LISTS["unreal"]
_BEFORE_BASIC_FORM = _LISTS["before_basic_form"]
_BEFORE_SUBJECT = _LISTS["before_subject"]

_MAIN = frozenset(("root", "acl:relcl", "advcl"))
_PARTICIPLE = re.compile(r"[^e]ed$|...ing$")


def check_agreement(sentence: Sentence) -> Iterator[tuple[Word, str]]:
    """Yield each finite verb that does not agree with its subject."""
    for verb in sentence.verbs:
        finite = sentence.finite_part(verb)
        if finite is None and _is_bare(sentence, verb):
            finite = verb
        subject = None if finite is None else sentence.subject(verb)
        if finite is None or subject is None:
            continue
        actual = _verb_number(finite)
        if actual is None:
            continue
        if subject.dep == "expl":
            if subject.key == "there" and _disagrees_after_there(sentence, verb, actual):
                yield finite, "en-there-agreement"
        elif _disagrees(sentence, subject, verb, finite, actual):
            yield finite, "en-subject-verb"


def check_missing(sentence: Sentence) -> Iterator[tuple[Word, str]]:
    """Yield "is" and "was" without a subject: "because is important", "Is important that"."""
    for verb in sentence.verbs:
        if verb.key not in {"is", "was"}:
            continue
        main = sentence.head(verb) if verb.dep.startswith("aux") else verb
        if main is None or sentence.subject(main) is not None:
            continue
        if any(sentence.subject(c) for c in sentence.children(main, "xcomp", "xcomp:pred")):
            continue
        before = sentence.previous(verb)
        if before is None:
            if main.dep == "root" and sentence.words[-1].key != "?":
                yield verb, "en-subject-missing"
        elif before.tag == "IN" and before.key in _BEFORE_SUBJECT:
            yield verb, "en-subject-missing"


def _verb_number(verb: Word) -> Number | None:
    """Return the number that a finite verb's form shows; None for forms that show none."""
    if verb.key in _VERB_NUMBER:
        return _VERB_NUMBER[verb.key]
    if not verb.key.isalpha():
        return None
    if verb.tag == "VBZ" and verb.key.endswith("s"):
        return "singular"
    if verb.tag in {"VBP", "VB"} and not _PARTICIPLE.search(verb.key):
        return "plural"
    return None


def _is_bare(sentence: Sentence, verb: Word) -> bool:
    """Return whether a main verb is in its basic form though it has a subject ("he go")."""
    return (
        verb.tag == "VB"
        and verb.key != "be"
        and verb.dep in _MAIN
        and not sentence.auxiliaries(verb)
    )


def _disagrees(sentence: Sentence, subject: Word, verb: Word, finite: Word, actual: Number) -> bool:
    expected = _subject_number(sentence, subject, verb)
    if expected is None or expected == actual:
        return False
    if subject.key == "i" and finite.key == "was":
        return False
    if finite.key == "'s" and subject.tag != "PRP":
        return False  # rather a genitive than a verb
    return not _is_subjunctive(sentence, verb, finite)


def _subject_number(sentence: Sentence, subject: Word, verb: Word) -> Number | None:
    """Return the number of a subject; None where it is not certain."""
    key = subject.key
    if subject.dep.startswith("csubj") or key in UNCLEAR_NOUNS or not key[0].isalpha():
        return None  # "%" is one of many
    if sentence.child(subject, "conj") is not None:
        joined = {child.key for child in sentence.children(subject, "cc")}
        return "plural" if joined == {"and"} and subject.tag != "PRP" else None
    if subject.tag in {"WP", "WDT"}:
        return _antecedent_number(sentence, subject, verb)
    if key in _PLURAL_PRONOUNS or subject.tag == "NNS":
        return "plural"
    if key in _SINGULAR_PRONOUNS:
        return "singular"
    looks_plural = key.endswith("s") and not key.endswith(("ss", "us", "is"))
    return "singular" if subject.tag == "NN" and not looks_plural else None


def _antecedent_number(sentence: Sentence, relative: Word, verb: Word) -> Number | None:
    """Return plural after a plural right before "who"; a singular may belong to one further off."""
    before = sentence.previous(relative)
    if verb.dep != "acl:relcl" or before is None or before.key in UNCLEAR_NOUNS:
        return None
    return "plural" if before.tag == "NNS" else None


def _is_subjunctive(sentence: Sentence, verb: Word, finite: Word) -> bool:
    """Return whether a singular may have this form: "if he were", "let him go"."""
    if finite.key == "were":
        return any(word.key in _UNREAL for word in sentence.words[: finite.at])
    head = sentence.head(verb)
    return finite.tag in {"VBP", "VB"} and head is not None and head.key in _BEFORE_BASIC_FORM


def _disagrees_after_there(sentence: Sentence, verb: Word, actual: Number) -> bool:
    nouns = sentence.children(verb, "nsubj", "xcomp:pred", "obj")
    noun = next((word for word in nouns if word.at > verb.at), None)
    if noun is None or noun.key in UNCLEAR_NOUNS or sentence.child(noun, "conj") is not None:
        return False
    if noun.tag == "NNS":
        return actual == "singular"
    return noun.tag == "NN" and actual == "plural"
