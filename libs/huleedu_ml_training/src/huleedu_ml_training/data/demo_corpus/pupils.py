"""Pupils: several skills that go together, but not hand in hand."""

import math
from dataclasses import dataclass, replace

from huleedu_ml_training.data.demo_corpus.dice import Dice

_LOADINGS = {
    "vocabulary": 0.78,
    "syntax": 0.76,
    "grammar": 0.78,
    "spelling": 0.66,
    "mechanics": 0.62,
    "cohesion": 0.72,
    "task": 0.66,
    "fluency": 0.42,
}
_TEXT_SKILLS = ("vocabulary", "cohesion", "task", "fluency")

MIN_WORDS = 128
MAX_WORDS = 610
_MEDIAN_WORDS = 285.0
_LOG_SPREAD = 0.33


@dataclass(frozen=True, slots=True)
class Skills:
    """What a pupil can do, in standard deviations from the mean of all pupils.

    Attributes:
        vocabulary: Range of words.
        syntax: Range of sentences.
        grammar: Correctness of forms.
        spelling: Correctness of words.
        mechanics: Capitals, commas, apostrophes, ends of sentences.
        cohesion: Connectives, paragraphs, order of thoughts.
        task: Keeping to the prompt, developing points.
        fluency: How much the pupil writes in the time.
    """

    vocabulary: float
    syntax: float
    grammar: float
    spelling: float
    mechanics: float
    cohesion: float
    task: float
    fluency: float

    def of(self, skill: str) -> float:
        """Return a skill by its name."""
        value: float = getattr(self, skill)
        return value

    @property
    def target_words(self) -> int:
        """How many words the pupil sets out to write, within 128…610."""
        words = _MEDIAN_WORDS * math.exp(_LOG_SPREAD * self.fluency)
        return round(min(max(words, MIN_WORDS), MAX_WORDS))

    def facing(self, difficulty: float) -> "Skills":
        """Return the skills that show on a prompt of a certain difficulty."""
        lowered = {name: self.of(name) - difficulty for name in _TEXT_SKILLS}
        return replace(self, **lowered)


def draw_skills(dice: Dice) -> Skills:
    """Return the skills of a random pupil.

    A general factor is shared by all skills, each to its own degree (one-factor model), so that
    each skill is standard normal and any two correlate by the product of their loadings.
    """
    general = dice.normal()
    own = {
        name: loading * general + math.sqrt(1.0 - loading**2) * dice.normal()
        for name, loading in _LOADINGS.items()
    }
    return Skills(**own)


def skill_correlation(one: str, other: str) -> float:
    """Return the correlation of two skills among all pupils."""
    return 1.0 if one == other else _LOADINGS[one] * _LOADINGS[other]
