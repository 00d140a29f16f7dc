"""Statements that can be put in several ways: present, past, passive, inverted."""

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile

from huleedu_ml_training.data.demo_corpus.lexicon.inflection import base_form, inflect
from huleedu_ml_training.data.demo_corpus.lexicon.word_lists import word_set

_MODALS = {
    "can": "could",
    "cannot": "could not",
    "may": "might",
    "must": "had to",
    "should": "should",
    "will": "would",
}
_ADVERBS = word_set(
    "already also almost always even hardly just never often only rarely really sometimes still "
    "usually {often}"
)
_AUXILIARIES = frozenset({"do not", "does not", *_MODALS})
_AGENT_UNSAID = word_set("I you he she it we they one some people {people} somebody everybody")
_DISPENSABLE = re.compile(
    r"(?<=\w) (?:after|at|because|before|for|if|in|on|when|while|with|without)\b.*"
)
_CANNOT_END = word_set("all and as be even go laugh look mostly night than")
_SLOT_VERB = re.compile(r"\{(\w+)(?:\+s)?\}")


@dataclass(frozen=True, slots=True)
class Clause:
    """A statement in its parts; each part is a template for :class:`Wording`.

    Attributes:
        subject: Noun phrase or pronoun.
        adverbs: What stands before the main verb, or an empty string.
        auxiliary: A modal verb, ``"do not"``, or an empty string.
        verb: Base form of the main verb, or the key of a synonym entry in braces.
        singular: Whether the subject takes ``-s``.
        complement: The rest of the clause, after the object where there is one.
        direct_object: What becomes the subject of the passive; empty where there is no passive.
        object_singular: Whether the direct object takes ``is``.
    """

    subject: str
    adverbs: str
    auxiliary: str
    verb: str
    singular: bool
    complement: str
    direct_object: str = ""
    object_singular: bool = True


def parse_clause(source: str) -> Clause:
    """Return the clause that a line of a prompt module describes.

    Args:
        source: ``subject | verb | complement``, or with a passive
            ``subject | verb | object | is | complement``, where the fourth field is ``is`` or
            ``are``. The verb stands in the present, with a modal, ``do not`` or adverbs before it.

    Raises:
        ValueError: There are neither three nor five fields, or one has no verb.
    """
    fields = [field.strip() for field in source.split("|")]
    if len(fields) not in {3, 5}:
        msg = f"a clause has three or five fields, this has {len(fields)}: {source!r}"
        raise ValueError(msg)
    group = fields[1].split()
    auxiliary = next(
        (word for n in (2, 1) if (word := " ".join(group[:n])) in _AUXILIARIES and group[n:]), ""
    )
    rest = group[len(auxiliary.split()) :]
    adverbs = list(takewhile(_ADVERBS.__contains__, rest))
    if len(adverbs) == len(rest) or rest[0] in _MODALS:
        msg = f"a clause without a main verb: {source!r}"
        raise ValueError(msg)
    head, *particles = rest[len(adverbs) :]
    lemma = head if auxiliary else _lemma(head)
    passive = len(fields) == 5
    return Clause(
        subject=fields[0],
        adverbs=" ".join(adverbs),
        auxiliary="do not" if auxiliary == "does not" else auxiliary,
        verb=_join(lemma, *particles),
        singular=auxiliary == "does not" or (not auxiliary and head not in {lemma, "am", "are"}),
        complement=fields[-1],
        direct_object=fields[2] if passive else "",
        object_singular=not passive or fields[3] == "is",
    )


def _lemma(present: str) -> str:
    slot = _SLOT_VERB.fullmatch(present)
    if slot:
        return "{" + slot[1] + "}"
    return "be" if present in {"am", "are"} else base_form(present)


def conjugate(phrase: str, form: str) -> str:
    """Return a verb phrase, a template that starts with a base form, in another form."""
    head, _, rest = phrase.partition(" ")
    changed = f"{head[:-1]}+{form}}}" if head.startswith("{") else inflect(head, form)
    return f"{changed} {rest}".strip()


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _be(*, singular: bool, past: bool, subject: str = "") -> str:
    if past:
        return "was" if singular or subject == "I" else "were"
    return "am" if subject == "I" else "is" if singular else "are"


def _finite_verb(clause: Clause, *, past: bool) -> str:
    if clause.auxiliary == "do not":
        does = "did" if past else "does" if clause.singular else "do"
        return _join(does, "not", clause.adverbs, clause.verb)
    if clause.auxiliary:
        modal = _MODALS[clause.auxiliary] if past else clause.auxiliary
        return _join(modal, clause.adverbs, clause.verb)
    if clause.verb == "be":
        return _join(
            _be(singular=clause.singular, past=past, subject=clause.subject), clause.adverbs
        )
    if past:
        return _join(clause.adverbs, conjugate(clause.verb, "ed"))
    return _join(clause.adverbs, conjugate(clause.verb, "s") if clause.singular else clause.verb)


@cache
def statement(clause: Clause, *, past: bool = False) -> str:
    """Return the clause as a plain statement, without capital and full stop."""
    verb = _finite_verb(clause, past=past)
    return _join(clause.subject, verb, clause.direct_object, clause.complement)


@cache
def passive(clause: Clause, *, past: bool = False) -> str:
    """Return the clause in the passive, or as a plain statement where it has none."""
    if not clause.direct_object:
        return statement(clause, past=past)
    if clause.auxiliary == "do not":
        verb = _join(_be(singular=clause.object_singular, past=past), "not", clause.adverbs)
    elif clause.auxiliary:
        modal = _MODALS[clause.auxiliary] if past else clause.auxiliary
        verb = _join(modal, clause.adverbs, "be")
    else:
        verb = _join(_be(singular=clause.object_singular, past=past), clause.adverbs)
    agent = "" if clause.subject in _AGENT_UNSAID else f"by {clause.subject}"
    return _join(clause.direct_object, verb, conjugate(clause.verb, "en"), clause.complement, agent)


@cache
def inverted(clause: Clause, *, past: bool = False) -> str:
    """Return the clause in the order of a question, e.g. ``"do students lose their focus"``.

    Raises:
        ValueError: The clause has an auxiliary of its own.
    """
    if clause.auxiliary:
        msg = f"no inversion of a clause with {clause.auxiliary!r}"
        raise ValueError(msg)
    rest = _join(clause.direct_object, clause.complement)
    if clause.verb == "be":
        verb = _be(singular=clause.singular, past=past, subject=clause.subject)
        return _join(verb, clause.subject, clause.adverbs, rest)
    does = "did" if past else "does" if clause.singular else "do"
    return _join(does, clause.subject, clause.adverbs, clause.verb, rest)


@cache
def shortened(clause: Clause) -> Clause:
    """Return the clause without the details at its end."""
    short = _DISPENSABLE.sub("", clause.complement)
    if not short or short.split()[-1] in _CANNOT_END:
        return clause
    return replace(clause, complement=short)
