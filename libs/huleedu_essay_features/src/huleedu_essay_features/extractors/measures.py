"""Statistics that are NaN, never zero, where they are undefined."""

import math
from collections import Counter
from collections.abc import Callable, Sequence


def ratio(numerator: float, denominator: float) -> float:
    """Return a quotient; NaN where the denominator is 0."""
    return numerator / denominator if denominator else math.nan


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean; NaN for no values."""
    return ratio(math.fsum(values), len(values))


def variance(values: Sequence[float]) -> float:
    """Return the population variance; NaN for fewer than two values."""
    if len(values) < 2:
        return math.nan
    centre = mean(values)
    return math.fsum((value - centre) ** 2 for value in values) / len(values)


def cosine(
    a: Counter[str], b: Counter[str], weight: Callable[[str], float] = lambda _: 1.0
) -> float:
    """Return the cosine of two vectors of weighted counts; NaN where one is empty."""
    squared = {word: weight(word) ** 2 for word in a.keys() | b.keys()}
    shared = math.fsum(a[word] * b[word] * squared[word] for word in a.keys() & b.keys())
    norms = [
        math.sqrt(math.fsum(count * count * squared[word] for word, count in side.items()))
        for side in (a, b)
    ]
    return ratio(shared, norms[0] * norms[1])
