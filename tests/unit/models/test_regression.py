import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBackend
from huleedu_ml_training.models.platt import fit_cumulative_logit
from huleedu_ml_training.models.regression import RegressionTrainer
from huleedu_ml_training.testing.simulation import simulate_essays

SETTINGS = BoosterSettings(max_rounds=100, learning_rate=0.1, feature_fraction=0.8)


@pytest.fixture
def essays():
    return simulate_essays(900, 6, missing=0.05, seed=3)


@pytest.fixture
def model(essays):
    train, held = essays.part(0, 400), essays.part(400, 600)
    trainer = RegressionTrainer(LightGBMBackend(SETTINGS), patience=10)
    return trainer.fit(train.X, train.y, n_grades=6, stopping=(held.X, held.y), seed=1)


def test_the_score_predicts_the_grade_from_the_mean_grade(model, essays):
    unseen, mean = essays.part(600, 900), essays.y[:400].mean()
    error = unseen.y - mean - model.latent(unseen.X)
    assert error.var() < 0.5 * unseen.y.var()
    assert abs(error.mean()) < 0.2


def test_the_curve_is_fitted_on_the_stopping_essays(model, essays):
    held = essays.part(400, 600)
    slope, thresholds = fit_cumulative_logit(model.latent(held.X), held.y, 6)
    assert (slope, thresholds.tolist()) == (model.slope, model.thresholds.tolist())


def test_it_ends_at_the_round_of_least_squared_error(model, essays):
    held, mean = essays.part(400, 600), essays.y[:400].mean()
    native = model.booster.native
    errors = [
        np.square(held.y - mean - native.predict(held.X, num_iteration=number)).mean()
        for number in range(1, native.num_trees() + 1)
    ]
    assert native.num_trees() == 1 + int(np.argmin(errors))
