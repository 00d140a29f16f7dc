"""Conformance suite of :class:`DecisionRuleProtocol`.

Inherit :class:`DecisionRuleSuite` and override :meth:`~DecisionRuleSuite.rule`; override the two
other fixtures as well if the rule is not made by this package's functions.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from huleedu_ml_training.models.decision import decision_rule_from_parameters, fit_decision_rule
from huleedu_ml_training.models.protocols import DecisionRuleProtocol

Fit = Callable[[NDArray[np.float64], NDArray[np.int64]], DecisionRuleProtocol]
Restore = Callable[[Mapping[str, Any], int], DecisionRuleProtocol]


def _essays(
    n_essays: int, n_grades: int, seed: int = 5
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return honest probabilities and grades drawn from them."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(n_grades, 0.5), n_essays)
    drawn = rng.random((n_essays, 1)) > np.cumsum(probabilities, axis=1)
    return probabilities, np.minimum(drawn.sum(axis=1), n_grades - 1)


class DecisionRuleSuite:
    """What every decision rule does."""

    @pytest.fixture
    def rule(self) -> str:
        """Return the rule's name, as in the settings."""
        raise NotImplementedError

    @pytest.fixture
    def fit(self, rule: str) -> Fit:
        """Return a function of (probabilities, y) that fits a rule."""
        return lambda probabilities, y: fit_decision_rule(rule, probabilities, y)

    @pytest.fixture
    def restore(self) -> Restore:
        """Return a function of (parameters, K) that makes the rule again."""
        return decision_rule_from_parameters

    @pytest.mark.parametrize("n_grades", [2, 3, 9])
    def test_grades(self, fit: Fit, rule: str, n_grades: int) -> None:
        """Every essay gets a grade of the scale, better than by chance."""
        probabilities, y = _essays(300, n_grades)
        decision = fit(probabilities, y)
        grades = decision.decide(probabilities)
        assert rule == decision.rule
        assert ((300,), np.dtype(np.int64)) == (grades.shape, grades.dtype)
        assert 0 <= grades.min() <= grades.max() < n_grades
        assert np.abs(grades - y).mean() < np.abs(grades[::-1] - y).mean()

    def test_certain_ends(self, fit: Fit) -> None:
        """An essay that is surely of the lowest or highest grade gets it."""
        decision = fit(*_essays(300, 5))
        assert [0, 4] == decision.decide(np.eye(5)[[0, 4]]).tolist()

    def test_rounding_noise_decides_nothing(self, fit: Fit) -> None:
        """Ties stay where they are when the last digits change."""
        decision = fit(*_essays(300, 4))
        ties = np.array(
            [[0.25] * 4, [0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0], [0.5, 0.0, 0.0, 0.5]]
        )
        noise = np.random.default_rng(0).uniform(-1e-15, 1e-15, (200, *ties.shape))
        grades = [decision.decide(ties + one).tolist() for one in noise]
        assert [decision.decide(ties).tolist()] * 200 == grades

    def test_an_essay_is_decided_by_itself(self, fit: Fit) -> None:
        """A grade does not depend on what else is decided; no rows give no grades."""
        probabilities, y = _essays(300, 6)
        decision = fit(probabilities, y)
        alone = [int(decision.decide(row[None])[0]) for row in probabilities]
        assert alone == decision.decide(probabilities).tolist()
        assert (0,) == decision.decide(probabilities[:0]).shape

    def test_rare_and_absent_grades(self, fit: Fit) -> None:
        """A rule can be fitted where grades have one essay or none, and on one grade only."""
        probabilities, _ = _essays(50, 8)
        few = np.concatenate([[1], np.full(48, 4), [6]])
        for y in (few, np.full(50, 3)):
            grades = fit(probabilities, y).decide(probabilities)
            assert 0 <= grades.min() <= grades.max() < 8

    def test_parameters_come_back_bit_for_bit(self, fit: Fit, restore: Restore) -> None:
        """Parameters survive JSON and make the same rule; equal fits have equal ones."""
        probabilities, y = _essays(200, 6)
        decision = fit(probabilities, y)
        again = restore(json.loads(json.dumps(decision.parameters())), 6)
        assert decision.parameters() == again.parameters()
        assert decision.decide(probabilities).tolist() == again.decide(probabilities).tolist()
        assert decision.parameters() == fit(probabilities, y).parameters()
