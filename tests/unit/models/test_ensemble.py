"""An ensemble keeps the promises of a single model, whatever its members are."""

import json
from itertools import pairwise

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.export.bundle import size_limit
from huleedu_ml_training.models.attribution import attribute
from huleedu_ml_training.models.catalogue import (
    create_companions,
    create_trainer,
    load_classifier,
)
from huleedu_ml_training.models.embedding_score import EMBEDDING_SCORE_FILE
from huleedu_ml_training.models.ensemble import (
    EnsembleClassifier,
    ensemble_of,
    load_ensemble,
)
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.pooling import Pool, fit_pool
from huleedu_ml_training.models.stacked_classifier import StackedClassifier, with_embedding_score
from huleedu_ml_training.models.stacking import StackedTrainer
from huleedu_ml_training.models.state import STATE_FILE
from huleedu_ml_training.testing.classifier_suite import OrdinalClassifierSuite
from huleedu_ml_training.testing.simulation import simulate_essays

BOOSTER = BoosterSettings(max_rounds=20, early_stopping_rounds=5, feature_fraction=0.8)
MEMBERS = (
    ModelSettings(booster=BOOSTER),
    ModelSettings(kind="regression", backend="xgboost", booster=BOOSTER),
    ModelSettings(kind="ridge"),
)


WEIGHTS = np.array([0.2, 0.3, 0.5])


class PooledTrainer:
    """Fits the members, and averages them with weights of our own."""

    kind = "ensemble"

    def __init__(self, members=MEMBERS):
        self._trainers = [create_trainer(each, threads=1) for each in members]

    def fit(self, X, y, *, n_grades, stopping, seed, weights=None, callback=None):
        members = []
        for number, trainer in enumerate(self._trainers):
            last = callback if number == len(self._trainers) - 1 else None
            members.append(
                trainer.fit(
                    X,
                    y,
                    n_grades=n_grades,
                    stopping=stopping,
                    seed=seed,
                    weights=weights,
                    callback=last,
                )
            )
        held, grades = stopping
        pool = fit_pool(
            [member.latent(held) for member in members],
            [member.cumulative(held) for member in members],
            grades,
            [member.kind for member in members],
        )
        return EnsembleClassifier(members, Pool(WEIGHTS, pool.centres, pool.spreads))

    def load(self, state):
        return load_ensemble(state, load_member=load_classifier)


class TestEnsemble(OrdinalClassifierSuite):
    @pytest.fixture
    def trainer(self):
        return PooledTrainer()


@pytest.fixture(scope="module")
def essays():
    return simulate_essays(400, 5, missing=0.05, seed=3)


@pytest.fixture(scope="module")
def model(essays):
    X, y = essays.X, essays.y
    return PooledTrainer().fit(X[:250], y[:250], n_grades=5, stopping=(X[250:], y[250:]), seed=1)


def test_probabilities_and_scores_are_weighted_means(model, essays):
    pool = model.pool
    latent = sum(
        weight * (member.latent(essays.X) - centre) / spread
        for member, weight, centre, spread in zip(
            model.members, pool.weights, pool.centres, pool.spreads, strict=True
        )
    )
    assert pytest.approx(latent, abs=1e-12) == model.latent(essays.X)
    cumulative = np.tensordot(
        pool.weights, [member.cumulative(essays.X) for member in model.members], axes=1
    )
    assert pytest.approx(cumulative, abs=1e-12) == model.cumulative(essays.X)


def test_importance_is_the_weighted_mean(model):
    shares = [member.feature_importance() for member in model.members]
    expected = np.tensordot(model.pool.weights, shares, axes=1)
    assert pytest.approx(expected) == model.feature_importance()


def test_parts_sum_to_the_score(model, essays):
    found = attribute(model, essays.X)
    assert pytest.approx(model.latent(essays.X), abs=1e-12) == found.base + found.parts.sum(axis=1)
    assert np.ptp(found.base) < 1e-5
    # Of each member, by the member's own rules, on the ensemble's scale.
    own = [attribute(member, essays.X).parts for member in model.members]
    shares = model.pool.weights / model.pool.spreads
    assert pytest.approx(np.tensordot(shares, own, axes=1), abs=1e-12) == found.parts


def test_members_files_are_found_by_their_prefix(model):
    state = model.state()
    assert {"booster_m0.json", "booster_m0_0.txt", "booster_m1_latent.json"} <= set(state)
    assert {f"booster_m{number}.json" for number in range(3)} < set(state)
    assert all(size_limit(name) for name in state)
    assert model.members[0].state()[STATE_FILE] == state["booster_m0.json"]
    assert "ensemble" == load_classifier(state).kind


def with_entry(state, changes, *, number=0):
    document = json.loads(state[STATE_FILE])
    document["members"][number] |= changes
    return {**state, STATE_FILE: json.dumps(document).encode()}


@pytest.mark.parametrize(
    "changes",
    [
        {"weight": -0.1},
        {"weight": 2.0},
        {"weight": None},
        {"centre": "low"},
        {"spread": 0.0},
        {"files": {}},
        {"files": None},
        {"files": {"booster_m0.json": "0" * 64}},
    ],
)
def test_a_damaged_entry_is_refused(model, changes):
    with pytest.raises(InvalidModelStateError, match="booster"):
        load_classifier(with_entry(dict(model.state()), changes))


