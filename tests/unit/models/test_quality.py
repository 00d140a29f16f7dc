"""Whether the parts are any good, on simulated essays whose truth is known."""

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBackend
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.cumulative import exceedance
from huleedu_ml_training.models.decision import RULES, fit_decision_rule
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryTrainer
from huleedu_ml_training.testing.simulation import simulate_essays

SETTINGS = BoosterSettings(max_rounds=80, learning_rate=0.1, feature_fraction=0.6)


def rps(probabilities, y):
    n_grades = probabilities.shape[1]
    above = y[:, None] > np.arange(n_grades - 1)
    return ((exceedance(probabilities) - above) ** 2).sum(axis=1).mean()


def qwk(grades, y):
    return 1 - ((grades - y) ** 2).mean() / ((grades[:, None] - y[None]) ** 2).mean()


def out_of_fold(X, y, n_grades, n_folds=3):
    """Return latent scores and cumulative probabilities by models that never saw the essay."""
    latent, cumulative = np.empty(len(y)), np.empty((len(y), n_grades - 1))
    fold = np.arange(len(y)) % n_folds
    for number in range(n_folds):
        rest = np.flatnonzero(fold != number)
        stopping, train = rest[::6], np.delete(rest, np.s_[::6])
        classifier = CumulativeBinaryTrainer(LightGBMBackend(SETTINGS)).fit(
            X[train], y[train], n_grades=n_grades, stopping=(X[stopping], y[stopping]), seed=number
        )
        latent[fold == number] = classifier.latent(X[fold == number])
        cumulative[fold == number] = classifier.cumulative(X[fold == number])
    return latent, cumulative


def crossed(method, latent, cumulative, y, n_grades):
    """Return probabilities by calibrators that never saw the essay."""
    half = np.arange(len(y)) % 2 == 0
    probabilities = np.empty((len(y), n_grades))
    for fit, use in ((half, ~half), (~half, half)):
        calibrator = fit_calibrator(method, latent[fit], cumulative[fit], y[fit], n_grades)
        probabilities[use] = calibrator.probabilities(latent[use], cumulative[use])
    return probabilities


@pytest.mark.parametrize("n_grades", [3, 8, 9])
def test_grades_are_learnt_and_calibration_pays(n_grades):
    essays = simulate_essays(1200, n_grades, n_features=20, missing=0.05, seed=n_grades)
    scores = out_of_fold(essays.X, essays.y, n_grades)
    platt = crossed("platt", *scores, essays.y, n_grades)
    raw = crossed("none", *scores, essays.y, n_grades)
    frequencies = np.bincount(essays.y, minlength=n_grades) / len(essays.y)
    assert rps(platt, essays.y) <= rps(raw, essays.y)
    assert rps(platt, essays.y) < 0.65 * rps(np.tile(frequencies, (1200, 1)), essays.y)
    for rule in RULES:
        grades = fit_decision_rule(rule, platt[::2], essays.y[::2]).decide(platt[1::2])
        assert qwk(grades, essays.y[1::2]) > 0.6
    assert np.corrcoef(scores[0], essays.truth)[0, 1] > 0.8


def test_rare_grades_do_not_break_it():
    essays = simulate_essays(600, 8, seed=3)
    rare = np.clip(essays.y, 2, 5)
    order = np.argsort(essays.truth)
    rare[order[:1]], rare[order[1:4]], rare[order[-2:]], rare[order[-3]] = 0, 1, 7, 6
    scores = out_of_fold(essays.X, rare, 8)
    probabilities = crossed("platt", *scores, rare, 8)
    assert np.isfinite(probabilities).all()
    assert np.bincount(rare, minlength=8) == pytest.approx(probabilities.sum(axis=0), abs=25)
    assert (probabilities.sum(axis=0)[[0, 7]] < 10).all()


def test_separable_grades_are_told_apart():
    X = np.linspace(0, 1, 400, dtype=np.float32)[np.random.default_rng(0).permutation(400)][:, None]
    y = np.floor(X[:, 0] * 3.999).astype(np.int64)
    latent, cumulative = out_of_fold(X, y, 4)
    probabilities = crossed("platt", latent, cumulative, y, 4)
    grades = fit_decision_rule("median", probabilities, y).decide(probabilities)
    assert (grades == y).mean() > 0.95
