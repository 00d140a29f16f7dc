"""Cut-points that reproduce the teachers' distribution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.equating import fit_equating_cutpoints


def test_by_hand():
    expected = np.array([2.0, 0.5, 1.0, 1.5])
    y = np.array([2, 0, 0, 1])
    # Two essays of grade 0, one of grade 1: cuts between .5, 1 | 1.5 | 2.
    assert [1.25, 1.75] == fit_equating_cutpoints(expected, y, 3).tolist()


def test_a_grade_that_nobody_gave_has_no_room():
    cutpoints = fit_equating_cutpoints(np.array([0.2, 1.8]), np.array([0, 2]), 3)
    assert [1.0, 1.0] == cutpoints.tolist()


@given(st.lists(st.tuples(st.floats(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
@settings(deadline=None)
def test_the_distribution_is_that_of_the_teachers(essays):
    y = np.array([grade for _, grade in essays])
    # Without ties the shares are met exactly.
    expected = np.linspace(0.1, 3.9, len(y))
    probabilities = np.zeros((len(y), 5))
    rows, low = np.arange(len(y)), np.floor(expected).astype(int)
    probabilities[rows, low] = 1 - (expected - low)
    probabilities[rows, low + 1] = expected - low
    given_grades = fit_decision_rule("equating", probabilities, y).decide(probabilities)
    assert np.bincount(y, minlength=5).tolist() == np.bincount(given_grades, minlength=5).tolist()


def test_shrunken_predictions_reach_the_ends_again():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 5, 400)
    expected = 2 + (y - 2) * 0.3 + rng.normal(scale=0.2, size=400)
    cutpoints = fit_equating_cutpoints(np.clip(expected, 0, 4), y, 5)
    graded = (expected[:, None] > cutpoints).sum(axis=1)
    assert pytest.approx(np.std(y), rel=0.02) == np.std(graded)
