"""Ridge regression: the textbook's solution and the textbook's penalty."""

import json

import numpy as np
import pytest

from huleedu_ml_training.config import ModelSettings
from huleedu_ml_training.models.catalogue import create_trainer, load_classifier
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.platt import fit_cumulative_logit
from huleedu_ml_training.models.ridge import PENALTIES, RidgeTrainer
from huleedu_ml_training.models.state import STATE_FILE
from huleedu_ml_training.models.weights import EssayWeights
from huleedu_ml_training.testing.simulation import simulate_essays

N = 60


@pytest.fixture(scope="module")
def essays():
    """Few essays for as many features, so that the penalty matters."""
    return simulate_essays(N + 80, 5, n_features=25, missing=0.1, seed=2)


@pytest.fixture(scope="module")
def counts():
    return np.random.default_rng(1).uniform(0.2, 3.0, N)


def fit(essays, counts=None):
    train, held = essays.part(0, N), essays.part(N, N + 80)
    weights = None if counts is None else EssayWeights(counts, np.ones(80))
    return RidgeTrainer().fit(
        train.X, train.y, n_grades=5, stopping=(held.X, held.y), seed=1, weights=weights
    )


def solved(standard, y, penalty, counts):
    """Intercept and weights by the normal equations; the intercept is not penalised."""
    columns = np.column_stack([np.ones(len(y)), standard])
    penalties = np.diag([0.0, *[penalty * N] * standard.shape[1]])
    gram = columns.T @ (counts[:, None] * columns) + penalties
    intercept, *weights = np.linalg.solve(gram, columns.T @ (counts * y))
    return intercept, np.array(weights)


@pytest.mark.parametrize("weighted", [False, True])
def test_weights_are_the_textbook_solution(essays, counts, weighted):
    counts = counts / counts.mean() if weighted else np.ones(N)
    model = fit(essays, counts)
    standard = model.standardised(essays.X[:N])
    assert pytest.approx(0.0, abs=1e-12) == np.average(standard, axis=0, weights=counts)
    assert pytest.approx(1.0) == np.average(standard**2, axis=0, weights=counts)
    _, expected = solved(standard, essays.y[:N], model.penalty, counts)
    assert pytest.approx(expected, abs=1e-10) == model.weights
    assert pytest.approx(standard @ expected, abs=1e-10) == model.latent(essays.X[:N])


@pytest.mark.parametrize("weighted", [False, True])
def test_the_penalty_has_the_least_error_on_essays_left_out(essays, counts, weighted):
    """Every essay is really left out, by a fit of its own for each penalty."""
    counts = counts / counts.mean() if weighted else np.ones(N)
    model = fit(essays, counts)
    standard, y = model.standardised(essays.X[:N]), essays.y[:N]
    errors = []
    for penalty in PENALTIES:
        squares = []
        for row in range(N):
            rest = np.arange(N) != row
            intercept, weights = solved(standard[rest], y[rest], penalty, counts[rest])
            squares.append((y[row] - intercept - standard[row] @ weights) ** 2)
        errors.append(np.average(squares, weights=counts))
    assert PENALTIES[int(np.argmin(errors))] == model.penalty
    assert 0 < np.argmin(errors) < len(PENALTIES) - 1


def test_an_undefined_feature_counts_as_the_median(essays):
    model = fit(essays)
    expected = [np.median(column[np.isfinite(column)]) for column in essays.X[:N].T]
    assert pytest.approx(expected) == model.median
    row = essays.X[:1].copy()
    row[0, 3] = np.nan
    filled = row.copy()
    filled[0, 3] = model.median[3]
    assert pytest.approx(model.latent(filled), abs=1e-6) == model.latent(row)


def test_the_curve_is_fitted_on_the_stopping_essays(essays):
    model, held = fit(essays), essays.part(N, N + 80)
    slope, thresholds = fit_cumulative_logit(model.latent(held.X), held.y, 5)
    assert (slope, thresholds.tolist()) == (model.slope, model.thresholds.tolist())


def test_features_without_a_value_or_without_a_difference_count_for_nothing(essays):
    """Also for essays to come, in which they do differ."""
    X = essays.X.copy()
    X[:, 5] = np.nan
    X[:, 6] = np.float32(0.1)
    counts = np.random.default_rng(3).uniform(0.1, 5.0, N)
    train = EssayWeights(counts, np.ones(80))
    model = RidgeTrainer().fit(
        X[:N],
        essays.y[:N],
        n_grades=5,
        stopping=(X[N:], essays.y[N:]),
        seed=1,
        weights=train,
    )
    assert [0.0, 0.0] == model.weights[5:7].tolist()
    other = X.copy()
    other[:, 5:7] = 1e30
    assert model.latent(X).tolist() == model.latent(other).tolist()


def test_neither_seed_nor_library_decides_anything(essays):
    train, held = essays.part(0, N), essays.part(N, N + 80)
    states = [
        create_trainer(ModelSettings(kind="ridge", backend=backend), threads=1)
        .fit(train.X, train.y, n_grades=5, stopping=(held.X, held.y), seed=seed)
        .state()
        for seed, backend in ((1, "lightgbm"), (2, "xgboost"))
    ]
    assert states[0] == states[1]
    loaded = load_classifier(states[0])
    assert ("ridge", states[0]) == (loaded.kind, loaded.state())


@pytest.mark.parametrize(
    "damage",
    [
        {"weights": [0.1]},
        {"scale": [0.0] * 25},
        {"median": [None] * 25},
        {"slope": 0.0},
        {"penalty": "much"},
        {"thresholds": [2.0, 1.0, 3.0, 4.0]},
        {"thresholds": []},
        {"backend": "lightgbm"},
        {"format_version": 99},
    ],
)
def test_a_damaged_file_is_refused(essays, damage):
    document = {**json.loads(fit(essays).state()[STATE_FILE]), **damage}
    with pytest.raises(InvalidModelStateError, match=r"booster\.json"):
        RidgeTrainer().load({STATE_FILE: json.dumps(document).encode()})
