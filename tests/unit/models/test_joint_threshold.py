import json
import warnings

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBackend
from huleedu_ml_training.models.cumulative_link import log_loss, ranked_probability_score
from huleedu_ml_training.models.errors import InvalidModelStateError, UnknownMethodError
from huleedu_ml_training.models.joint_threshold import JointThresholdTrainer
from huleedu_ml_training.models.links import LINK_NAMES
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryTrainer
from huleedu_ml_training.testing.simulation import simulate_essays

SETTINGS = BoosterSettings(max_rounds=60, learning_rate=0.15, feature_fraction=0.8)
LOSSES = {"log_loss": log_loss, "rps": ranked_probability_score}


def make_trainer(*, settings=SETTINGS, **options):
    return JointThresholdTrainer(LightGBMBackend(settings), **{"patience": 8, **options})


def fit(trainer, X, y, n_grades, *, seed=1):
    """Fit on two thirds of the rows, stop on the others."""
    third = np.arange(len(y)) % 3 == 0
    return trainer.fit(
        X[~third], y[~third], n_grades=n_grades, stopping=(X[third], y[third]), seed=seed
    )


@pytest.fixture
def essays():
    return simulate_essays(500, 5, seed=2)


def test_known_thresholds_and_scores_are_found_again():
    essays = simulate_essays(6000, 6, n_features=4, signal=2.0, seed=5)
    settings = BoosterSettings(max_rounds=300, learning_rate=0.1, feature_fraction=1.0)
    model = fit(make_trainer(settings=settings), essays.X, essays.y, 6)
    latent = model.latent(essays.X)
    slope, shift = np.polyfit(essays.truth, latent, 1)
    assert slope == pytest.approx(1.0, abs=0.1)
    assert essays.thresholds == pytest.approx(model.thresholds - shift, abs=0.3)
    assert np.corrcoef(essays.truth, latent)[0, 1] > 0.97


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("link", LINK_NAMES)
def test_the_booster_ends_at_the_best_round_of_the_stopping_loss(essays, link, name):
    told = []
    trainer = make_trainer(link=link, stopping_loss=name)
    held = slice(300, 500)
    model = trainer.fit(
        essays.X[:300],
        essays.y[:300],
        n_grades=5,
        stopping=(essays.X[held], essays.y[held]),
        seed=1,
        callback=lambda done, total: told.append((done, total)),
    )
    rounds = model.booster.native.num_trees()
    stopped = min(60, rounds + 8)
    assert [(number, 60) for number in range(1, stopped + 1)] == told[:stopped]
    loss = LOSSES[name]
    y = essays.y[held]
    reached = loss(model.link, model.latent(essays.X[held]), model.thresholds, y)
    frequencies = make_trainer(link=link, settings=SETTINGS.model_copy(update={"max_rounds": 1}))
    early = frequencies.fit(
        essays.X[:300], essays.y[:300], n_grades=5, stopping=(essays.X[held], y), seed=1
    )
    assert reached < loss(early.link, early.latent(essays.X[held]), early.thresholds, y)


def test_one_tree_is_a_newton_step_from_the_class_frequencies():
    X = np.repeat([0.0, 1.0], 60).astype(np.float32)[:, None]
    y = np.concatenate([np.repeat([0, 1, 2], [40, 15, 5]), np.repeat([0, 1, 2], [5, 15, 40])])
    settings = BoosterSettings(
        max_rounds=1, learning_rate=1.0, bagging_fraction=1.0, feature_fraction=1.0, lambda_l2=0.0
    )
    model = make_trainer(settings=settings).fit(X, y, n_grades=3, stopping=(X, y), seed=0)
    above = np.array([75.5 + 0.5, 45.5]) / 121.5
    upper, lower = np.array([1.0, *above])[y], np.array([*above, 0.0])[y]
    gradient = upper + lower - 1
    curvature = upper * (1 - upper) + lower * (1 - lower)
    steps = [-gradient[rows].sum() / curvature[rows].sum() for rows in (X[:, 0] < 1, X[:, 0] > 0)]
    assert steps == pytest.approx(
        model.latent(np.array([[0.0], [1.0]], dtype=np.float32)), rel=1e-5
    )


