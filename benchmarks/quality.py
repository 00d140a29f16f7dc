"""Quality of graders on unseen essays and unseen prompts, beside what others use.

    python benchmarks/quality.py ELLIPSE.csv [--cache DIR] [--only light]

The ELLIPSE development file with the research filter (200 to 1,000 words, four prompts dropped),
five folds, stratified and by prompt. Everything is nested: rounds, penalties, calibration, decision
rules and scalings are fitted inside the training part of a fold, and its test part is only scored.
All contenders see the same folds. Intervals are 95 %, from 2,000 resamples drawn by prompt.

Feature sets: ``engineered`` (the 49), ``light`` (49 and MiniLM), ``proficiency`` (49 and the middle
layer of a base-size encoder; needs ``features prepare-model``). Embeddings enter trees as one
out-of-fold score; the linear contenders see all dimensions.

Contenders that are not installed are left out and named: ``pip install mord ogboost statsmodels``.
"""

import argparse
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ordinal_kinds import read_ellipse
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from huleedu_essay_features.pipeline import create_pipeline
from huleedu_ml_training.config import EvaluationSettings, ModelSettings, SplitSettings
from huleedu_ml_training.data.grouping import split_groups
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.features.inputs import essay_inputs
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.catalogue import create_companions, create_trainer
from huleedu_ml_training.models.decision import RULES, fit_decision_rule
from huleedu_ml_training.models.ensemble import ensemble_of
from huleedu_ml_training.models.protocols import OrdinalClassifierProtocol
from huleedu_ml_training.models.stacking import StackedTrainer
from huleedu_ml_training.training.calibration_choice import choose_calibration
from huleedu_ml_training.training.cross_fitting import (
    FoldScores,
    OutOfFold,
    cross_fit,
    cross_pool,
    fit_member_pool,
)
from huleedu_ml_training.training.members import ensemble_members

SEED = 42
FOLDS = 5
ROUNDED, EQUATED = "rounded_expectation", "equating"
SETTINGS = EvaluationSettings(resamples=2000, seed=SEED)


@dataclass(frozen=True, eq=False)
class Task:
    """Essays with one set of features.

    Attributes:
        dataset: The essays.
        X: Features, shape (n_essays, n_features).
        embedding: Columns that are an embedding's.
        scheme: How folds are made.
    """

    dataset: EssayDataset
    X: NDArray[np.float32]
    embedding: tuple[int, ...]
    scheme: str

    def folds(self, rows: NDArray[np.int64] | None = None) -> list[Split]:
        """Return the folds of all essays, or of some rows."""
        dataset = self.dataset if rows is None else self.dataset.take(rows)
        splitter = create_splitter(SplitSettings(scheme=self.scheme, seed=SEED))
        return splitter.folds(dataset, FOLDS)


Contender = Callable[[Task, Split], tuple[NDArray[np.float64], dict[str, NDArray[np.int64]]]]
"""Returns P(grade) of a fold's test part, and its grades under each decision rule."""

Fitted = list[OrdinalClassifierProtocol]
Groups = NDArray[np.int64]


