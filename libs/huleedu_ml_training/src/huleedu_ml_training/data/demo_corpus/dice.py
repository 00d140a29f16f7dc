"""Random choices that are the same on every machine and in every version of Python."""

import hashlib
import math
import random
from collections.abc import Sequence
from statistics import NormalDist
from typing import TypeVar

_T = TypeVar("_T")
_STANDARD_NORMAL = NormalDist()
_LEVEL_BOUNDS = (-0.75, 0.25, 1.25)

N_LEVELS = len(_LEVEL_BOUNDS) + 1
"""How many levels of wording there are, 0 (plainest) … 3 (most advanced)."""


class Dice:
    """A stream of random choices that depends on its key alone.

    Only ``random.Random(int).random()`` is drawn from, the one method whose sequence Python
    promises never to change; NumPy's generators promise no such thing across versions.

    Args:
        *key: What the stream is for, e.g. a seed, the number of an essay and a purpose. Streams
            with different keys are independent, so one more draw in one stream moves no other.
    """

    __slots__ = ("_uniform",)

    def __init__(self, *key: int | str) -> None:
        digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
        self._uniform = random.Random(int.from_bytes(digest, "big")).random  # noqa: S311

    def chance(self, probability: float) -> bool:
        """Return True with the given probability."""
        return self._uniform() < probability

    def below(self, limit: int) -> int:
        """Return an integer in 0…limit-1, each equally likely."""
        return int(self._uniform() * limit)

    def between(self, low: float, high: float) -> float:
        """Return a number in low…high, uniformly."""
        return low + (high - low) * self._uniform()

    def pick(self, items: Sequence[_T]) -> _T:
        """Return one of the items, each equally likely."""
        return items[int(self._uniform() * len(items))]

    def weighted(self, items: Sequence[_T], weights: Sequence[float]) -> _T:
        """Return one of the items, each as likely as its share of the weights."""
        point = self._uniform() * math.fsum(weights)
        for item, weight in zip(items, weights, strict=True):
            point -= weight
            if point < 0:
                return item
        return items[-1]

    def shuffled(self, items: Sequence[_T]) -> list[_T]:
        """Return the items in random order."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = int(self._uniform() * (last + 1))
            order[last], order[other] = order[other], order[last]
        return order

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """Return a number from a normal distribution."""
        return mean + sd * _STANDARD_NORMAL.inv_cdf(max(self._uniform(), 1e-12))

    def level(self, skill: float, spread: float = 0.5) -> int:
        """Return the level, 0…3, at which a pupil says one thing.

        Args:
            skill: The pupil's skill, in standard deviations from the mean.
            spread: How much the same pupil varies from one choice to the next.
        """
        reached = self.normal(skill, spread)
        return sum(reached > bound for bound in _LEVEL_BOUNDS)