@pytest.mark.parametrize("link", LINK_NAMES)
@pytest.mark.parametrize("n_grades", [4, 8, 60])
def test_rare_and_absent_grades(link, n_grades):
    essays = simulate_essays(300, n_grades, missing=0.1, seed=n_grades)
    y = np.clip(essays.y, 1, n_grades - 2)
    y[y == n_grades // 2 + 1] = n_grades // 2
    y[np.argmax(essays.truth)] = n_grades - 1
    model = fit(make_trainer(link=link), essays.X, y, n_grades)
    cumulative = model.cumulative(essays.X)
    assert np.isfinite(model.latent(essays.X)).all()
    assert (np.diff(model.thresholds) > 0).all()
    assert (np.diff(cumulative, axis=1) <= 0).all()
    assert np.corrcoef(cumulative.sum(axis=1), y)[0, 1] > 0.6


@pytest.mark.parametrize("link", LINK_NAMES)
def test_three_grades_the_lowest_of_which_one_essay_has(link):
    essays = simulate_essays(300, 3, missing=0.1, seed=3)
    y = np.maximum(essays.y, 1)
    y[np.argmin(essays.truth[:200])] = 0
    model = fit(make_trainer(link=link), essays.X, y, 3)
    cumulative = model.cumulative(essays.X)
    assert model.thresholds[0] < model.thresholds[1]
    assert (cumulative[:, 0] >= cumulative[:, 1]).all()
    assert np.corrcoef(cumulative[:, 1], y)[0, 1] > 0.4


@pytest.mark.parametrize("link", LINK_NAMES)
def test_one_feature_that_separates_the_grades(link):
    X = np.linspace(0, 1, 300, dtype=np.float32)[np.random.default_rng(0).permutation(300)][:, None]
    y = np.floor(X[:, 0] * 3.999).astype(np.int64)
    settings = SETTINGS.model_copy(update={"max_rounds": 200, "lambda_l2": 0.0})
    model = fit(make_trainer(link=link, settings=settings), X, y, 4)
    grades = (model.cumulative(X) > 0.5).sum(axis=1)
    assert (grades == y).mean() > 0.95


def test_features_that_say_nothing_leave_the_class_frequencies():
    X = np.ones((200, 2), dtype=np.float32)
    y = np.repeat([0, 1, 3], [20, 100, 80])
    model = fit(make_trainer(), X, y, 4)
    assert {0.0} == set(model.latent(X).tolist())
    assert {"booster.json"} == set(model.state())
    assert [0.9, 0.4, 0.4] == pytest.approx(model.cumulative(X)[0], abs=0.02)


def test_the_seed_decides(essays):
    states = [fit(make_trainer(), essays.X, essays.y, 5, seed=seed).state() for seed in (1, 2, -1)]
    assert 3 == len({state["booster_latent.txt"] for state in states})


def test_latent_scores_are_float32_numbers(essays):
    latent = fit(make_trainer(), essays.X, essays.y, 5).latent(essays.X)
    assert np.array_equal(latent, latent.astype(np.float32).astype(np.float64))


def test_nothing_is_printed_or_warned_of(essays, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for link in LINK_NAMES:
            trainer = make_trainer(link=link)
            trainer.load(fit(trainer, essays.X, essays.y, 5).state()).cumulative(essays.X)
    assert ("", "") == capfd.readouterr()


def test_an_unknown_loss_is_refused():
    with pytest.raises(UnknownMethodError, match="log_loss, rps"):
        make_trainer(stopping_loss="accuracy")


def change(**values):
    return lambda document: document.update(values)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (change(format_version=2), InvalidModelStateError),
        (change(backend="another"), InvalidModelStateError),
        (change(n_features=11), InvalidModelStateError),
        (change(thresholds=[]), InvalidModelStateError),
        (change(thresholds=[0.0, 2.0, 1.0, 3.0]), InvalidModelStateError),
        (change(thresholds=[0.0, 1.0, 2.0, None]), InvalidModelStateError),
        (change(booster=None), InvalidModelStateError),
        (change(booster={"file": "../booster.txt", "sha256": "00"}), InvalidModelStateError),
        (change(slope=0.0), InvalidModelStateError),
        (change(slope=None), InvalidModelStateError),
        (change(link=3), InvalidModelStateError),
        (change(link="cauchit"), UnknownMethodError),
    ],
)
def test_a_changed_state_is_refused(essays, damage, error):
    trainer = make_trainer(settings=SETTINGS.model_copy(update={"max_rounds": 3}))
    state = dict(fit(trainer, essays.X, essays.y, 5).state())
    document = json.loads(state["booster.json"])
    damage(document)
    with pytest.raises(error):
        trainer.load({**state, "booster.json": json.dumps(document).encode()})


def test_where_odds_are_proportional_it_needs_fewer_essays_than_one_booster_per_threshold():
    lost = np.zeros(2)
    settings = BoosterSettings(max_rounds=150, learning_rate=0.1)
    trainers = (
        make_trainer(settings=settings),
        CumulativeBinaryTrainer(LightGBMBackend(settings)),
    )
    for seed in range(3):
        essays = simulate_essays(1500, 8, n_features=20, seed=seed)
        for number, trainer in enumerate(trainers):
            unseen = essays.part(500, 1500)
            model = fit(trainer, essays.X[:500], essays.y[:500], 8)
            above = unseen.y[:, None] > np.arange(7)
            lost[number] += np.square(model.cumulative(unseen.X) - above).sum()
    assert lost[0] < 0.97 * lost[1]
