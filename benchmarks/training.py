"""How long training takes, and what it is worth: each kind beside other libraries' defaults.

    python benchmarks/training.py                              # 2,000 essays, 433 features
    PYTHONPATH=DIR python benchmarks/training.py               # with ogboost and FLAML in DIR
    python benchmarks/training.py --only joint_threshold --features 50

Essays are simulated by a cumulative link: four features carry the grade, all others are noise, and
eight grades are drawn by known thresholds. All contenders learn from the same essays, of which ours
and FLAML hold some out to choose their rounds, and are judged on other ones: quadratic weighted
kappa of the median grade of their probabilities, so that all decide alike, and the ranked
probability score. Intervals are 95 % bootstrap intervals. The row ``true model`` is what the
simulation itself says, the best there is. ``--threads`` is for FLAML; all others use one thread.
"""

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.comparison import compare_predictions
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.models.cumulative import grade_probabilities, sigmoid
from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.estimators import OrdinalBoostingClassifier
from huleedu_ml_training.testing.simulation import SimulatedEssays, simulate_essays

SCALE = GradeScale.named("swedish_8")
KINDS = ("cumulative_binary", "joint_threshold", "regression", "multiclass")
Probabilities = NDArray[np.float64]
Fit = Callable[[SimulatedEssays], Callable[[NDArray[np.float32]], Probabilities]]


def ours(kind: str, backend: str) -> Fit:
    def fit(train: SimulatedEssays) -> Callable[[NDArray[np.float32]], Probabilities]:
        model = OrdinalBoostingClassifier(kind=kind, backend=backend)
        return model.fit(train.X, train.y).predict_proba

    return fit


def ogboost(train: SimulatedEssays) -> Callable[[NDArray[np.float32]], Probabilities]:
    from ogboost import GradientBoostingOrdinal  # noqa: PLC0415 - optional

    return GradientBoostingOrdinal().fit(train.X, train.y).predict_proba


def flaml(seconds: int, threads: int) -> Fit:
    def fit(train: SimulatedEssays) -> Callable[[NDArray[np.float32]], Probabilities]:
        from flaml import AutoML  # noqa: PLC0415 - optional

        search = AutoML()
        search.fit(
            train.X,
            train.y,
            task="classification",
            time_budget=seconds,
            n_jobs=threads,
            seed=1,
            verbose=0,
        )
        return search.predict_proba

    return fit


def contenders(flaml_seconds: int, threads: int) -> dict[str, Fit]:
    return {
        **{kind: ours(kind, "lightgbm") for kind in (*KINDS, "ridge")},
        **{f"{kind} on xgboost": ours(kind, "xgboost") for kind in KINDS},
        "ogboost": ogboost,
        f"FLAML, {flaml_seconds} s": flaml(flaml_seconds, threads),
    }


def predictions(probabilities: Probabilities) -> GradePredictions:
    rule = fit_decision_rule("median", probabilities, np.empty(0, dtype=np.int64))
    latent = probabilities @ np.arange(len(SCALE))
    return GradePredictions(SCALE, latent, probabilities, rule.decide(probabilities))


def cell(value: MetricValue) -> str:
    return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"


def results(
    chosen: dict[str, Fit], train: SimulatedEssays, test: SimulatedEssays
) -> Iterator[tuple[str, float | None, GradePredictions]]:
    """Yield name, seconds of the fit and predictions of the test essays."""
    margins = test.truth[:, None] - test.thresholds
    yield "true model", None, predictions(grade_probabilities(sigmoid(margins)))
    for name, fit in chosen.items():
        started = time.perf_counter()
        try:
            predict_proba = fit(train)
        except ImportError as error:
            print(f"{name}: left out ({error})")
            continue
        seconds = time.perf_counter() - started
        probabilities = np.asarray(predict_proba(test.X), dtype=np.float64)
        yield name, seconds, predictions(probabilities)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--essays", type=int, default=2000, help="training essays")
    parser.add_argument("--test-essays", type=int, default=2000)
    parser.add_argument("--features", type=int, default=433)
    parser.add_argument("--flaml-seconds", type=int, default=60)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", nargs="+", help="words of names; others are left out")
    options = parser.parse_args()
    chosen = {
        name: fit
        for name, fit in contenders(options.flaml_seconds, options.threads).items()
        if options.only is None or any(word in name for word in options.only)
    }
    drawn = simulate_essays(
        options.essays + options.test_essays, len(SCALE), n_features=options.features, seed=1
    )
    train, test = drawn.part(0, options.essays), drawn.part(options.essays, len(drawn.y))
    print(f"{options.essays:,} essays, {options.features} features, {len(SCALE)} grades\n")
    print("| | training, s | QWK | RPS |\n|---|---:|---|---|")
    for name, seconds, found in results(chosen, train, test):
        metrics = compare_predictions(found, found, test.y, None, EvaluationSettings()).metrics
        took = "" if seconds is None else f"{seconds:.1f}"
        print(
            f"| {name} | {took} | {cell(metrics['qwk'].a)} | {cell(metrics['rps'].a)} |", flush=True
        )


if __name__ == "__main__":
    main()
