"""The scikit-learn face of ordinal boosting."""

from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from huleedu_ml_training.models.estimators import OrdinalBoostingClassifier

KINDS = ("cumulative_binary", "joint_threshold", "regression", "multiclass")


def known_to_fail(_):
    """A row of weight 2 is not two rows where rows are drawn at random for each tree."""
    return {
        f"check_sample_weight_equivalence_on_{kind}_data": "rows are drawn for each tree"
        for kind in ("dense", "sparse")
    }


ESTIMATORS = [
    OrdinalBoostingClassifier(kind=kind, max_rounds=30, min_child_samples=2) for kind in KINDS
]
if find_spec("xgboost"):
    ESTIMATORS += [
        OrdinalBoostingClassifier(
            kind=kind, backend="xgboost", max_rounds=10, learning_rate=0.3, min_child_samples=2
        )
        for kind in ("cumulative_binary", "joint_threshold")
    ]


@parametrize_with_checks(
    ESTIMATORS,
    expected_failed_checks=known_to_fail,
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def grades():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4))
    latent = X[:, 0] + 0.5 * X[:, 1] + rng.logistic(scale=0.3, size=400)
    return X, np.array([2, 3, 5, 8])[np.digitize(latent, [-1, 0, 1])]


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns(grades, kind):
    X, y = grades
    model = OrdinalBoostingClassifier(kind=kind, decision="median", max_rounds=80)
    folds = cross_val_score(
        model,
        X,
        y,
        cv=3,
        scoring=lambda m, A, b: cohen_kappa_score(b, m.predict(A), weights="quadratic"),
    )
    assert folds.mean() > 0.6


def test_probabilities_belong_to_the_classes_in_order(grades):
    X, y = grades
    model = OrdinalBoostingClassifier(max_rounds=40).fit(X, y)
    probabilities = model.predict_proba(X)
    assert [2, 3, 5, 8] == model.classes_.tolist()
    assert pytest.approx(1.0) == probabilities.sum(axis=1)
    expected = probabilities @ np.arange(4)
    assert np.corrcoef(expected, model.latent(X))[0, 1] > 0.9
    assert set(model.predict(X)) <= {2, 3, 5, 8}


def test_it_works_in_pipelines_and_searches(grades):
    X, y = grades
    search = GridSearchCV(
        make_pipeline(StandardScaler(), OrdinalBoostingClassifier(max_rounds=20)),
        {"ordinalboostingclassifier__link": ["logit", "probit"]},
        cv=2,
    ).fit(X, y)
    assert search.best_score_ > 0.4


def test_missing_values_are_fine(grades):
    X, y = grades
    holes = X.copy()
    holes[::3, 1] = np.nan
    assert OrdinalBoostingClassifier(max_rounds=20).fit(holes, y).score(holes, y) > 0.4


def test_rows_without_weight_are_rows_that_are_not_there(grades):
    X, y = grades
    counts = np.ones(400)
    counts[300:] = 0
    noisy = y.copy()
    noisy[300:] = 2
    weighted = OrdinalBoostingClassifier(max_rounds=20).fit(X, noisy, sample_weight=counts)
    without = OrdinalBoostingClassifier(max_rounds=20).fit(X[:300], y[:300])
    assert (weighted.predict_proba(X) == without.predict_proba(X)).all()


def test_equal_seeds_give_equal_models(grades):
    X, y = grades
    model = OrdinalBoostingClassifier(max_rounds=20, random_state=3)
    one, other = clone(model).fit(X, y), clone(model).fit(X, y)
    assert one.model_.state() == other.model_.state()
