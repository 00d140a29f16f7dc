import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from huleedu_ml_training.models.decision import (
    RULES,
    CutPointRule,
    MedianRule,
    MostProbableRule,
    decision_rule_from_parameters,
    fit_decision_rule,
)
from huleedu_ml_training.models.errors import InvalidModelStateError, UnknownMethodError

weights = arrays(np.float64, st.tuples(st.just(5), st.integers(2, 9)), elements=st.floats(0.01, 1))


def decide(rule, *rows):
    return rule.decide(np.array(rows, dtype=np.float64)).tolist()


def rounding(n_grades):
    even = np.full((1, n_grades), 1 / n_grades)
    return fit_decision_rule("rounded_expectation", even, np.array([0]))


def test_the_most_probable_grade_and_the_lower_of_two():
    assert [1, 0, 1] == decide(
        MostProbableRule(), [0.2, 0.5, 0.3], [0.4, 0.2, 0.4], [0.2, 0.4, 0.4]
    )


def test_the_median_and_the_lower_of_two():
    assert [1, 0, 1, 2] == decide(
        MedianRule(), [0.3, 0.3, 0.4], [0.5, 0.0, 0.5], [0.3, 0.2, 0.5], [0.1, 0.3, 0.6]
    )


def test_rounding_takes_halves_down():
    assert [0, 1, 1, 2] == decide(
        rounding(3), [0.5, 0.5, 0.0], [0.49, 0.51, 0.0], [0.0, 0.5, 0.5], [0.0, 0.4, 0.6]
    )


def test_cut_points_are_compared_with_the_expected_grade():
    rule = CutPointRule("qwk_cutpoints", np.array([0.2, 1.9]))
    assert [0, 1, 1, 2] == decide(
        rule, [0.8, 0.2, 0.0], [0.7, 0.3, 0.0], [0.0, 0.1, 0.9], [0.0, 0.0, 1.0]
    )


@given(weights)
def test_the_median_costs_the_fewest_levels(weight):
    probabilities = weight / weight.sum(axis=1, keepdims=True)
    grades = np.arange(probabilities.shape[1])
    cost = probabilities @ np.abs(grades[:, None] - grades)
    chosen = np.take_along_axis(cost, MedianRule().decide(probabilities)[:, None], axis=1)[:, 0]
    assert chosen == pytest.approx(cost.min(axis=1), abs=1e-7)


@given(weights)
def test_rounding_costs_the_fewest_squared_levels(weight):
    probabilities = weight / weight.sum(axis=1, keepdims=True)
    n_grades = probabilities.shape[1]
    grades = np.arange(n_grades)
    cost = probabilities @ (grades[:, None] - grades) ** 2
    chosen = rounding(n_grades).decide(probabilities)
    assert np.take_along_axis(cost, chosen[:, None], axis=1)[:, 0] == pytest.approx(
        cost.min(axis=1), abs=1e-7
    )


def test_unknown_rules_are_refused_by_name():
    with pytest.raises(UnknownMethodError, match="coin_toss"):
        fit_decision_rule("coin_toss", np.array([[0.5, 0.5]]), np.array([0]))
    with pytest.raises(UnknownMethodError) as caught:
        decision_rule_from_parameters({"rule": "coin_toss"}, 3)
    assert RULES == caught.value.known


@pytest.mark.parametrize(
    "cutpoints", [None, [], [0.5], [1.5, 0.5], [0.5, float("nan")], [0.5, "1.5"], [0.5, True]]
)
def test_parameters_that_make_no_rule_are_refused(cutpoints):
    with pytest.raises(InvalidModelStateError) as caught:
        decision_rule_from_parameters({"rule": "qwk_cutpoints", "cutpoints": cutpoints}, 3)
    assert "decision.json" == caught.value.file