def grader(kind: str, **changes: object) -> Contender:
    """One of ours: latent score, calibration chosen by RPS, every decision rule.

    Args:
        kind: Kind of model.
        changes: Further settings of the model, such as ``seeds`` and ``companions``.
    """
    settings = ModelSettings.model_validate({"kind": kind, **changes})
    companions = create_companions(settings, threads=1)
    members = ensemble_members(
        create_trainer(settings, threads=1), companions, seeds=settings.seeds
    )
    kinds = [member.trainer.kind for member in members]

    def answer(task: Task, fold: Split) -> tuple[NDArray[np.float64], dict[str, NDArray[np.int64]]]:
        trainer = StackedTrainer(members[0].trainer, task.embedding)

        def fitted(rows: NDArray[np.int64], part: Split, groups: Groups, seed: int) -> Fitted:
            X, grades = task.X[rows], task.dataset.grades[rows]
            essays = trainer.prepare(
                X[part.train],
                grades[part.train],
                groups,
                n_grades=len(task.dataset.scale),
                stopping=(X[part.validation], grades[part.validation]),
                seed=seed,
            )
            return [
                essays.stacked(essays.fit_base(member.trainer, seed=seed + member.seed_offset))
                for member in members
            ]

        development = np.concatenate([fold.train, fold.validation])
        dataset, inner = task.dataset.take(development), task.folds(development)
        X, y, n_grades = task.X[development], dataset.grades, len(dataset.scale)
        groups = split_groups(dataset, task.scheme)
        models = [
            fitted(development, part, groups[part.train], number)
            for number, part in enumerate(inner)
        ]

        def out_of_fold(own: int) -> OutOfFold:
            return cross_fit(
                inner, len(y), lambda number, part: scores(models[number][own], X[part.test])
            )

        oofs = [out_of_fold(own) for own in range(len(members))]
        training_groups = split_groups(task.dataset.take(fold.train), task.scheme)
        finals = fitted(np.arange(len(task.dataset)), fold, training_groups, SEED)
        oof, model = oofs[0], finals[0]
        if len(members) > 1:
            oof = cross_pool(oofs, y, kinds)
            model = ensemble_of(finals, fit_member_pool(oofs, y, kinds))
        choice = choose_calibration("auto", oof, y, n_grades)
        calibrator = fit_calibrator(choice.method, oof.latent, oof.cumulative, y, n_grades)
        held = scores(model, task.X[fold.test])
        probabilities = calibrator.probabilities(held.latent, held.cumulative)
        return probabilities, {
            rule: fit_decision_rule(rule, choice.probabilities, y).decide(probabilities)
            for rule in RULES
        }

    return answer


def scores(model: OrdinalClassifierProtocol, X: NDArray[np.float32]) -> FoldScores:
    return FoldScores(model.latent(X), model.cumulative(X))


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


def others(task: Task) -> dict[str, Contender]:
    """Return what others offer, as far as it is installed."""
    found: dict[str, Contender] = {
        "ridge": regressor(lambda: ridge(task)),
        "SVR (RBF)": regressor(lambda: svr(task)),
        "linear regression, rescaled (RSMTool)": regressor(
            lambda: linear(LinearRegression()), rescaled=True
        ),
    }
    if importlib.util.find_spec("mord"):
        import mord  # noqa: PLC0415

        found["mord LogisticAT"] = classifier(lambda: linear(mord.LogisticAT(alpha=1.0)))
    if importlib.util.find_spec("ogboost"):
        import ogboost  # noqa: PLC0415

        found["ogboost"] = classifier(
            lambda: linear(ogboost.GradientBoostingOrdinal(random_state=SEED))
        )
    if importlib.util.find_spec("statsmodels") and task.X.shape[1] < 100:
        found["statsmodels OrderedModel"] = classifier(lambda: linear(StatsmodelsOrdered()))
    return found


def ours() -> dict[str, Contender]:
    return {
        "joint_threshold": grader("joint_threshold"),
        "cumulative_binary": grader("cumulative_binary"),
        "regression": grader("regression"),
        "multiclass": grader("multiclass"),
        "linear kind": grader("ridge"),
        "3 joint_threshold": grader("joint_threshold", seeds=3),
        "3 cumulative_binary": grader("cumulative_binary", seeds=3),
        "3 regression": grader("regression", seeds=3),
        "joint_threshold + linear kind": grader("joint_threshold", companions=["ridge"]),
        "cumulative_binary + linear kind": grader("cumulative_binary", companions=["ridge"]),
        "regression + linear kind": grader("regression", companions=["ridge"]),
        "3 regression + linear kind": grader("regression", seeds=3, companions=["ridge"]),
    }


