"""What others offer for grading on a scale, as quality.py compares it."""

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quality_contenders import SEED, Contender, Task
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.models.decision import RULES, fit_decision_rule

ROUNDED, EQUATED = "rounded_expectation", "equating"
MOST_COLUMNS_OF_STATSMODELS = 100
"""It has no penalty, and its BFGS keeps a dense matrix of all coefficients."""


def regressor(make: Callable[[], Any], *, rescaled: bool = False) -> Contender:
    """A point predictor: rounded, and equated on its own out-of-fold predictions.

    Args:
        make: Makes an unfitted scikit-learn regressor.
        rescaled: Whether predictions are first brought to the teachers' mean and standard
            deviation, as RSMTool does.
    """

    def answer(task: Task, fold: Split) -> tuple[NDArray[np.float64], dict[str, NDArray[np.int64]]]:
        development = np.concatenate([fold.train, fold.validation])
        X, y = task.X[development], task.dataset.grades[development]
        n_grades = len(task.dataset.scale)
        oof = np.empty(len(development))
        for inner in task.folds(development):
            rest = np.concatenate([inner.train, inner.validation])
            oof[inner.test] = make().fit(X[rest], y[rest]).predict(X[inner.test])
        predicted = make().fit(X, y).predict(task.X[fold.test])
        if rescaled:
            centre, slope = oof.mean(), y.std() / oof.std()
            oof, predicted = (y.mean() + (part - centre) * slope for part in (oof, predicted))
        inside, outside = (as_probabilities(part, n_grades) for part in (predicted, oof))
        return inside, {
            rule: fit_decision_rule(rule, outside, y).decide(inside) for rule in (ROUNDED, EQUATED)
        }

    return answer


def classifier(make: Callable[[], Any]) -> Contender:
    """An ordinal classifier of others, by its own probabilities."""

    def answer(task: Task, fold: Split) -> tuple[NDArray[np.float64], dict[str, NDArray[np.int64]]]:
        development = np.concatenate([fold.train, fold.validation])
        X, y = task.X[development], task.dataset.grades[development]
        n_grades = len(task.dataset.scale)

        def probabilities(
            rows: NDArray[np.int64], wanted: NDArray[np.float32]
        ) -> NDArray[np.float64]:
            present, codes = np.unique(y[rows], return_inverse=True)
            model = make().fit(X[rows], codes)
            full = np.zeros((len(wanted), n_grades))
            full[:, present] = model.predict_proba(wanted)
            return full

        oof = np.empty((len(development), n_grades))
        for inner in task.folds(development):
            rest = np.concatenate([inner.train, inner.validation])
            oof[inner.test] = probabilities(rest, X[inner.test])
        held = probabilities(np.arange(len(y)), task.X[fold.test])
        return held, {rule: fit_decision_rule(rule, oof, y).decide(held) for rule in RULES}

    return answer


def as_probabilities(expected: NDArray[np.float64], n_grades: int) -> NDArray[np.float64]:
    """Return distributions on two neighbouring grades with these means."""
    inside = np.clip(expected, 0, n_grades - 1)
    low = np.minimum(inside.astype(np.int64), n_grades - 2)
    rows = np.arange(len(inside))
    probabilities = np.zeros((len(inside), n_grades))
    probabilities[rows, low] = 1 - (inside - low)
    probabilities[rows, low + 1] = inside - low
    return probabilities


def linear(model: Any) -> Pipeline:
    return make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), model)


class StatsmodelsOrdered(BaseEstimator):
    """statsmodels' OrderedModel, which is no scikit-learn estimator by itself."""

    def fit(self, X: NDArray[np.float64], y: NDArray[np.int64]) -> "StatsmodelsOrdered":
        """Fit by maximum likelihood."""
        from statsmodels.miscmodels.ordinal_model import OrderedModel  # noqa: PLC0415

        spread = X.std(axis=0) > 0
        self.columns_ = np.flatnonzero(spread)
        self.result_ = OrderedModel(y, X[:, self.columns_], distr="logit").fit(
            method="bfgs", maxiter=200, disp=False
        )
        return self

    def predict_proba(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return P(class)."""
        found: NDArray[np.float64] = np.asarray(self.result_.predict(X[:, self.columns_]))
        return found


def ridge(task: Task) -> Pipeline:
    return linear(RidgeCV(alphas=np.logspace(0, 5, 11) * task.X.shape[1] / 50))


def svr(task: Task) -> Pipeline:
    return linear(SVR(C=1.0, gamma=0.4 / task.X.shape[1]))


def installed() -> tuple[dict[str, ModuleType], list[str]]:
    """Return packages of others that can be imported, and why the rest cannot."""
    found, absent = {}, []
    for name in ("mord", "ogboost", "statsmodels"):
        try:
            found[name] = importlib.import_module(name)
        except ImportError as error:
            absent.append(f"{name} ({error})")
    return found, absent


def others(task: Task) -> dict[str, Contender]:
    """Return what others offer, as far as it is installed."""
    packages, _ = installed()
    found: dict[str, Contender] = {
        "ridge": regressor(lambda: ridge(task)),
        "SVR (RBF)": regressor(lambda: svr(task)),
        "linear regression, rescaled (RSMTool)": regressor(
            lambda: linear(LinearRegression()), rescaled=True
        ),
    }
    if "mord" in packages:
        logistic_at = packages["mord"].LogisticAT
        found["mord LogisticAT"] = classifier(lambda: linear(logistic_at(alpha=1.0)))
    if "statsmodels" in packages and task.X.shape[1] < MOST_COLUMNS_OF_STATSMODELS:
        found["statsmodels OrderedModel"] = classifier(lambda: linear(StatsmodelsOrdered()))
    if "ogboost" in packages:
        boosting = packages["ogboost"].GradientBoostingOrdinal
        found["ogboost"] = classifier(lambda: linear(boosting(random_state=SEED)))
    return found
