"""Kinds of ordinal models side by side: out-of-fold kappa and ranked probability score.

    python benchmarks/ordinal_kinds.py                       # the synthetic demo corpus
    python benchmarks/ordinal_kinds.py --ellipse ellipse.csv # the ELLIPSE development file
    python benchmarks/ordinal_kinds.py --embedder none       # the engineered features alone

Every essay is scored by a model that never saw it, calibrated by Platt and decided by rules that
were fitted on the other folds; the rounds of a model are chosen on a part of its own folds.
``rps raw`` is that of the uncalibrated model. Intervals are 95 % bootstrap intervals, clustered by
prompt where prompts are held out. The last columns are paired differences from the first row.
The rows on XGBoost need the extra ``xgboost``; leave them out with ``--only``.

ELLIPSE is read with the research filter: 200 to 1000 words, four prompts dropped.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from ellipse import read_ellipse
from numpy.typing import NDArray

from huleedu_essay_features.pipeline import EMBEDDERS, create_pipeline
from huleedu_ml_training.config import EvaluationSettings, ModelSettings, SplitSettings
from huleedu_ml_training.data.demo_corpus import generate_demo_corpus
from huleedu_ml_training.data.grouping import split_groups
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.features.inputs import essay_inputs
from huleedu_ml_training.metrics.comparison import compare_predictions
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.stacking import StackedTrainer
from huleedu_ml_training.training.cross_fitting import (
    OutOfFold,
    cross_calibrate,
    cross_decide,
    cross_fit,
    score_fold,
)

_JOINT = ModelSettings(kind="joint_threshold")
_XGBOOST = ModelSettings(backend="xgboost")
CONTENDERS = {
    "cumulative_binary": ModelSettings(),
    "joint_threshold logit": _JOINT,
    "joint_threshold logit, stopped by log loss": _JOINT.model_copy(
        update={"stopping_loss": "log_loss"}
    ),
    "joint_threshold probit": _JOINT.model_copy(update={"link": "probit"}),
    "joint_threshold cloglog": _JOINT.model_copy(update={"link": "cloglog"}),
    "regression": ModelSettings(kind="regression"),
    "multiclass": ModelSettings(kind="multiclass"),
    "cumulative_binary on xgboost": _XGBOOST,
    "joint_threshold logit on xgboost": _XGBOOST.model_copy(update={"kind": "joint_threshold"}),
}


@dataclass(frozen=True, eq=False)
class Result:
    """What one contender reached.

    Attributes:
        by_kappa: Calibrated probabilities, decided by fitted cut-points.
        by_median: The same probabilities, decided by their median.
        raw: Uncalibrated probabilities.
        seconds: Time of all fits.
    """

    by_kappa: GradePredictions
    by_median: GradePredictions
    raw: GradePredictions
    seconds: float


def extract(dataset: EssayDataset, embedder: str, kept: Path | None) -> NDArray[np.float32]:
    if kept is not None and kept.exists():
        return np.load(kept)
    pipeline = create_pipeline(embedder, workers=2)
    try:
        features = pipeline.extract(essay_inputs(dataset))
    finally:
        pipeline.close()
    if kept is not None:
        np.save(kept, features)
    return features


def run(
    settings: ModelSettings, dataset: EssayDataset, X: NDArray[np.float32], folds: Sequence[Split]
) -> Result:
    y, scale = dataset.grades, dataset.scale
    trainer = StackedTrainer(create_trainer(settings, threads=2))
    groups = split_groups(dataset, folds[0].scheme)
    started = time.perf_counter()
    oof = cross_fit(
        folds,
        len(y),
        lambda number, fold: score_fold(
            trainer, X, y, groups, fold, n_grades=len(scale), seed=number
        ),
    )
    seconds = time.perf_counter() - started
    decided = partial(_decided, oof, y, scale)
    return Result(
        decided("platt", "qwk_cutpoints"),
        decided("platt", "median"),
        decided("none", "median"),
        seconds,
    )


def _decided(
    oof: OutOfFold, y: NDArray[np.int64], scale: GradeScale, calibration: str, rule: str
) -> GradePredictions:
    probabilities = cross_calibrate(calibration, oof, y, len(scale))
    grades = cross_decide(rule, probabilities, y, oof.fold)
    return GradePredictions(
        scale=scale, latent=oof.latent, probabilities=probabilities, grades=grades
    )


def interval(value: MetricValue, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    if not value.has_interval:
        return f"{value.value:{sign}.4f}"
    return f"{value.value:{sign}.4f} [{value.low:{sign}.4f}, {value.high:{sign}.4f}]"


def table(results: dict[str, Result], dataset: EssayDataset, scheme: str) -> list[str]:
    """Return one line per contender."""
    settings = EvaluationSettings()
    prompts = dataset.prompts if scheme == "prompt_holdout" else None
    first = next(iter(results.values()))
    lines = []
    for name, result in results.items():
        kappa, median, raw = (
            compare_predictions(old, new, dataset.grades, prompts, settings).metrics
            for old, new in (
                (first.by_kappa, result.by_kappa),
                (first.by_median, result.by_median),
                (first.raw, result.raw),
            )
        )
        cells = [
            interval(kappa["qwk"].b),
            interval(median["qwk"].b),
            interval(kappa["rps"].b),
            interval(raw["rps"].b),
            f"{result.seconds:.1f}",
            interval(kappa["qwk"].difference, signed=True),
            interval(kappa["rps"].difference, signed=True),
        ]
        lines.append(f"| {scheme} | {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ellipse", type=Path, help="the ELLIPSE development file (CSV)")
    parser.add_argument("--embedder", choices=EMBEDDERS, default="minilm")
    parser.add_argument("--schemes", nargs="+", default=["stratified", "prompt_holdout"])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--keep-features", type=Path, help="file (.npy) to keep the features in")
    options = parser.parse_args()
    dataset = generate_demo_corpus() if options.ellipse is None else read_ellipse(options.ellipse)
    X = extract(dataset, options.embedder, options.keep_features)
    print(f"{len(dataset)} essays, {X.shape[1]} features, {len(dataset.scale)} grades\n")
    print(
        "| split | kind | qwk, cut-points | qwk, median | rps | rps raw | fits, s "
        "| qwk difference | rps difference |"
    )
    print("|---|---|" + "---|" * 7)
    for scheme in options.schemes:
        splitter = create_splitter(SplitSettings(scheme=scheme))
        folds = splitter.folds(dataset, options.folds)
        results = {name: run(CONTENDERS[name], dataset, X, folds) for name in options.only}
        print("\n".join(table(results, dataset, scheme)), flush=True)


if __name__ == "__main__":
    main()
