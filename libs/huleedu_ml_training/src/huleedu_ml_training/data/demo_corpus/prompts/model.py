"""What a prompt gives its essays to say."""

from dataclasses import dataclass

from huleedu_ml_training.data.demo_corpus.grammar.clauses import Clause


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to say for a position.

    Attributes:
        label: What it is about, a noun phrase of a few words.
        claim: The point itself.
        effects: What follows from it; verb phrases that start with a base form.
        reasons: Why the claim holds.
        examples: What happened once; sentences in the past, without capital and full stop.
    """

    label: str
    claim: Clause
    effects: tuple[str, ...]
    reasons: tuple[Clause, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """One way to answer a prompt.

    Attributes:
        theses: The answer in one clause, in several wordings.
        points: What speaks for it.
        past: Whether its clauses are told in the past tense.
    """

    theses: tuple[str, ...]
    points: tuple[Point, ...]
    past: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """A task as put to the pupils, with what they might answer.

    Attributes:
        name: A short title.
        text: The task, as the pupils read it.
        topics: Noun phrases for what it is about.
        openers: First sentences that fit this prompt only, without capital and full stop.
        positions: At least two answers.
        difficulty: How much it takes from a pupil's skills, in standard deviations.
        strictness: How much lower its essays are graded than they deserve, in standard
            deviations of quality.
        popularity: How often it is set, relative to the others.
        argues: Whether it asks for an opinion, with arguments against it.
    """

    name: str
    text: str
    topics: tuple[str, ...]
    openers: tuple[str, ...]
    positions: tuple[Position, ...]
    difficulty: float
    strictness: float
    popularity: float
    argues: bool