@pytest.mark.parametrize("members", [[], [3], None])
def test_an_ensemble_without_members_is_refused(model, members):
    document = {**json.loads(model.state()[STATE_FILE]), "members": members}
    with pytest.raises(InvalidModelStateError, match=r"booster\.json has no members"):
        load_classifier({**model.state(), STATE_FILE: json.dumps(document).encode()})


def test_an_ensemble_of_ensembles_is_refused(model):
    nested = EnsembleClassifier([model], Pool(np.ones(1), np.zeros(1), np.ones(1)))
    with pytest.raises(InvalidModelStateError, match=r"booster_m0\.json is an ensemble itself"):
        load_classifier(nested.state())


def test_members_that_do_not_fit_together_are_refused(essays):
    X, y = essays.X, essays.y
    ridge = create_trainer(ModelSettings(kind="ridge"), threads=1)
    wide, narrow = (
        ridge.fit(part, y, n_grades=5, stopping=(part, y), seed=1) for part in (X, X[:, :5])
    )
    pool = Pool(np.full(2, 0.5), np.zeros(2), np.ones(2))
    with pytest.raises(ValueError, match="2 shapes"):
        EnsembleClassifier([wide, narrow], pool)
    with pytest.raises(ValueError, match="1 members"):
        EnsembleClassifier([wide], pool)
    state = dict(EnsembleClassifier([wide, wide], pool).state())
    other = EnsembleClassifier([narrow, narrow], pool).state()
    state["booster_m1.json"] = other["booster_m1.json"]
    digests = json.loads(other[STATE_FILE])["members"][1]["files"]
    with pytest.raises(InvalidModelStateError, match="different grades or features"):
        load_classifier(with_entry(state, {"files": digests}, number=1))


EMBEDDING = tuple(range(4, 12))


@pytest.fixture(scope="module")
def shared(essays):
    """Members on one score of the embedding, fitted once."""
    X, y = essays.X, essays.y
    prepared = StackedTrainer(create_trainer(MEMBERS[0], threads=1), EMBEDDING).prepare(
        np.nan_to_num(X), y, np.arange(len(y)), n_grades=5, stopping=(np.nan_to_num(X), y), seed=1
    )
    return [
        prepared.stacked(prepared.fit_base(create_trainer(each, threads=1), seed=1))
        for each in MEMBERS
    ]


def test_the_score_of_an_embedding_is_shared(shared, essays):
    pool = Pool(np.array([0.2, 0.3, 0.5]), np.zeros(3), np.ones(3))
    model = ensemble_of(shared, pool)
    assert isinstance(model, StackedClassifier)
    state = model.state()
    assert 1 == sum(name == EMBEDDING_SCORE_FILE for name in state)
    X = np.nan_to_num(essays.X)
    expected = pool.latent([each.latent(X) for each in shared])
    assert pytest.approx(expected, abs=1e-12) == model.latent(X)
    again = with_embedding_score(load_classifier(state), state)
    assert model.latent(X).tobytes() == again.latent(X).tobytes()
    assert state == again.state()
    found = attribute(model, X)
    assert pytest.approx(model.latent(X), abs=1e-12) == found.base + found.parts.sum(axis=1)
    assert pytest.approx(1.0) == model.feature_importance().sum()


def test_members_on_unlike_scores_are_no_ensemble(shared, essays):
    X, y = np.nan_to_num(essays.X), essays.y
    ridge = create_trainer(MEMBERS[2], threads=1)
    other = StackedTrainer(ridge, EMBEDDING).fit(
        X[:200], y[:200], np.arange(200), n_grades=5, stopping=(X, y), seed=1
    )
    plain = ridge.fit(X, y, n_grades=5, stopping=(X, y), seed=1)
    pool = Pool(np.full(2, 0.5), np.zeros(2), np.ones(2))
    for second in (other, plain):
        with pytest.raises(ValueError, match="one score"):
            ensemble_of([shared[0], second], pool)


def test_companions_have_the_hyperparameters_of_the_model():
    settings = ModelSettings(
        kind="regression",
        backend="xgboost",
        seeds=3,
        companions=("ridge", "joint_threshold", "multiclass"),
        booster=BoosterSettings(max_rounds=7),
    )
    companions = create_companions(settings, threads=1)
    assert ["ridge", "joint_threshold", "multiclass"] == [each.kind for each in companions]
    essays = simulate_essays(80, 3, seed=1)
    told = []
    companions[1].fit(
        essays.X,
        essays.y,
        n_grades=3,
        stopping=(essays.X, essays.y),
        seed=1,
        callback=lambda done, total: told.append((done, total)),
    )
    assert {7} == {total for _, total in told}
    assert all(a[0] < b[0] for a, b in pairwise(told))
    assert () == create_companions(ModelSettings(), threads=1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "regression", "companions": ["regression"]}, "companions: each is another"),
        ({"companions": ["ridge", "ridge"]}, "companions: each is another"),
        ({"kind": "ridge", "seeds": 2}, "ridge do not depend on a seed"),
        ({"companions": ["forest"]}, "companions"),
        ({"seeds": 0}, "seeds"),
        ({"seeds": 11}, "seeds"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ModelSettings.model_validate(settings)
