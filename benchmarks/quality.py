"""Quality of graders on unseen essays and unseen prompts, beside what others use.

    python benchmarks/quality.py ELLIPSE.csv [--cache DIR] [--results FILE] [--only light]

The ELLIPSE development file with the research filter (200 to 1,000 words, four prompts dropped),
five folds, stratified and by prompt. Everything is nested: rounds, penalties, calibration, decision
rules and scalings are fitted inside the training part of a fold, and its test part is only scored.
All contenders see the same folds. Intervals are 95 %, from 2,000 resamples drawn by prompt.

Feature sets: ``engineered`` (the 49), ``light`` (49 and MiniLM), ``proficiency`` (49 and the middle
layer of a base-size encoder; needs ``features prepare-model``). Embeddings enter trees as one
out-of-fold score; the linear contenders see all dimensions.

With ``--results`` every finished row is appended to a file of JSON lines, and rows found there are
printed and not measured again: a run that was interrupted goes on where it was. Delete the file
after a change to the code.

Contenders that cannot be imported are left out and named: ``pip install mord ogboost matplotlib
statsmodels`` (ogboost imports matplotlib).
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ellipse import read_ellipse
from numpy.typing import NDArray
from quality_contenders import FOLDS, SEED, Contender, Task, ours
from quality_others import ROUNDED, installed, others

from huleedu_essay_features.pipeline import create_pipeline
from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.features.inputs import essay_inputs
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.models.decision import RULES

SETTINGS = EvaluationSettings(resamples=2000, seed=SEED)
SCHEMES = ("prompt_holdout", "stratified")
FEATURE_SETS = ("engineered", "light", "proficiency")
METRICS = ("rps", "pearson", "qwk", "mae")
HEADINGS = (
    "features",
    "contender",
    "RPS",
    "r",
    *(f"QWK {rule}" for rule in RULES),
    "MAE",
    "s",
)


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
) -> tuple[dict[str, dict[str, tuple[float, float, float]]], float]:
    """Return figures with intervals by decision rule and metric, and the seconds of all fits."""
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
    figures = {}
    for rule, values in grades.items():
        report = evaluate_predictions(
            GradePredictions(scale, latent, probabilities, values),
            task.dataset.grades,
            prompts=task.dataset.prompts,
            settings=SETTINGS,
        )
        figures[rule] = {
            metric: (value.value, value.low, value.high)
            for metric, value in report.values.items()
            if metric in METRICS
        }
    return figures, taken


class Results:
    """Rows that were measured, kept in a file of JSON lines if one is named.

    Args:
        path: The file, or None to keep nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._rows: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self._rows[row["key"]] = row

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the row of a key, if it was measured."""
        return self._rows.get(key)

    def add(self, key: str, **row: Any) -> dict[str, Any]:
        """Keep a row and return it."""
        self._rows[key] = {"key": key, **row}
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self._rows[key]) + "\n")
        return self._rows[key]


def line(feature_set: str, name: str, row: dict[str, Any]) -> str:
    """Return one line of the table."""
    figures = row["figures"]

    def shown(rule: str, metric: str) -> str:
        if rule not in figures:
            return "–"
        return "{:.3f} [{:.3f}, {:.3f}]".format(*figures[rule][metric])

    any_rule = "median" if "median" in figures else ROUNDED
    cells = (
        feature_set,
        name,
        shown("median", "rps"),
        shown(any_rule, "pearson"),
        *(shown(rule, "qwk") for rule in RULES),
        shown(any_rule, "mae"),
        f"{row['seconds']:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ellipse", type=Path, help="the ELLIPSE development file")
    parser.add_argument("--cache", type=Path, help="directory that keeps extracted features")
    parser.add_argument("--results", type=Path, help="file that keeps finished rows")
    parser.add_argument("--only", action="append", help="a feature set; may be repeated")
    parser.add_argument("--scheme", action="append", help="prompt_holdout or stratified")
    parser.add_argument("--training-essays", type=int, help="learn from that many in each fold")
    parser.add_argument("--contender", action="append", help="part of a contender's name")
    options = parser.parse_args()
    dataset, results = read_ellipse(options.ellipse), Results(options.results)
    for absent in installed()[1]:
        print(f"left out, cannot be imported: {absent}")
    for scheme in options.scheme or SCHEMES:
        print(f"\n{len(dataset)} essays, {scheme}, {FOLDS} folds\n")
        print(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}", flush=True)
        for feature_set in options.only or FEATURE_SETS:
            task = replace(extracted(dataset, feature_set, options.cache), scheme=scheme)
            for name, contender in {**ours(), **others(task)}.items():
                if options.contender and not any(part in name for part in options.contender):
                    continue
                key = f"{scheme}/{feature_set}/{name}/{options.training_essays or 'all'}"
                row = results.get(key)
                if row is None:
                    figures, taken = judge(task, contender, options.training_essays)
                    row = results.add(key, figures=figures, seconds=taken)
                print(line(feature_set, name, row), flush=True)


if __name__ == "__main__":
    main()
