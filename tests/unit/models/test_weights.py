"""Essay and class weights in every kind of model."""

from itertools import product

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.errors import InvalidFeaturesError, UnknownMethodError
from huleedu_ml_training.models.stacking import StackedTrainer
from huleedu_ml_training.models.weights import EssayWeights, class_weights, scaled_weights
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer

KINDS = ("cumulative_binary", "joint_threshold", "regression", "multiclass")


def trainer(kind, backend="lightgbm"):
    booster = BoosterSettings(
        max_rounds=30, bagging_fraction=1.0, feature_fraction=1.0, min_child_samples=2
    )
    return create_trainer(ModelSettings(kind=kind, backend=backend, booster=booster), threads=1)


def two_worlds(n=200):
    """Half of the essays follow the first column upwards, the others downwards."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(n, 3)).astype(np.float32)
    up = np.arange(n) % 2 == 0
    signal = np.where(up, X[:, 0], -X[:, 0])
    return X, np.digitize(signal, [-0.7, 0.0, 0.7]), up


EVERY = [*product(KINDS, ("lightgbm", "xgboost")), ("ridge", "lightgbm")]


@pytest.fixture(params=EVERY, ids="-".join)
def any_trainer(request):
    return trainer(*request.param)


def correlation(model, X):
    return np.corrcoef(model.latent(X), X[:, 0])[0, 1]


def test_heavier_essays_decide(any_trainer):
    X, y, up = two_worlds()
    for heavy, sign in ((up, 1), (~up, -1)):
        counts = np.where(heavy, 10.0, 0.1)
        model = any_trainer.fit(
            X, y, n_grades=4, stopping=(X, y), seed=1, weights=EssayWeights(counts, counts)
        )
        assert sign * correlation(model, X) > 0.5


def test_the_scale_of_weights_does_not_matter(any_trainer):
    X, y, up = two_worlds()
    counts = np.where(up, 2.0, 0.5)
    one, thousand = (
        any_trainer.fit(
            X,
            y,
            n_grades=4,
            stopping=(X, y),
            seed=1,
            weights=EssayWeights(counts * factor, counts * factor),
        )
        for factor in (1.0, 1024.0)
    )
    assert one.state() == thousand.state()


def test_equal_weights_are_no_weights(any_trainer):
    X, y, _ = two_worlds()
    plain = any_trainer.fit(X, y, n_grades=4, stopping=(X, y), seed=1)
    equal = np.full(len(y), 3.0)
    weighted = any_trainer.fit(
        X, y, n_grades=4, stopping=(X, y), seed=1, weights=EssayWeights(equal, equal)
    )
    assert plain.state() == weighted.state()


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.ones(3), "weights"),
        (np.r_[np.ones(199), 0.0], "not above 0"),
        (np.r_[np.ones(199), -1.0], "not above 0"),
        (np.r_[np.ones(199), np.nan], "not above 0"),
    ],
)
@pytest.mark.parametrize("part", ["training", "stopping"])
def test_bad_weights_are_refused(counts, message, part):
    X, y, _ = two_worlds()
    good = {"training": np.ones(200), "stopping": np.ones(200)}
    weights = EssayWeights(**{**good, part: counts})
    for chosen in (trainer("joint_threshold"), LinearTrainer()):
        with pytest.raises(InvalidFeaturesError, match=message):
            chosen.fit(X, y, n_grades=4, stopping=(X, y), seed=1, weights=weights)


def test_scaled_weights_by_hand():
    assert [0.5, 1.5] == scaled_weights([1.0, 3.0], n_essays=2, part="x").tolist()


def test_class_weights_by_hand():
    y = np.array([0] * 8 + [1] * 2 + [3] * 2)  # shares 2/3, 1/6, 1/6 of three grades that occur
    found = class_weights("balanced", y, np.array([0, 1, 2, 3]), 4)
    assert pytest.approx([0.5, 2.0, 3.0, 2.0]) == found.stopping.tolist()
    assert pytest.approx([0.5] * 8 + [2.0] * 4) == found.training.tolist()
    root = class_weights("sqrt", y, np.array([0, 1]), 4)
    assert pytest.approx([0.5**0.5, 2.0**0.5]) == root.stopping.tolist()


def test_a_very_rare_grade_is_capped():
    y = np.array([0] * 99 + [1])
    assert pytest.approx(3.0) == class_weights("balanced", y, y, 2).training[-1]


def test_unknown_schemes_are_named():
    with pytest.raises(UnknownMethodError, match="cubic"):
        class_weights("cubic", np.array([0, 1]), np.array([0]), 2)


def test_weighted_classes_reach_further_out():
    """With rare grades weighted, raw probabilities of the rare grades rise."""
    rng = np.random.default_rng(1)
    y = np.repeat([0, 1, 2, 3], [12, 300, 300, 12])
    X = (y[:, None] + rng.normal(scale=1.5, size=(len(y), 3))).astype(np.float32)
    raw = {}
    for weighting in ("none", "balanced"):
        stacked = StackedTrainer(trainer("joint_threshold"), weighting=weighting)
        model = stacked.fit(X, y, np.arange(len(y)), n_grades=4, stopping=(X, y), seed=1)
        cumulative = model.cumulative(X)
        raw[weighting] = cumulative[:, 2].mean() + 1 - cumulative[:, 0].mean()
    assert raw["balanced"] > raw["none"] + 0.02
