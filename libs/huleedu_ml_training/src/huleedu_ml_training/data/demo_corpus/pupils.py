"""Pupils: several skills that go together, but not hand in hand."""

import math
from dataclasses import dataclass, fields, replace

from huleedu_ml_training.data.demo_corpus.dice import Dice

_LOADINGS = {
    "vocabulary": 0.75,
    "syntax": 0.72,
    "grammar": 0.75,
    "spelling": 0.62,
    "mechanics": 0.58,
    "cohesion": 0.68,
    "task": 0.62,
    "fluency": 0.45,
}
_TEXT_SKILLS = ("vocabulary", "cohesion", "task", "fluency")

MIN_WORDS = 125
MAX_WORDS = 630
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

    @property
    def target_words(self) -> int:
        """How many words the pupil sets out to write, within 125…630."""
        words = _MEDIAN_WORDS * math.exp(_LOG_SPREAD * self.fluency)
        return round(min(max(words, MIN_WORDS), MAX_WORDS))

    def facing(self, difficulty: float) -> "Skills":
        """Return the skills that show on a prompt of a certain difficulty."""
        lowered = {name: getattr(self, name) - difficulty for name in _TEXT_SKILLS}
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


SKILL_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Skills))