def extracted(dataset: EssayDataset, feature_set: str, cache: Path | None) -> Task:
    """Return the essays with a set of features; ``scheme`` is still to be set."""
    embedder = {"engineered": "minilm", "light": "minilm"}.get(feature_set, feature_set)
    pipeline = create_pipeline(embedder, workers=2)
    try:
        names, digest = pipeline.schema.names, pipeline.schema.digest
        kept = None if cache is None else cache / f"features_{digest[:16]}_{len(dataset)}.npy"
        if kept is not None and kept.exists():
            X = np.load(kept)
        else:
            X = pipeline.extract(essay_inputs(dataset))
            if kept is not None:
                np.save(kept, X)
        embedding = pipeline.schema.columns("embedding")
    finally:
        pipeline.close()
    if feature_set == "engineered":
        plain = [column for column in range(len(names)) if column not in set(embedding)]
        return Task(dataset, np.ascontiguousarray(X[:, plain]), (), "")
    return Task(dataset, X, embedding, "")


def limited(fold: Split, n_essays: int | None) -> Split:
    """Return a fold that learns from that many essays, drawn at random; from all for None."""
    n_all = len(fold.train) + len(fold.validation)
    if n_essays is None or n_essays >= n_all:
        return fold
    rng = np.random.default_rng(SEED)
    train, validation = (
        np.sort(rng.permutation(rows)[: round(len(rows) * n_essays / n_all)])
        for rows in (fold.train, fold.validation)
    )
    return replace(fold, train=train, validation=validation)


def judge(
    task: Task, contender: Contender, training_essays: int | None = None
) -> tuple[dict[str, Any], float]:
    """Return evaluation reports by decision rule, and the seconds of all fits."""
    started = time.perf_counter()
    n_essays, scale = len(task.dataset), task.dataset.scale
    probabilities = np.empty((n_essays, len(scale)))
    grades: dict[str, NDArray[np.int64]] = {}
    for fold in task.folds():
        found, decided = contender(task, limited(fold, training_essays))
        probabilities[fold.test] = found
        for rule, values in decided.items():
            grades.setdefault(rule, np.empty(n_essays, dtype=np.int64))[fold.test] = values
    taken = time.perf_counter() - started
    latent = probabilities @ np.arange(len(scale))
    return {
        rule: evaluate_predictions(
            GradePredictions(scale, latent, probabilities, values),
            task.dataset.grades,
            prompts=task.dataset.prompts,
            settings=SETTINGS,
        )
        for rule, values in grades.items()
    }, taken


def shown(reports: dict[str, Any], rule: str, metric: str) -> str:
    if rule not in reports:
        return "–"
    value = reports[rule].values[metric]
    return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ellipse", type=Path, help="the ELLIPSE development file")
    parser.add_argument("--cache", type=Path, help="directory that keeps extracted features")
    parser.add_argument("--only", action="append", help="a feature set; may be repeated")
    parser.add_argument("--scheme", action="append", help="prompt_holdout or stratified")
    parser.add_argument("--training-essays", type=int, help="learn from that many in each fold")
    parser.add_argument("--contender", action="append", help="part of a contender's name")
    options = parser.parse_args()
    dataset = read_ellipse(options.ellipse)
    for scheme in options.scheme or ("prompt_holdout", "stratified"):
        print(f"\n{len(dataset)} essays, {scheme}, {FOLDS} folds\n")
        headings = (
            "features",
            "contender",
            "RPS",
            "r",
            *(f"QWK {rule}" for rule in RULES),
            "MAE",
            "s",
        )
        print(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}", flush=True)
        for feature_set in options.only or ("engineered", "light", "proficiency"):
            task = replace(extracted(dataset, feature_set, options.cache), scheme=scheme)
            for name, contender in {**ours(), **others(task)}.items():
                if options.contender and not any(part in name for part in options.contender):
                    continue
                reports, taken = judge(task, contender, options.training_essays)
                any_rule = "median" if "median" in reports else ROUNDED
                cells = (
                    feature_set,
                    name,
                    shown(reports, "median", "rps"),
                    shown(reports, any_rule, "pearson"),
                    *(shown(reports, rule, "qwk") for rule in RULES),
                    shown(reports, any_rule, "mae"),
                    f"{taken:.0f}",
                )
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
