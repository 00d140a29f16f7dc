"""Teachers: how they weigh what they read, how strict they are, how much they waver."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.pupils import Skills, skill_correlation

GRADE_SHARES: tuple[float, ...] = (0.04, 0.11, 0.18, 0.19, 0.20, 0.15, 0.09, 0.04)
"""Shares of the grades F … A that teachers of average strictness give."""

_WEIGHTS: dict[str, float] = {
    "vocabulary": 0.18,
    "syntax": 0.15,
    "grammar": 0.20,
    "spelling": 0.12,
    "mechanics": 0.09,
    "cohesion": 0.14,
    "task": 0.16,
    "fluency": 0.08,
}
_IMPRESSION_SD = 0.25
_SEVERITY_SD = 0.20
_WAVERING_SD = 0.40


def _composite_sd() -> float:
    return math.sqrt(
        math.fsum(
            one_weight * other_weight * skill_correlation(one, other)
            for one, one_weight in _WEIGHTS.items()
            for other, other_weight in _WEIGHTS.items()
        )
    )


_COMPOSITE_SD = _composite_sd()
_TOTAL_SD = math.sqrt(1.0 + _IMPRESSION_SD**2 + _SEVERITY_SD**2 + _WAVERING_SD**2)
_CUT_POINTS = tuple(
    NormalDist(0.0, _TOTAL_SD).inv_cdf(share) for share in accumulate(GRADE_SHARES[:-1])
)


def draw_merit(skills: Skills, strictness: float, dice: Dice) -> float:
    """Return what an essay deserves in the eyes of all teachers alike.

    Args:
        skills: The skills that show in the text.
        strictness: How strictly essays on its prompt are graded.
        dice: The stream for what teachers see and features do not: ideas, handwriting, charm.

    Returns:
        A number with a standard deviation of about 1.03 over all essays; 0 is average.
    """
    composite = math.fsum(weight * skills.of(name) for name, weight in _WEIGHTS.items())
    return composite / _COMPOSITE_SD - strictness + dice.normal(0.0, _IMPRESSION_SD)


@dataclass(frozen=True, slots=True)
class Teacher:
    """A teacher who grades essays.

    Attributes:
        name: A made-up identifier.
        severity: How much lower than others the teacher grades, in standard deviations of merit.
    """

    name: str
    severity: float

    def grade(self, merit: float, dice: Dice) -> int:
        """Return the index, 0…7, of the grade that the teacher gives."""
        impression = merit - self.severity + dice.normal(0.0, _WAVERING_SD)
        return sum(impression > cut for cut in _CUT_POINTS)


def draw_staff(seed: int, names: Sequence[str]) -> tuple[Teacher, ...]:
    """Return teachers whose severities differ, and are fair on average."""
    raw = [Dice(seed, "teacher", name).normal(0.0, _SEVERITY_SD) for name in names]
    mean = math.fsum(raw) / len(raw)
    return tuple(Teacher(name, severity - mean) for name, severity in zip(names, raw, strict=True))
