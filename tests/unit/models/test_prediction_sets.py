"""Conformal ranges of grades: hand-worked scores and guarantees on simulated essays."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.models.cumulative import grade_probabilities, sigmoid
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.prediction_sets import (
    GREATEST_SCORE,
    PredictionSets,
    fit_prediction_sets,
    median_distances,
    prediction_sets_from_parameters,
)
from huleedu_ml_training.models.review import ReviewRule, review_rule_from_parameters

THETA = np.array([-2.0, -0.5, 0.5, 2.0])


def simulated(rng, n, *, believed=1.0):
    """Grades and what a model with a wrong idea of its own sharpness says of them."""
    margins = rng.normal(scale=2.0, size=n)[:, None] - THETA
    y = (rng.random(n)[:, None] < sigmoid(margins)).sum(axis=1)
    return grade_probabilities(sigmoid(believed * margins)), y


def test_distances_by_hand():
    # P(≤ 0) = .2, P(≤ 1) = .6, P(≤ 2) = .9; the median is grade 1.
    distances = median_distances(np.array([[0.2, 0.4, 0.3, 0.1]]))
    assert pytest.approx([0.3, 0.0, 0.1, 0.4]) == distances[0].tolist()


def test_threshold_is_the_right_order_statistic():
    # Ten essays of grade 0 with P(0) = .5 - score; alpha .2 asks for the ceil(11 * .8) = 9th.
    scores = np.array([0.05, 0.4, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.0, 0.45])
    below = 0.5 - scores
    sets = fit_prediction_sets(
        np.stack([below, 1 - below], axis=1), np.zeros(10, int), miscoverage=0.2
    )
    assert pytest.approx([0.4, 0.4]) == sets.thresholds.tolist()


def test_too_few_essays_for_the_guarantee_exclude_nothing():
    probabilities = np.tile([0.01, 0.01, 0.98], (8, 1))
    sets = fit_prediction_sets(probabilities, np.full(8, 2), miscoverage=0.1)
    lowest, highest = sets.ranges(probabilities[:1], np.array([2]))
    assert ([0], [2]) == (lowest.tolist(), highest.tolist())


def test_the_decided_grade_is_always_inside():
    sets = PredictionSets(0.1, np.zeros(4))
    lowest, highest = sets.ranges(np.array([[0.2, 0.4, 0.3, 0.1]]), np.array([3]))
    assert ([1], [3]) == (lowest.tolist(), highest.tolist())


@pytest.mark.parametrize("believed", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("n", [30, 200])
def test_marginal_guarantee_whatever_the_model_is_worth(n, believed):
    """Coverage over calibration sets and new essays is at least 1 - alpha."""
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(300):
        sets = fit_prediction_sets(*simulated(rng, n, believed=believed), miscoverage=0.2)
        probabilities, y = simulated(rng, 100, believed=believed)
        lowest, highest = sets.ranges(probabilities, np.argmax(probabilities, axis=1))
        covered.append(np.mean((lowest <= y) & (y <= highest)))
    error = np.std(covered) / np.sqrt(len(covered))
    assert 0.8 - 3 * error <= np.mean(covered)


def test_groups_are_covered_each_for_itself():
    """A model that never gives the highest grade misses it, unless it is a group of its own."""
    rng = np.random.default_rng(11)

    def coverage(groups):
        hits = []
        for _ in range(200):
            fitted = []
            for n in (300, 300):
                probabilities, y = simulated(rng, n)
                probabilities[:, 3] += probabilities[:, 4] * 0.98
                probabilities[:, 4] *= 0.02
                fitted.append((probabilities, y))
            sets = fit_prediction_sets(*fitted[0], miscoverage=0.2, groups=groups)
            probabilities, y = fitted[1]
            lowest, highest = sets.ranges(probabilities, np.argmax(probabilities, axis=1))
            hits.append(((lowest <= y) & (y <= highest))[y == 4].mean())
        return np.mean(hits), np.std(hits) / np.sqrt(len(hits))

    marginal, _ = coverage(())
    grouped, error = coverage([[4]])
    assert marginal < 0.7
    assert 0.8 - 3 * error <= grouped


@given(
    st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda row: sum(row) > 0),
    st.lists(st.floats(0, GREATEST_SCORE), min_size=4, max_size=4),
    st.integers(0, 3),
)
@settings(deadline=None)
def test_ranges_lie_on_the_scale_around_the_grade(row, thresholds, grade):
    probabilities = np.array([row]) / sum(row)
    sets = PredictionSets(0.1, np.array(thresholds))
    (lowest,), (highest,) = sets.ranges(probabilities, np.array([grade]))
    assert 0 <= lowest <= grade <= highest <= 3
    # With thresholds all at the top, everything belongs.
    full = PredictionSets(0.1, np.full(4, GREATEST_SCORE))
    assert ([0], [3]) == tuple(map(list, full.ranges(probabilities, np.array([grade]))))


def test_parameters_come_back_bit_for_bit():
    sets = fit_prediction_sets(*simulated(np.random.default_rng(1), 90), miscoverage=0.1)
    again = prediction_sets_from_parameters(json.loads(json.dumps(sets.parameters())), 5)
    assert sets.parameters() == again.parameters()


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"miscoverage": 1.5, "thresholds": [0.1, 0.1]},
        {"miscoverage": 0.1, "thresholds": [0.1]},
        {"miscoverage": 0.1, "thresholds": [0.1, 0.6]},
        {"miscoverage": 0.1, "thresholds": [0.1, "x"]},
    ],
)
def test_damaged_parameters_are_refused(parameters):
    with pytest.raises(InvalidModelStateError, match="prediction_sets"):
        prediction_sets_from_parameters(parameters, 2)


def predictions(with_sets=True):
    scale = GradeScale("three", ("low", "middle", "high"))
    probabilities = np.array([[0.9, 0.1, 0.0], [0.4, 0.3, 0.3]])
    grades = np.array([0, 1])
    bounds = (np.array([0, 0]), np.array([0, 2])) if with_sets else (None, None)
    return GradePredictions(scale, np.zeros(2), probabilities, grades, *bounds)


def test_expected_loss_by_hand():
    assert pytest.approx([0.1, 0.7]) == predictions().expected_loss.tolist()


@pytest.mark.parametrize(
    ("rule", "flags"),
    [
        (ReviewRule(), [False, False]),
        (ReviewRule(max_grades=2), [False, True]),
        (ReviewRule(max_grades=3), [False, False]),
        (ReviewRule(max_expected_loss=0.05), [True, True]),
        (ReviewRule(max_grades=2, max_expected_loss=0.05), [True, True]),
    ],
)
def test_review_rule(rule, flags):
    assert flags == rule.flags(predictions()).tolist()
    assert rule == review_rule_from_parameters(json.loads(json.dumps(rule.parameters())))


def test_without_sets_only_the_loss_counts():
    assert [False, False] == ReviewRule(max_grades=1).flags(predictions(with_sets=False)).tolist()


@pytest.mark.parametrize("parameters", [{}, {"max_grades": "4", "max_expected_loss": None}])
def test_a_damaged_review_rule_is_refused(parameters):
    with pytest.raises(InvalidModelStateError, match="review"):
        review_rule_from_parameters(parameters)
