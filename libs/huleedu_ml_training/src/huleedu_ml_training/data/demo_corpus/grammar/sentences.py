"""How a pupil builds sentences: which patterns, how varied, with which phrases."""

import math
from collections.abc import Callable, Sequence

from huleedu_ml_training.data.demo_corpus.dice import N_LEVELS, Dice
from huleedu_ml_training.data.demo_corpus.grammar import phrases
from huleedu_ml_training.data.demo_corpus.grammar.clauses import (
    Clause,
    conjugate,
    inverted,
    passive,
    shortened,
    statement,
)
from huleedu_ml_training.data.demo_corpus.grammar.phrases import Levels
from huleedu_ml_training.data.demo_corpus.lexicon.word_lists import word_set

_QUESTIONS = (
    "is it not {strange} that [clause]?",
    "who has not noticed that [clause]?",
    "have you thought about the fact that [clause]?",
    "how can anybody forget that [clause]?",
    "do we really want to close our eyes to the fact that [clause]?",
)
_CLEFTS = (
    "what {many} {people} forget is that [clause]",
    "the truth is that [clause]",
    "what makes this {important} is that [clause]",
    "the point is that [clause]",
    "what I find most {interesting} is that [clause]",
)
_LINKS = ("and", "and", "and", "so", "but")
_NOT_INVERTED = word_set("nobody there it some everybody everyone somebody not")

# name → (log weight at average skill, change per standard deviation of skill)
_PATTERNS: dict[str, tuple[float, float]] = {
    "plain": (1.1, -0.6),
    "opinion": (0.1, -0.3),
    "chain": (0.3, -0.8),
    "compound": (0.0, 0.2),
    "reason": (0.7, 0.1),
    "relative": (-0.5, 0.6),
    "participial": (-1.4, 0.9),
    "passive": (-0.6, 0.4),
    "question": (-1.5, 0.1),
    "subject_clause": (-1.7, 0.9),
    "cleft": (-1.2, 0.6),
    "not_only": (-2.0, 0.9),
    "conditional": (-1.2, 0.2),
    "contrast": (-1.7, 0.7),
    "semicolon": (-2.4, 0.9),
}


def _put(phrase: str, clause: str) -> str:
    return phrase.replace("[clause]", clause)


def _can_invert(clause: Clause) -> bool:
    return not (
        clause.auxiliary
        or clause.adverbs
        or clause.subject.split()[0] in _NOT_INVERTED
        or " and " in clause.complement
    )


class Speaker:
    """Puts statements into sentences in the way one pupil would.

    Args:
        dice: The stream of this pupil's choices of sentences.
        syntax: Skill, in standard deviations: how complex and how varied the sentences are.
        past: Whether clauses are told in the past tense.
        argues: Whether the essay argues, or else tells and describes.
    """

    def __init__(self, dice: Dice, syntax: float, *, past: bool, argues: bool) -> None:
        self._dice = dice
        self._syntax = syntax
        self._past = past
        self._argues = argues
        self._weights = {
            name: math.exp(base + slope * syntax) for name, (base, slope) in _PATTERNS.items()
        }
        self._said: set[str] = set()

    def phrase(self, levels: Levels, skill: float) -> str:
        """Return a set phrase at about the level of a skill, one not used before if possible."""
        level = self._dice.level(skill)
        for nearby in (level, max(level - 1, 0), min(level + 1, N_LEVELS - 1)):
            if not self._said.issuperset(levels[nearby]):
                return self._fresh(levels[nearby])
        return self._dice.pick(levels[level])

    def _fresh(self, options: Sequence[str]) -> str:
        unsaid = [phrase for phrase in options if phrase not in self._said]
        phrase = self._dice.pick(unsaid or options)
        self._said.add(phrase)
        return phrase

    def frame(self, levels: Levels, skill: float, clause: Clause) -> str:
        """Return a statement within a set phrase."""
        return _put(self.phrase(levels, skill), self._state(clause))

    def consequence(self, start: str, effect: str) -> str:
        """Return a sentence about an effect, after words that stand for its cause."""
        return f"{start} {self._finite(effect)}"

    def develop(
        self,
        clause: Clause,
        *,
        spare: list[Clause],
        effects: list[str],
        justified: bool = False,
    ) -> str:
        """Return a sentence that says the clause, and perhaps more.

        Args:
            clause: What must be said.
            spare: Further statements on the matter; one that is used is taken out.
            effects: What follows from the clause; one that is used is taken out.
            justified: Whether the spare statements are reasons for the clause.
        """
        options = self._options(clause, spare, effects)
        if justified and spare:
            options["reason"] = lambda: self._because(clause, spare)
        weights = [self._weights[name] for name in options]
        return options[self._dice.weighted(list(options), weights)]()

    def _options(
        self, clause: Clause, spare: list[Clause], effects: list[str]
    ) -> dict[str, Callable[[], str]]:
        said = self._state(clause)
        framed = phrases.OPINIONS if self._argues else phrases.MEMORIES
        options: dict[str, Callable[[], str]] = {
            "plain": lambda: said,
            "opinion": lambda: _put(self.phrase(framed, self._syntax), said),
            "cleft": lambda: _put(self._fresh(_CLEFTS), said),
        }
        if self._argues:
            options["question"] = lambda: _put(self._fresh(_QUESTIONS), said)
        if clause.direct_object:
            options["passive"] = lambda: passive(clause, past=self._past)
        if spare:
            options["chain"] = lambda: f"{said} and {self._next(spare)}"
            options["compound"] = lambda: f"{said}, {self._dice.pick(_LINKS)} {self._next(spare)}"
            options["semicolon"] = lambda: f"{said}; {self._next(spare)}"
            options["contrast"] = lambda: f"while {said}, {self._next(spare)}"
        if effects:
            options["relative"] = lambda: f"{said}, which {self._finite(effects.pop())}"
            if not effects[-1].startswith("be "):
                options["participial"] = lambda: f"{said}, {conjugate(effects.pop(), 'ing')}"
            options["subject_clause"] = lambda: (
                f"the fact that {said} {self._finite(effects.pop())}"
            )
            if self._argues and not clause.auxiliary:
                options["conditional"] = lambda: f"if {said}, it will {effects.pop()}"
            if _can_invert(clause):
                options["not_only"] = lambda: (
                    f"not only {inverted(clause, past=self._past)}, "
                    f"but it also {self._finite(effects.pop())}"
                )
        return options

    def _because(self, claim: Clause, spare: list[Clause]) -> str:
        said, reason = self._state(claim), self._next(spare)
        if self._syntax < 0:
            return f"{said} because {reason}"
        pattern = self._dice.pick(("{1} because {0}", "{1}, since {0}", "since {0}, {1}"))
        return pattern.format(reason, said)

    def _next(self, spare: list[Clause]) -> str:
        return self._state(spare.pop())

    def _state(self, clause: Clause) -> str:
        if self._dice.level(self._syntax) == 0:
            clause = shortened(clause)
        return statement(clause, past=self._past)

    def _finite(self, effect: str) -> str:
        return conjugate(effect, "ed" if self._past else "s")
