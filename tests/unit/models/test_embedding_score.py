"""The ridge score of an embedding, and classifiers on top of it."""

import json

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.models.catalogue import create_trainer, load_classifier
from huleedu_ml_training.models.embedding_score import (
    EMBEDDING_SCORE_FILE,
    embedding_score_from_parameters,
    fit_embedding_score,
)
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.stacked_classifier import (
    StackedClassifier,
    with_embedding_score,
)
from huleedu_ml_training.models.stacking import StackedTrainer

N, D = 240, 30
PLAIN, EMBEDDING = [0, 3], [1, 2, *range(4, 4 + D - 2)]


@pytest.fixture(scope="module")
def essays():
    """Two plain columns and an embedding whose directions carry the grade; 12 groups."""
    rng = np.random.default_rng(5)
    truth = rng.normal(size=N)
    embeddings = np.outer(truth, rng.normal(size=D)) + rng.normal(scale=3.0, size=(N, D))
    X = np.empty((N, D + 2), dtype=np.float32)
    X[:, EMBEDDING] = embeddings
    X[:, PLAIN] = rng.normal(size=(N, 2))
    y = np.digitize(truth, [-0.8, 0.0, 0.8])
    return X, y, np.arange(N) % 12


def test_ridge_is_the_textbook_solution(essays):
    X, y, groups = essays
    embeddings = X[:, EMBEDDING]
    score = fit_embedding_score(embeddings, y, groups, seed=1).score
    standard = (embeddings - embeddings.mean(axis=0, dtype=float)) / embeddings.std(
        axis=0, dtype=float
    )
    penalised = standard.T @ standard + score.penalty * N * np.eye(D)
    weights = np.linalg.solve(penalised, standard.T @ (y - y.mean()))
    assert pytest.approx(weights, abs=1e-6) == score.weights
    assert pytest.approx(standard @ weights + y.mean(), abs=1e-4) == score.scores(embeddings)


def test_out_of_fold_scores_do_not_see_their_group(essays):
    """Another grade for an essay does not move the scores of its own group."""
    X, y, groups = essays
    before = fit_embedding_score(X[:, EMBEDDING], y, groups, seed=1)
    changed = y.copy()
    changed[0] = 3 - changed[0]
    after = fit_embedding_score(X[:, EMBEDDING], changed, groups, seed=1)
    own = groups == groups[0]
    assert before.score.penalty == after.score.penalty
    assert (before.out_of_fold[own] == after.out_of_fold[own]).all()
    assert (before.out_of_fold[~own] != after.out_of_fold[~own]).any()


def test_out_of_fold_scores_are_honest_where_there_is_nothing_to_learn():
    rng = np.random.default_rng(0)
    embeddings = rng.normal(size=(100, 80)).astype(np.float32)
    y = rng.integers(0, 4, 100)
    fitted = fit_embedding_score(embeddings, y, np.arange(100), seed=1)
    assert abs(np.corrcoef(fitted.out_of_fold, y)[0, 1]) < 0.3


def test_undefined_embeddings_have_undefined_scores(essays):
    X, y, groups = essays
    embeddings = X[:, EMBEDDING].copy()
    embeddings[::7, 3] = np.nan
    fitted = fit_embedding_score(embeddings, y, groups, seed=1)
    expected = np.arange(N) % 7 == 0
    assert (expected == np.isnan(fitted.out_of_fold)).all()
    assert (expected == np.isnan(fitted.score.scores(embeddings))).all()


def test_absurd_embeddings_have_finite_scores(essays):
    X, y, groups = essays
    score = fit_embedding_score(X[:, EMBEDDING] * np.float32(1e-3), y, groups, seed=1).score
    greatest = np.finfo(np.float32).max
    for direction in (1, -1):
        row = (direction * np.sign(score.weights) * greatest).astype(np.float32)
        assert [direction * greatest] == score.scores(row[None]).tolist()


@pytest.mark.parametrize("case", ["one group", "no embedding", "one grade"])
def test_nothing_to_fit(essays, case):
    X, y, groups = essays
    embeddings = X[:, EMBEDDING]
    if case == "one group":
        groups = np.zeros_like(groups)
    elif case == "no embedding":
        embeddings = np.full_like(embeddings, np.nan)
    else:
        y = np.ones_like(y)
    assert fit_embedding_score(embeddings, y, groups, seed=1) is None


def trainer(embedding=EMBEDDING, kind="joint_threshold"):
    settings = ModelSettings(kind=kind, booster=BoosterSettings(max_rounds=40))
    return StackedTrainer(create_trainer(settings, threads=1), embedding)


def fit(essays, **options):
    X, y, groups = essays
    return trainer(**options).fit(X, y, groups, n_grades=4, stopping=(X, y), seed=3)


def test_the_score_carries_what_the_plain_features_lack(essays):
    model = fit(essays)
    assert isinstance(model, StackedClassifier)
    importance = model.feature_importance()
    assert pytest.approx(1.0) == importance.sum()
    assert importance[EMBEDDING].sum() > 0.6
    assert 1 == len(set(importance[EMBEDDING]))
    assert np.corrcoef(model.latent(essays[0]), essays[1])[0, 1] > 0.6


def test_equal_inputs_give_equal_bytes(essays):
    assert fit(essays).state() == fit(essays).state()


def test_state_comes_back_bit_for_bit(essays):
    model = fit(essays)
    state = model.state()
    for again in (with_embedding_score(load_classifier(state), state), trainer().load(state)):
        assert model.latent(essays[0]).tobytes() == again.latent(essays[0]).tobytes()
        assert model.cumulative(essays[0]).tobytes() == again.cumulative(essays[0]).tobytes()
        assert state == again.state()


def test_without_an_embedding_the_base_is_left_alone(essays):
    X, y, _ = essays
    model = fit(essays, embedding=[])
    base = create_trainer(
        ModelSettings(kind="joint_threshold", booster=BoosterSettings(max_rounds=40)), threads=1
    ).fit(X, y, n_grades=4, stopping=(X, y), seed=3)
    assert EMBEDDING_SCORE_FILE not in model.state()
    assert base.state() == model.state()


@pytest.mark.parametrize(
    "damage",
    [
        {"weights": [0.1]},
        {"scale": [0.0] * D},
        {"intercept": None},
        {"plain": [0]},
        {"plain": [0, 0]},
        {"embedding": "all"},
    ],
)
def test_a_damaged_file_is_refused(essays, damage):
    state = dict(fit(essays).state())
    document = {**json.loads(state[EMBEDDING_SCORE_FILE]), **damage}
    state[EMBEDDING_SCORE_FILE] = json.dumps(document).encode()
    with pytest.raises(InvalidModelStateError, match="embedding_score"):
        with_embedding_score(load_classifier(state), state)


def test_parameters_survive_json(essays):
    X, y, groups = essays
    score = fit_embedding_score(X[:, EMBEDDING], y, groups, seed=1).score
    again = embedding_score_from_parameters(json.loads(json.dumps(score.parameters())))
    assert score.scores(X[:, EMBEDDING]).tobytes() == again.scores(X[:, EMBEDDING]).tobytes()
