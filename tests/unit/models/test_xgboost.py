"""XGBoost behind the same contracts as LightGBM."""

import json

import numpy as np
import pytest
from scipy.special import log_expit

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.models.boosters.xgboost import XGBoostBackend
from huleedu_ml_training.models.boosters.xgboost_booster import XGBoostBooster
from huleedu_ml_training.models.catalogue import create_trainer, load_classifier
from huleedu_ml_training.models.cumulative_link import ranked_probability_score
from huleedu_ml_training.testing.classifier_suite import OrdinalClassifierSuite
from huleedu_ml_training.testing.simulation import simulate_essays

xgboost = pytest.importorskip("xgboost", reason="the extra xgboost is not installed")

SETTINGS = BoosterSettings(
    max_rounds=60, early_stopping_rounds=6, feature_fraction=0.8, learning_rate=0.2
)


def make_trainer(kind, settings=SETTINGS):
    return create_trainer(ModelSettings(kind=kind, backend="xgboost", booster=settings), threads=1)


def fit(trainer, essays):
    return trainer.fit(
        essays.X[:300],
        essays.y[:300],
        n_grades=5,
        stopping=(essays.X[300:], essays.y[300:]),
        seed=1,
    )


class TestCumulativeBinary(OrdinalClassifierSuite):
    @pytest.fixture
    def trainer(self):
        return make_trainer("cumulative_binary")


class TestJointThreshold(OrdinalClassifierSuite):
    @pytest.fixture
    def trainer(self):
        return make_trainer("joint_threshold")


class TestRegression(OrdinalClassifierSuite):
    @pytest.fixture
    def trainer(self):
        return make_trainer("regression")


@pytest.fixture
def essays():
    return simulate_essays(500, 5, missing=0.1, seed=2)


@pytest.fixture
def binary(essays):
    return fit(make_trainer("cumulative_binary"), essays)


def test_margins_are_those_of_the_library_but_summed_in_double_precision(binary, essays):
    matrix = xgboost.DMatrix(essays.X)
    for booster in binary.thresholds:
        margins = booster.margins(essays.X)
        native = booster.native.predict(matrix, output_margin=True)
        assert margins == pytest.approx(native.astype(float), abs=2e-6)
        assert np.array_equal(margins, margins.astype(np.float32).astype(np.float64))


def test_boosters_end_at_their_best_iteration(binary, essays):
    matrix = xgboost.DMatrix(essays.X[300:])
    for k, booster in enumerate(binary.thresholds):
        sign = np.where(essays.y[300:] > k, 1.0, -1.0)
        rounds = booster.native.num_boosted_rounds()
        losses = [
            -log_expit(
                sign
                * booster.native.predict(
                    matrix, output_margin=True, iteration_range=(0, number)
                ).astype(float)
            ).mean()
            for number in range(1, rounds + 1)
        ]
        assert rounds == 1 + int(np.argmin(losses))
        assert rounds < SETTINGS.max_rounds


def test_joint_thresholds_improve_on_their_start(essays):
    first, last = (
        fit(make_trainer("joint_threshold", settings), essays)
        for settings in (SETTINGS.model_copy(update={"max_rounds": 1}), SETTINGS)
    )
    held, y = essays.X[300:], essays.y[300:]
    losses = [
        ranked_probability_score(model.link, model.latent(held), model.thresholds, y)
        for model in (first, last)
    ]
    assert losses[1] < 0.9 * losses[0]
    assert last.booster.native.num_boosted_rounds() > 1


def test_a_stored_model_says_which_library_made_it(binary, essays):
    loaded = load_classifier(binary.state())
    assert "xgboost" == json.loads(binary.state()["booster.json"])["backend"]
    assert np.array_equal(binary.latent(essays.X), loaded.latent(essays.X))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"learner": {}}', b'{"learner": 3}'])
def test_what_is_no_model_is_refused_before_the_library_sees_it(data):
    with pytest.raises(ValueError):  # noqa: PT011
        XGBoostBackend(SETTINGS).load(data, n_features=3)


@pytest.mark.parametrize("name", ["dart", "gblinear"])
def test_boosters_that_are_no_plain_sum_of_trees_are_refused_by_name(name, essays):
    booster = xgboost.train(
        {"booster": name, "objective": "binary:logistic"},
        xgboost.DMatrix(essays.X, essays.y > 3),
        num_boost_round=3,
    )
    with pytest.raises(ValueError, match=f"its booster is {name}"):
        XGBoostBooster(bytes(booster.save_raw("json")))


def test_a_model_of_other_features_is_refused(binary):
    data = binary.thresholds[0].to_bytes()
    with pytest.raises(ValueError, match="takes 12 features, expected 11"):
        XGBoostBackend(SETTINGS).load(data, n_features=11)
