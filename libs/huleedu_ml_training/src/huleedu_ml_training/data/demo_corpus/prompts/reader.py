"""Reading the text files that hold the prompts.

A file has a line ``keyword: value`` for each thing there is to say; blank lines and lines that
start with ``#`` are for people. ``position`` opens a way to answer, ``point`` a thing to say:

.. code-block:: text

    name: Phones in class
    text: Some schools collect all mobile phones …
    kind: argument
    topic: mobile phones at school
    opener: almost everybody in my class has a phone
    position: present
    thesis: phones do not belong in the classroom
    point: concentration
    claim: a phone | {disturb+s} | the {students} | are | during the lesson
    effect: make it {hard} to follow what the teacher is saying
    reason: it | takes | several minutes to get the {focus} back
    example: {@when} {@friend} got a <message/call> in the middle of a test
"""

from collections.abc import Iterable

from huleedu_ml_training.data.demo_corpus.grammar.clauses import parse_clause
from huleedu_ml_training.data.demo_corpus.prompts.model import Point, Position, Prompt

_Fields = dict[str, list[str]]
_OPENING = ("position", "point")
_KEYWORDS = frozenset(
    {
        *("name", "text", "kind", "difficulty", "strictness", "popularity", "topic", "opener"),
        *(*_OPENING, "thesis", "claim", "effect", "reason", "example"),
    }
)


def read_prompt(source: str) -> Prompt:
    """Return the prompt that a file describes.

    Raises:
        ValueError: A line has no keyword that is known, a clause cannot be read, or a number
            is none.
        KeyError: Something that every prompt or point needs is not there.
    """
    head, *positions = _sections(source.splitlines())
    return Prompt(
        name=head["name"][0],
        text=head["text"][0],
        topics=tuple(head["topic"]),
        openers=tuple(head["opener"]),
        positions=_group(positions),
        difficulty=float(head["difficulty"][0]),
        strictness=float(head["strictness"][0]),
        popularity=float(head["popularity"][0]),
        argues=head["kind"][0] == "argument",
    )


def _sections(lines: Iterable[str]) -> list[_Fields]:
    sections: list[_Fields] = [{}]
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        keyword, _, value = line.partition(":")
        if keyword not in _KEYWORDS:
            msg = f"line {number}: no keyword of a prompt: {line!r}"
            raise ValueError(msg)
        if keyword in _OPENING:
            sections.append({})
        sections[-1].setdefault(keyword, []).append(value.strip())
    return sections


def _group(sections: Iterable[_Fields]) -> tuple[Position, ...]:
    grouped: list[tuple[_Fields, list[Point]]] = []
    for section in sections:
        if "position" in section:
            grouped.append((section, []))
        else:
            grouped[-1][1].append(_read_point(section))
    return tuple(
        Position(
            theses=tuple(opening["thesis"]),
            points=tuple(points),
            past=opening["position"][0] == "past",
        )
        for opening, points in grouped
    )


def _read_point(section: _Fields) -> Point:
    return Point(
        label=section["point"][0],
        claim=parse_clause(section["claim"][0]),
        effects=tuple(section["effect"]),
        reasons=tuple(parse_clause(reason) for reason in section["reason"]),
        examples=tuple(section["example"]),
    )
