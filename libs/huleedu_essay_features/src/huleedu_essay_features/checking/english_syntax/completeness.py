"""English sentences that are less than one, or more than one."""

from collections.abc import Sequence

from huleedu_essay_features.checking.english_syntax.sentence import QUESTION_TAGS, Sentence, Word
from huleedu_essay_features.checking.word_lists import word_lists

_LISTS = word_lists("english_rules").lists

_OPENERS = _LISTS["openers"]
_OPENERS_BEFORE_PRONOUN = _LISTS["openers_before_pronoun"]
_INTRODUCTIONS = _LISTS["introductions"]
_NOMINATIVE = _LISTS["nominative"]
_REPORTING = _LISTS["reporting"]
_SEPARATORS = _LISTS["separators"]
_BEFORE_FUSED_CLAUSE = frozenset(("NN", "NNS", "NNP", "JJ", "RB", "PRP", "VBN"))
_BEFORE_NO_SENTENCE = frozenset(("-", "*", "•", "what", "how"))
_LEAST_WORDS = 3
_FIRST_WORDS = 3


def is_fragment(sentence: Sentence) -> bool:
    """Return whether a sentence has no main clause with a finite verb.

    Either it has no finite verb and no imperative, or it begins with a subordinate clause and has
    no more finite verbs than words that open such clauses. How the parser attached the clauses
    does not count: where learners leave out words it guesses. Without a full stop it may be a
    heading.
    """
    words = sentence.words
    if words[-1].key[-1] not in ".!…" or words[0].key in _BEFORE_NO_SENTENCE:
        return False
    if sum(word.key.isalnum() for word in words) < _LEAST_WORDS:
        return False
    if any(sentence.is_imperative(verb) for verb in sentence.verbs):
        return False
    finite = [word for word in words if _is_finite(sentence, word)]
    if not finite:
        return True
    openers = [word for word in words if _opens_finite_clause(sentence, word)]
    if not openers or openers[0].at >= _FIRST_WORDS:
        return False
    return len(finite) - _sharing_opener(sentence, finite) <= len(openers)


def is_run_on(sentence: Sentence) -> bool:
    """Return whether two main clauses are joined by a comma or by nothing."""
    return any(_is_spliced(sentence, word) for word in sentence.words)


def _is_finite(sentence: Sentence, verb: Word) -> bool:
    """Return whether a verb is finite, or a basic form with a subject ("he go")."""
    if sentence.finite_part(verb) is not None:
        return True
    return (
        verb.tag == "VB" and not sentence.auxiliaries(verb) and sentence.subject(verb) is not None
    )


def _opens_finite_clause(sentence: Sentence, word: Word) -> bool:
    after = sentence.next(word)
    head = sentence.head(word)
    if after is None or head is None or after.tag in {"VBG", "TO"}:
        return False
    if word.key in _OPENERS_BEFORE_PRONOUN:
        opens = after.key in _NOMINATIVE
    else:
        opens = word.key in _OPENERS and (word.dep == "mark" or word.tag in QUESTION_TAGS)
    if not opens:
        return False
    # A relative pronoun depends on any word of its clause, a subordinator on the verb.
    return word.tag in {"WP", "WDT"} or (head.at > word.at and _is_finite(sentence, head))


def _sharing_opener(sentence: Sentence, finite: Sequence[Word]) -> int:
    """Return how many finite verbs share the opener of another one, joined by a conjunction."""
    places = {verb.at for verb in finite}
    return sum(
        verb.dep == "conj"
        and verb.head in places
        and not any(_opens_finite_clause(sentence, child) for child in sentence.children(verb))
        for verb in finite
    )


def _is_spliced(sentence: Sentence, verb: Word) -> bool:
    """Return whether a clause and the one it depends on are main clauses without a conjunction.

    The parser makes the first of two such clauses a complement of the second, or the second a
    coordinate of the first.
    """
    if verb.dep not in {"ccomp", "conj", "parataxis", "discourse"}:
        return False
    head = sentence.words[verb.head]
    if verb.at < head.at:
        if verb.dep == "conj" or head.key in _REPORTING:
            return False
        first, second = verb, head
    elif verb.dep == "ccomp":
        return False
    else:
        first, second = head, verb
    if sentence.finite_part(first) is None or sentence.finite_part(second) is None:
        return False
    first_subject, subject = sentence.subject(first), sentence.subject(second)
    if first_subject is None or first_subject.tag in QUESTION_TAGS or subject is None:
        return False
    return (
        subject.tag not in QUESTION_TAGS
        and _is_junction(sentence, first, second, subject)
        and not _is_joined(sentence, first, second)
    )


def _is_junction(sentence: Sentence, first: Word, second: Word, subject: Word) -> bool:
    """Return whether the second clause begins right after a comma, or after nothing."""
    before = sentence.previous(sentence.words[sentence.start(subject)])
    if before is not None and before.key in _INTRODUCTIONS and before.at > first.at + 1:
        before = sentence.previous(before)
    if before is None or before.at < first.at:
        return False
    if before.key == ",":
        return True
    # Without a comma much else is possible, so nothing else may be.
    return (
        subject.key in _NOMINATIVE
        and before.tag in _BEFORE_FUSED_CLAUSE
        and before.key not in {"then", "so"}
        and not any(
            word.tag in QUESTION_TAGS
            or word.tag == "CC"
            or word.dep == "mark"
            or word.key in {"matter", "more"}
            for word in sentence.words[: second.at]
        )
    )


def _is_joined(sentence: Sentence, first: Word, second: Word) -> bool:
    """Return whether a conjunction, a quotation or another mark joins two clauses."""
    if sentence.words[0].key == "not":  # "not only …, it also …"
        return True
    if any(word.key in _SEPARATORS for word in sentence.between(first, second)):
        return True
    if second.at > first.at == second.head and sentence.child(second, "conj") is not None:
        return True  # a list of clauses: "he came, he saw, and he won"
    if _is_subordinate(sentence, first) or _is_subordinate(sentence, second):
        return True
    return any(
        first.at < child.at < second.at
        for clause in (first, second)
        for child in sentence.children(clause, "cc", "cc:preconj")
    )


def _is_subordinate(sentence: Sentence, clause: Word) -> bool:
    """Return whether a clause, or one that it is coordinated with, has an opener."""
    verb: Word | None = clause
    while verb is not None:
        if any(
            (child.dep == "mark" or child.tag in QUESTION_TAGS) and child.at < verb.at
            for child in sentence.children(verb)
        ):
            return True
        verb = sentence.head(verb) if verb.dep == "conj" else None
    return False
