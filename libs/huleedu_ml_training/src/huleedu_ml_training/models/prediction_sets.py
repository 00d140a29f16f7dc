"""Ranges of grades that hold the teacher's grade with a stated probability.

Split conformal prediction (Vovk, Gammerman & Shafer 2005; distributional scores after Chernozhukov,
Wüthrich & Zhu 2021, *PNAS* 118). The score of a grade is how far it lies from the median of the
essay's distribution, in probability: 0 for the median grade, and otherwise the probability between
it and the median beyond one half. Grades whose score is at most a threshold form a range without
gaps around the median.

The threshold is the ceil((n + 1)(1 - alpha))-th smallest score of n essays that neither model nor
calibrator has seen. For a new essay that is exchangeable with those, the range then holds the
teacher's grade with a probability of at least 1 - alpha, whatever the model is worth. Here the
essays are those of cross-fitting (cross-conformal prediction, Vovk 2015, *Annals of Mathematics and
Artificial Intelligence* 74): each was scored by a model and a calibrator of the other folds, which
learnt from fewer essays than the final ones, so that the ranges err on the wide side in practice.

With groups of grades, each group has a threshold of its own (Mondrian, or label-conditional,
conformal prediction): the guarantee then holds within each group, at the price of wider ranges.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.cumulative import exceedance
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.state import finite_numbers, typed_field

PREDICTION_SETS_FILE = "prediction_sets.json"
SCORE_TOLERANCE = 1e-9
GREATEST_SCORE = 0.5
"""No grade lies further from the median; as a threshold it admits every grade."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PredictionSets:
    """A fitted map from P(grade) to a range of grades. Immutable.

    Attributes:
        miscoverage: alpha, in (0, 1): how often a range may miss the teacher's grade.
        thresholds: ndarray of shape (K,), float64 in [0, 0.5]: the greatest score with which each
            grade belongs to the range.
    """

    miscoverage: float
    thresholds: FloatArray

    def ranges(self, probabilities: FloatArray, grades: IntArray) -> tuple[IntArray, IntArray]:
        """Return the lowest and highest grade of each range.

        Args:
            probabilities: P(grade), shape (n_essays, K).
            grades: The decided grades, shape (n_essays,); always inside the range.

        Returns:
            Two ndarrays of shape (n_essays,).
        """
        inside = median_distances(probabilities) <= self.thresholds + SCORE_TOLERANCE
        n_grades = probabilities.shape[1]
        lowest = np.argmax(inside, axis=1)
        highest = n_grades - 1 - np.argmax(inside[:, ::-1], axis=1)
        return np.minimum(lowest, grades), np.maximum(highest, grades)

    def parameters(self) -> dict[str, Any]:
        """Return JSON-ready parameters."""
        return {"miscoverage": self.miscoverage, "thresholds": self.thresholds.tolist()}


def median_distances(probabilities: FloatArray) -> FloatArray:
    """Return every grade's distance from the median in probability.

    Args:
        probabilities: P(grade), shape (n_essays, K).

    Returns:
        ndarray of shape (n_essays, K) in [0, 0.5]: max(0, 1/2 - P(≥ grade), 1/2 - P(≤ grade)).
    """
    above = exceedance(probabilities)
    at_least = np.pad(above, ((0, 0), (1, 0)), constant_values=1.0)
    more = np.pad(above, ((0, 0), (0, 1)), constant_values=0.0)
    return np.maximum(0.0, np.maximum(0.5 - at_least, more - 0.5))


def fit_prediction_sets(
    probabilities: FloatArray,
    y: IntArray,
    *,
    miscoverage: float,
    groups: Sequence[Sequence[int]] = (),
) -> PredictionSets:
    """Fit on probabilities of essays that neither model nor calibrator has seen.

    Args:
        probabilities: P(grade), shape (n_essays, K).
        y: Grade indices, shape (n_essays,).
        miscoverage: alpha, in (0, 1).
        groups: Disjoint groups of grade indices with guarantees of their own; grades of no group
            form one together. Empty: one guarantee over all grades.

    Returns:
        The sets; a group with too few essays for its guarantee always belongs to the range.
    """
    n_grades = probabilities.shape[1]
    scores = median_distances(probabilities)[np.arange(len(y)), y]
    named = {grade for group in groups for grade in group}
    rest = [grade for grade in range(n_grades) if grade not in named]
    thresholds = np.full(n_grades, GREATEST_SCORE)
    for group in (*groups, rest):
        members = list(group)
        if members:
            thresholds[members] = _threshold(scores[np.isin(y, members)], miscoverage)
    return PredictionSets(miscoverage, thresholds)


def _threshold(scores: FloatArray, miscoverage: float) -> float:
    rank = math.ceil((len(scores) + 1) * (1 - miscoverage))
    if rank > len(scores):
        return GREATEST_SCORE
    return float(np.partition(scores, rank - 1)[rank - 1])


def prediction_sets_from_parameters(parameters: Mapping[str, Any], n_grades: int) -> PredictionSets:
    """Return the sets that gave these parameters, bit for bit.

    Raises:
        InvalidModelStateError: Parameters are missing or make no sets.
    """
    file = PREDICTION_SETS_FILE
    miscoverage = typed_field(parameters, "miscoverage", float, file=file)
    thresholds = finite_numbers(typed_field(parameters, "thresholds", list, file=file), file=file)
    if not 0 < miscoverage < 1:
        raise InvalidModelStateError(file=file, reason="has a miscoverage outside 0…1")
    inside = ((thresholds >= 0) & (thresholds <= GREATEST_SCORE)).all()
    if len(thresholds) != n_grades or not inside:
        reason = f"has no {n_grades} thresholds in 0…{GREATEST_SCORE}"
        raise InvalidModelStateError(file=file, reason=reason)
    return PredictionSets(miscoverage, thresholds)
