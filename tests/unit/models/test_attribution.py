"""Parts of latent scores: they sum up, and they go to the features that matter."""

from itertools import product

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.models.attribution import attribute
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.stacking import StackedTrainer
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer

KINDS = ("cumulative_binary", "joint_threshold", "regression", "multiclass")


@pytest.fixture(scope="module")
def essays():
    """The grade follows the first column; the second is noise, the third constant."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 9)).astype(np.float32)
    X[:, 2] = 1.0
    X[::11, 0] = np.nan
    signal = np.nan_to_num(X[:, 0]) + rng.normal(scale=0.3, size=300)
    X[:, 3:] += signal[:, None].astype(np.float32)
    return X, np.digitize(signal, [-0.8, 0.0, 0.8])


def fit(kind, backend, X, y, embedding=()):
    model = ModelSettings(kind=kind, backend=backend, booster=BoosterSettings(max_rounds=40))
    trainer = StackedTrainer(create_trainer(model, threads=1), embedding)
    return trainer.fit(X, y, np.arange(len(y)), n_grades=4, stopping=(X, y), seed=1)


@pytest.mark.parametrize(
    ("kind", "backend"), [*product(KINDS, ("lightgbm", "xgboost")), ("ridge", "lightgbm")]
)
@pytest.mark.parametrize("embedding", [(), (3, 4, 5, 6, 7, 8)], ids=["plain", "stacked"])
def test_parts_sum_to_the_score(essays, kind, backend, embedding):
    X, y = essays
    model = fit(kind, backend, X, y, embedding)
    found = attribute(model, X)
    assert X.shape == found.parts.shape
    assert pytest.approx(model.latent(X), abs=1e-12) == found.base + found.parts.sum(axis=1)
    # The base is the same for all essays: nothing of theirs is hidden in it.
    assert np.ptp(found.base) < 1e-5
    assert (found.parts[:, 2] == 0).all()


@pytest.mark.parametrize("kind", [*KINDS, "ridge"])
def test_the_feature_that_decides_gets_the_credit(essays, kind):
    X, y = essays
    X = X[:, :3]
    found = attribute(fit(kind, "lightgbm", X, y), X)
    sizes = np.abs(found.parts).mean(axis=0)
    assert sizes[0] > 3 * sizes[1]
    known = np.isfinite(X[:, 0])
    assert np.corrcoef(found.parts[known, 0], X[known, 0])[0, 1] > 0.8


def test_no_rows(essays):
    X, y = essays
    for backend in ("lightgbm", "xgboost"):
        found = attribute(fit("joint_threshold", backend, X, y), X[:0])
        assert (0, 9) == found.parts.shape


def test_a_kind_that_cannot_be_taken_apart_says_so(essays):
    X, y = essays
    X = np.nan_to_num(X)
    model = LinearTrainer().fit(X, y, n_grades=4, stopping=(X, y), seed=0)
    with pytest.raises(TypeError, match="LinearClassifier"):
        attribute(model, X)
