from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from huleedu_ml_training.models.cutpoints import (
    best_qwk_cutpoints,
    fit_qwk_cutpoints,
    halfway_cutpoints,
)


def qwk(given_grades, y):
    """Quadratic weighted kappa, straight from its definition."""
    observed = ((given_grades - y) ** 2).mean()
    chance = ((given_grades[:, None] - y[None]) ** 2).mean()
    return 1 - observed / chance


def grades(expected, cutpoints):
    return (expected[:, None] > cutpoints).sum(axis=1)


@given(
    y=st.lists(st.integers(0, 3), min_size=2, max_size=8),
    ranks=st.lists(st.integers(0, 9), min_size=8, max_size=8),
)
@settings(deadline=None, max_examples=150)
def test_no_other_cut_points_reach_a_higher_kappa(y, ranks):
    assume(len(set(y)) > 1)
    y = np.array(y)
    expected = np.array(ranks[: len(y)]) / 3.3
    best = best_qwk_cutpoints(expected, y, 4)
    places = np.concatenate([[-0.1], (np.unique(expected)[1:] + np.unique(expected)[:-1]) / 2, [4]])
    every = [
        qwk(grades(expected, np.array(cuts)), y)
        for cuts in combinations_with_replacement(places, 3)
    ]
    assert (np.diff(best) >= 0).all()
    assert qwk(grades(expected, best), y) == pytest.approx(np.nanmax(every), abs=1e-12)


def shrunken(n, seed):
    """Essays whose expected grades are drawn to the middle, as those of any fitted model."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(scale=1.6, size=n)
    y = np.clip(np.round(truth + rng.normal(scale=0.9, size=n) + 3.5), 0, 7).astype(np.int64)
    return np.clip(3.5 + 0.75 * truth, 0, 7), y


def test_they_serve_essays_that_they_were_not_fitted_on():
    gain_on_rounding, gain_on_exact = [], []
    for seed in range(20):
        expected, y = shrunken(2200, seed)
        fit, new = slice(0, 200), slice(200, None)
        averaged = fit_qwk_cutpoints(expected[fit], y[fit], 8)
        exact = best_qwk_cutpoints(expected[fit], y[fit], 8)
        reached, of_exact, of_rounding = (
            qwk(grades(expected[new], cuts), y[new])
            for cuts in (averaged, exact, halfway_cutpoints(8))
        )
        gain_on_rounding.append(reached - of_rounding)
        gain_on_exact.append(reached - of_exact)
    assert np.mean(gain_on_rounding) > 0.01
    assert np.mean(gain_on_exact) > 0.002


def test_one_grade_only_leaves_rounding():
    expected = np.linspace(0, 3, 20)
    assert [0.5, 1.5, 2.5] == fit_qwk_cutpoints(expected, np.full(20, 2), 4).tolist()


def test_a_single_essay_in_a_grade_does_not_move_the_others_far():
    expected, y = shrunken(600, 1)
    without = fit_qwk_cutpoints(expected, np.minimum(y, 6), 8)
    one = np.minimum(y, 6)
    one[np.argmax(expected)] = 7
    assert fit_qwk_cutpoints(expected, one, 8)[:5] == pytest.approx(without[:5], abs=0.1)


def test_equal_expectations_get_equal_grades():
    expected = np.full(30, 1.2)
    cutpoints = fit_qwk_cutpoints(expected, np.arange(30) % 3, 3)
    assert 1 == len(set(grades(expected, cutpoints).tolist()))
