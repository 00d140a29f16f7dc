import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from huleedu_ml_training.models.calibration import (
    METHODS,
    calibrator_from_parameters,
    fit_calibrator,
)
from huleedu_ml_training.models.errors import InvalidModelStateError, UnknownMethodError
from huleedu_ml_training.models.platt import (
    PSEUDO_ESSAYS,
    PenalisedLikelihood,
    fit_cumulative_logit,
)


def draw(n, slope, thresholds, seed=0):
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=n)
    y = np.searchsorted(np.asarray(thresholds), slope * latent + rng.logistic(size=n))
    return latent, y


def probabilities(latent, y, n_grades, at):
    at = np.asarray(at, dtype=np.float64)
    nothing = np.empty((len(at), n_grades - 1))
    return fit_calibrator("platt", latent, nothing, y, n_grades).probabilities(at, nothing)


@given(
    n_grades=st.integers(2, 20),
    slope=st.floats(0.01, 8),
    first=st.floats(-4, 4),
    seed=st.integers(0, 10_000),
)
@settings(deadline=None, max_examples=40)
def test_gradient_equals_numerical_derivative(n_grades, slope, first, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_grades, 60)
    objective = PenalisedLikelihood(rng.normal(size=60), y, rng.uniform(0.1, 2, size=60), n_grades)
    point = np.concatenate([[slope, first], rng.uniform(-3, 1, n_grades - 2)])
    numerical = approx_fprime(point, lambda x: objective(x)[0], 1e-6)
    assert objective(point)[1] == pytest.approx(numerical, rel=1e-4, abs=2e-3)


def test_known_parameters_are_recovered():
    thresholds = [-4.0, -1.5, 0.0, 0.5, 2.0, 4.5]
    latent, y = draw(40_000, 1.7, thresholds)
    slope, fitted = fit_cumulative_logit(latent, y, 7)
    assert slope == pytest.approx(1.7, abs=0.05)
    assert fitted == pytest.approx(thresholds, abs=0.1)


def test_scores_that_say_nothing_give_smoothed_class_frequencies():
    counts = np.array([100, 50, 49, 1, 0])
    y = np.repeat(np.arange(5), counts)
    given_back = probabilities(np.zeros(200), y, 5, [0.0])[0]
    smoothed = (counts + PSEUDO_ESSAYS) / (counts + PSEUDO_ESSAYS).sum()
    assert given_back == pytest.approx(smoothed, abs=1e-4)


@pytest.mark.parametrize("absent", [0, 3, 6])
def test_an_absent_grade_is_rare_not_impossible(absent):
    latent, y = draw(600, 2.0, [-5, -3, -1, 1, 3, 5], seed=4)
    seen = y != absent
    expected = probabilities(latent[seen], y[seen], 7, latent).sum(axis=0)
    assert 0.05 < expected[absent] < 3.0


@pytest.mark.parametrize("n_rare", [1, 2, 3])
def test_a_grade_with_few_essays_is_expected_about_as_often(n_rare):
    latent, y = draw(500, 2.5, [-2, 0, 2], seed=n_rare)
    best = np.argsort(latent)[-n_rare:]
    y[best] = 4
    expected = probabilities(latent, y, 5, latent).sum(axis=0)[4]
    assert n_rare * 0.5 < expected < n_rare + 2


def test_unit_and_origin_of_the_score_do_not_matter():
    latent, y = draw(400, 2.0, [-2, 0, 1, 3])
    plain = probabilities(latent, y, 5, latent)
    assert probabilities(40 * latent - 1000, y, 5, 40 * latent - 1000) == pytest.approx(
        plain, abs=1e-5
    )


def test_separable_grades_keep_a_finite_slope():
    latent = np.linspace(-1, 1, 60)
    slope, thresholds = fit_cumulative_logit(latent, np.repeat([0, 1, 2], 20), 3)
    assert 5 < slope < 100
    assert [-1 / 3, 1 / 3] == pytest.approx(thresholds / slope, abs=0.05)


def test_scores_that_mislead_are_flattened_not_turned_round():
    latent, y = draw(300, 2.0, [-1, 1])
    at_the_ends = probabilities(-latent, y, 3, [-2.0, 2.0])
    assert at_the_ends[0] == pytest.approx(at_the_ends[1], abs=0.01)
    assert (at_the_ends[1] @ np.arange(3)) >= (at_the_ends[0] @ np.arange(3))


def test_unknown_methods_are_refused_by_name():
    with pytest.raises(UnknownMethodError, match="beta"):
        fit_calibrator("beta", np.zeros(2), np.zeros((2, 1)), np.array([0, 1]), 2)
    with pytest.raises(UnknownMethodError) as caught:
        calibrator_from_parameters({"method": "beta"}, 3)
    assert METHODS == caught.value.known


@pytest.mark.parametrize(
    "damage",
    [
        {"method": None},
        {"slope": 0.0},
        {"slope": -1.0},
        {"slope": float("nan")},
        {"slope": "1.0"},
        {"thresholds": [1.0, 0.0]},
        {"thresholds": [0.0]},
        {"thresholds": [0.0, float("inf")]},
        {"thresholds": [0.0, None]},
        {"thresholds": 3},
    ],
)
def test_parameters_that_make_no_calibrator_are_refused(damage):
    parameters = {"method": "platt", "slope": 1.0, "thresholds": [0.0, 1.0], **damage}
    with pytest.raises(InvalidModelStateError) as caught:
        calibrator_from_parameters(parameters, 3)
    assert "calibration.json" == caught.value.file
