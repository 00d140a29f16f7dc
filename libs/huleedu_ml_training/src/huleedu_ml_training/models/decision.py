"""From P(grade) to one grade.

Every rule gives ties to the lower grade, and counts as a tie what differs by no more than
:data:`TIE_TOLERANCE`. Sums of probabilities differ in their last digit between numpy and
onnxruntime; exact ties (two equal probabilities, a median at exactly one half) would then fall
one way here and the other way there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.cumulative import exceedance
from huleedu_ml_training.models.cutpoints import fit_qwk_cutpoints, halfway_cutpoints
from huleedu_ml_training.models.equating import fit_equating_cutpoints
from huleedu_ml_training.models.errors import InvalidModelStateError, UnknownMethodError
from huleedu_ml_training.models.protocols import DecisionRuleProtocol
from huleedu_ml_training.models.state import finite_numbers, typed_field

DECISION_FILE = "decision.json"
TIE_TOLERANCE = 1e-9
RULES = ("most_probable", "median", "rounded_expectation", "qwk_cutpoints", "equating")

FloatArray = NDArray[np.float64]


class MostProbableRule:
    """The grade with the greatest probability."""

    rule = "most_probable"

    def decide(self, probabilities: FloatArray) -> NDArray[np.int64]:
        """Return grade indices, ndarray of shape (n_essays,), from P(grade) of shape (n, K)."""
        best = probabilities.max(axis=1, keepdims=True)
        grades: NDArray[np.int64] = np.argmax(probabilities >= best - TIE_TOLERANCE, axis=1)
        return grades

    def parameters(self) -> dict[str, Any]:
        """Return the rule's name alone."""
        return {"rule": self.rule}


class MedianRule:
    """The lowest grade that an essay exceeds with a probability of at most one half.

    It minimises the expected number of levels between given and true grade.
    """

    rule = "median"

    def decide(self, probabilities: FloatArray) -> NDArray[np.int64]:
        """Return grade indices, ndarray of shape (n_essays,), from P(grade) of shape (n, K)."""
        passed = exceedance(probabilities) > 0.5 + TIE_TOLERANCE
        grades: NDArray[np.int64] = passed.sum(axis=1)
        return grades

    def parameters(self) -> dict[str, Any]:
        """Return the rule's name alone."""
        return {"rule": self.rule}


class CutPointRule:
    """The number of cut-points that the expected grade lies above.

    Args:
        rule: Name of the rule that chose the cut-points.
        cutpoints: ndarray of shape (K-1,), float64, not descending.

    Attributes:
        rule: As given.
        cutpoints: As given.
    """

    def __init__(self, rule: str, cutpoints: FloatArray) -> None:
        self.rule = rule
        self.cutpoints = cutpoints

    def decide(self, probabilities: FloatArray) -> NDArray[np.int64]:
        """Return grade indices, ndarray of shape (n_essays,), from P(grade) of shape (n, K)."""
        passed = expected_grade(probabilities)[:, None] > self.cutpoints + TIE_TOLERANCE
        grades: NDArray[np.int64] = passed.sum(axis=1)
        return grades

    def parameters(self) -> dict[str, Any]:
        """Return the rule's name and its cut-points."""
        return {"rule": self.rule, "cutpoints": self.cutpoints.tolist()}


def expected_grade(probabilities: FloatArray) -> FloatArray:
    """Return mean grade indices, ndarray of shape (n_essays,) in 0…K-1."""
    mean: FloatArray = probabilities @ np.arange(probabilities.shape[1], dtype=np.float64)
    return mean


def fit_decision_rule(
    rule: str, probabilities: FloatArray, y: NDArray[np.int64]
) -> DecisionRuleProtocol:
    """Fit a rule on out-of-fold probabilities.

    Args:
        rule: ``most_probable``, ``median``, ``rounded_expectation``, ``qwk_cutpoints`` or
            ``equating``; only the last two learn anything.
        probabilities: P(grade) of essays that neither model nor calibrator saw, shape (n, K).
        y: Their grade indices, shape (n,).

    Raises:
        UnknownMethodError: There is no such rule.
    """
    n_grades = probabilities.shape[1]
    if rule == "most_probable":
        return MostProbableRule()
    if rule == "median":
        return MedianRule()
    if rule == "rounded_expectation":
        return CutPointRule(rule, halfway_cutpoints(n_grades))
    if rule == "qwk_cutpoints":
        return CutPointRule(rule, fit_qwk_cutpoints(expected_grade(probabilities), y, n_grades))
    if rule == "equating":
        cutpoints = fit_equating_cutpoints(expected_grade(probabilities), y, n_grades)
        return CutPointRule(rule, cutpoints)
    raise UnknownMethodError(part="decision rule", name=rule, known=RULES)


def decision_rule_from_parameters(
    parameters: Mapping[str, Any], n_grades: int
) -> DecisionRuleProtocol:
    """Return the rule that gave these parameters, bit for bit.

    Args:
        parameters: What :meth:`DecisionRuleProtocol.parameters` returned.
        n_grades: K.

    Raises:
        UnknownMethodError: This version has no such rule.
        InvalidModelStateError: Parameters are missing or make no rule.
    """
    rule = typed_field(parameters, "rule", str, file=DECISION_FILE)
    if rule == "most_probable":
        return MostProbableRule()
    if rule == "median":
        return MedianRule()
    if rule not in RULES:
        raise UnknownMethodError(part="decision rule", name=rule, known=RULES)
    cutpoints = finite_numbers(
        typed_field(parameters, "cutpoints", list, file=DECISION_FILE), file=DECISION_FILE
    )
    if len(cutpoints) != n_grades - 1 or (np.diff(cutpoints) < 0).any():
        reason = f"has no {n_grades - 1} ascending cut-points"
        raise InvalidModelStateError(file=DECISION_FILE, reason=reason)
    return CutPointRule(rule, cutpoints)
