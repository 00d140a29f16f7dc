"""Isotonic and temperature calibration against hand-worked values and simulated truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.metrics.calibration import ranked_probability_score
from huleedu_ml_training.models.calibration import (
    METHODS,
    calibrator_from_parameters,
    fit_calibrator,
)
from huleedu_ml_training.models.cumulative import exceedance, sigmoid
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.isotonic import IsotonicCalibrator, fit_isotonic
from huleedu_ml_training.models.temperature import fit_temperature, log_odds
from huleedu_ml_training.training.calibration_choice import choose_calibration
from huleedu_ml_training.training.cross_fitting import OutOfFold

THETA = np.array([-2.0, -0.5, 0.5, 2.0])


def simulated(n, *, sharpness=1.0, bend=lambda latent: latent, seed=0):
    """Grades from a cumulative logit on the bent latent score; raw odds off by the sharpness."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(scale=2.0, size=n)
    margins = bend(latent)[:, None] - THETA
    y = (rng.random(n)[:, None] < sigmoid(margins)).sum(axis=1)
    return latent, sigmoid(margins / sharpness), y


def test_isotonic_pools_and_centres_blocks():
    latent = np.array([0.0, 1.0, 2.0, 3.0])
    y = np.array([0, 1, 0, 1])
    fitted = fit_isotonic(latent, y, 2)
    # Pooled by hand: 0 | (1, 0) → 1/2 at latent 1.5 | 1.
    assert [0.0, 1.5, 3.0] == fitted.knots.tolist()
    assert [0.0, 0.5, 1.0] == fitted.values[:, 0].tolist()
    assert pytest.approx(1 / (4 + 1)) == fitted.share


def test_isotonic_is_linear_between_knots_and_flat_beyond():
    calibrator = IsotonicCalibrator(
        np.array([0.0, 1.0]),
        np.array([[0.2], [0.6]]),
        slope=1.0,
        thresholds=np.array([0.0]),
        share=1e-12,
    )
    latent = np.array([-9.0, 0.0, 0.25, 1.0, 9.0])
    above = calibrator.probabilities(latent, np.empty((5, 1)))[:, 1]
    assert pytest.approx([0.2, 0.2, 0.3, 0.6, 0.6], abs=1e-9) == above.tolist()


def test_isotonic_never_says_never():
    latent, _, y = simulated(200)
    fitted = fit_isotonic(latent, y, 5)
    far = fitted.probabilities(np.array([-4.0, 4.0]), np.empty((2, 4)))
    assert (far > 0).all()


def test_isotonic_follows_a_bend_that_no_logistic_curve_follows():
    def bend(latent):
        return np.where(latent > 0, 4 * latent, 0.25 * latent)

    latent, raw, y = simulated(4000, bend=bend)
    new, new_raw, truth = simulated(4000, bend=bend, seed=1)
    scores = {}
    for method in ("platt", "isotonic"):
        fitted = fit_calibrator(method, latent, raw, y, 5)
        scores[method] = ranked_probability_score(fitted.probabilities(new, new_raw), truth)
    assert scores["isotonic"] < scores["platt"] - 0.002


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 2.5])
def test_temperature_finds_how_sure_a_model_should_be(sharpness):
    _, raw, y = simulated(6000, sharpness=sharpness)
    assert pytest.approx(sharpness, rel=0.06) == fit_temperature(raw, y).sharpness


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.floats(0.1, 10))
@settings(deadline=None)
def test_temperature_keeps_the_order_of_thresholds(row, sharpness):
    raw = np.sort(np.array([row]))[:, ::-1]
    parameters = {"method": "temperature", "sharpness": sharpness}
    calibrator = calibrator_from_parameters(parameters, len(row) + 1)
    above = exceedance(calibrator.probabilities(np.zeros(1), raw))
    assert (np.diff(above, axis=1) <= 1e-12).all()
    assert np.isfinite(log_odds(raw)).all()


@pytest.mark.parametrize(
    "parameters",
    [
        {"method": "temperature"},
        {"method": "temperature", "sharpness": 0.0},
        {"method": "isotonic"},
        {
            "method": "isotonic",
            "knots": [1.0, 0.0],
            "values": [[0.1], [0.2]],
            "slope": 1.0,
            "thresholds": [0.0],
            "share": 0.1,
        },
        {
            "method": "isotonic",
            "knots": [0.0, 1.0],
            "values": [[0.1], [1.2]],
            "slope": 1.0,
            "thresholds": [0.0],
            "share": 0.1,
        },
        {
            "method": "isotonic",
            "knots": [0.0],
            "values": [[0.1, 0.05]],
            "slope": 1.0,
            "thresholds": [0.0],
            "share": 0.1,
        },
    ],
)
def test_damaged_parameters_are_refused(parameters):
    with pytest.raises(InvalidModelStateError):
        calibrator_from_parameters(parameters, 2)


def oof_of(latent, raw):
    return OutOfFold(latent, raw, np.arange(len(latent)) % 5)


def test_the_simplest_method_wins_where_all_are_as_good():
    latent, raw, y = simulated(800)
    choice = choose_calibration("auto", oof_of(latent, raw), y, 5)
    assert "none" == choice.method
    assert set(METHODS) == set(choice.rps)


def test_an_overconfident_model_is_tempered():
    latent, raw, y = simulated(800, sharpness=0.25)
    choice = choose_calibration("auto", oof_of(latent, raw), y, 5)
    assert "temperature" == choice.method
    assert choice.rps["temperature"] < choice.rps["none"]


def test_a_method_that_was_asked_for_is_not_compared():
    latent, raw, y = simulated(200)
    choice = choose_calibration("isotonic", oof_of(latent, raw), y, 5)
    assert ("isotonic", ["isotonic"]) == (choice.method, list(choice.rps))


@pytest.mark.parametrize("method", [*METHODS, "auto"])
def test_rare_lowest_and_highest_grades(method):
    """Ten essays each of F and A among six hundred."""
    rng = np.random.default_rng(3)
    y = np.repeat(np.arange(8), [10, 80, 120, 120, 120, 90, 50, 10])
    latent = y + rng.normal(scale=1.5, size=len(y))
    raw = sigmoid(latent[:, None] - np.arange(0.5, 7))
    choice = choose_calibration(method, oof_of(latent, raw), y, 8)
    assert np.isfinite(choice.probabilities).all()
    assert (choice.probabilities >= 0).all()
    if method in {"none", "temperature"}:  # these cannot move a boundary
        return
    # Nobody is told that the rarest grades cannot be, nor that they are common.
    mean = choice.probabilities.mean(axis=0)
    assert 0.003 < mean[0] < 0.08
    assert 0.003 < mean[7] < 0.08
