"""Processor time of a full evaluation with intervals, beside a plain loop over one metric.

    python benchmarks/evaluation.py

A full evaluation is all metrics with intervals, flags, calibration and a table of prompts. A
judgement is what ``train-essay-grader evaluate`` does once essays are graded: evaluation, groups,
fairness regressions, thresholds, review workload and shortcuts, without changed texts. The plain
loop draws essays and calls scikit-learn's ``cohen_kappa_score`` once per resample: kappa alone. It
is timed on a few resamples of the same run and multiplied up.
"""

import argparse
import time

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import cohen_kappa_score

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.metrics.judgement import judge_predictions, surface_of
from huleedu_ml_training.testing.simulated_grader import SimulatedGrading, simulate_grading

PLAIN_RESAMPLES = 20


def time_evaluation(grading: SimulatedGrading, settings: EvaluationSettings) -> float:
    started = time.process_time()
    evaluate_predictions(grading.predictions, grading.y, prompts=grading.prompts, settings=settings)
    return time.process_time() - started


def time_judgement(grading: SimulatedGrading, settings: EvaluationSettings) -> float:
    n = len(grading.y)
    dataset = EssayDataset.create(
        scale=grading.predictions.scale,
        essay_ids=[str(row) for row in range(n)],
        texts=["word " * (100 + row % 100) for row in range(n)],
        grades=grading.y,
        prompts=grading.prompts,
    )
    surface = surface_of(dataset, np.empty((n, 0), dtype=np.float32), ())
    started = time.process_time()
    judge_predictions(grading.predictions, dataset, settings, surface=surface)
    return time.process_time() - started


def time_plain_loop(grading: SimulatedGrading, resamples: int) -> float:
    """Seconds that ``resamples`` of kappa alone would take, measured on a few of them."""
    rng = np.random.default_rng(0)
    labels = np.arange(len(grading.predictions.scale))
    n = len(grading.y)
    started = time.process_time()
    for _ in range(PLAIN_RESAMPLES):
        rows = rng.integers(0, n, size=n)
        cohen_kappa_score(
            grading.y[rows],
            grading.predictions.grades[rows],
            labels=labels,
            weights="quadratic",
        )
    return (time.process_time() - started) / PLAIN_RESAMPLES * resamples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--essays", type=int, nargs="+", default=[2_000, 100_000])
    parser.add_argument("--prompts", type=int, nargs="+", default=[0, 40])
    parser.add_argument("--resamples", type=int, default=2_000)
    options = parser.parse_args()
    settings = EvaluationSettings(resamples=options.resamples)
    table = Table(
        title=f"{options.resamples} resamples, seconds of processor time", title_justify="left"
    )
    for heading in (
        "essays",
        "drawn by",
        "full evaluation",
        "judgement",
        "kappa, plain loop",
        "loop / evaluation",
    ):
        table.add_column(heading, justify="right")
    for essays in options.essays:
        for prompts in options.prompts:
            grading = simulate_grading(essays, n_prompts=prompts)
            ours = time_evaluation(grading, settings)
            plain = time_plain_loop(grading, options.resamples)
            table.add_row(
                f"{essays:,}",
                f"{prompts} prompts" if prompts else "essay",
                f"{ours:.2f}",
                f"{time_judgement(grading, settings):.1f}",
                f"{plain:.1f}",
                f"{plain / ours:.1f}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()
