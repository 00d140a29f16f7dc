"""Features and graders that make an export hard; the graders are fitted once."""

from itertools import product

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.models.calibration import METHODS, fit_calibrator
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.decision import RULES, fit_decision_rule
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.models.prediction_sets import fit_prediction_sets
from huleedu_ml_training.testing.simulation import simulate_essays

BAND = np.array([0, -0.0, 1e-35, -1e-35, 1e-40, -1e-40, 2e-35, -2e-35, 1, -1], dtype=np.float32)


def awkward_features(n_essays, n_grades, seed=4):
    """Return essays with undefined values, ties, constants and values about zero."""
    essays = simulate_essays(n_essays, n_grades, missing=0.1, seed=seed)
    rng = np.random.default_rng(seed)
    X = essays.X.copy()
    X[:, 4] = np.round(np.nan_to_num(essays.X[:, 0]), 1)
    X[:, 5] = rng.choice(BAND, n_essays) * np.where(essays.y > essays.y.mean(), 1, -1)
    X[:, 6] = 3.25
    X[:, 7] = np.where(essays.y > rng.integers(0, n_grades, n_essays), X[:, 7], 0.0)
    return X, essays.y


def make_grader(X, y, scale, *, calibration="platt", decision="median", rounds=40):
    """Fit a grader; what it is calibrated on does not matter here."""
    settings = ModelSettings(booster=BoosterSettings(max_rounds=rounds, feature_fraction=0.7))
    n_grades = len(scale)
    half = len(y) // 2
    classifier = create_trainer(settings, threads=1).fit(
        X[:half], y[:half], n_grades=n_grades, stopping=(X[half:], y[half:]), seed=1
    )
    return with_parts(classifier, X, y, scale, calibration, decision)


def with_parts(classifier, X, y, scale, calibration, decision):
    """Put calibration and decision on a classifier."""
    latent, cumulative = classifier.latent(X), classifier.cumulative(X)
    calibrator = fit_calibrator(calibration, latent, cumulative, y, len(scale))
    probabilities = calibrator.probabilities(latent, cumulative)
    rule = fit_decision_rule(decision, probabilities, y)
    sets = fit_prediction_sets(probabilities, y, miscoverage=0.1, groups=[[0]])
    names = tuple(f"feature_{column}" for column in range(X.shape[1]))
    return Grader(scale, names, classifier, calibrator, rule, sets)


@pytest.fixture(scope="session")
def draw_awkward():
    """The function that draws features and grades."""
    return awkward_features


@pytest.fixture(scope="session")
def fit_grader():
    """The function that fits a grader."""
    return make_grader


@pytest.fixture(scope="session")
def assemble_grader():
    """The function that puts calibration and decision on a classifier."""
    return with_parts


@pytest.fixture(scope="session")
def rows():
    """Features and grades on the Swedish scale."""
    return awkward_features(600, 8)


@pytest.fixture(scope="session")
def grader(rows):
    """A grader on the Swedish scale."""
    return make_grader(*rows, GradeScale.named("swedish_8"))


@pytest.fixture(scope="session", params=list(product(METHODS, RULES)), ids="-".join)
def every_grader(request, rows, grader):
    """A grader for each calibration and decision rule."""
    return with_parts(grader.classifier, *rows, grader.scale, *request.param)
