"""Time and memory of a full evaluation with intervals, beside plain loops over library functions.

    python benchmarks/evaluation.py

An *evaluation* is all metrics with intervals, flags, calibration and a table of prompts. A
*judgement* is what ``train-essay-grader evaluate`` does once essays are graded: evaluation, raters,
groups, fairness regressions, thresholds, ranges, review workload and shortcuts, without changed
texts. Beside them stand two loops as one would write them: draw the essays of a resample, then call

- *kappa*: scikit-learn's ``cohen_kappa_score``, and nothing else;
- *eight figures*: besides, scikit-learn's accuracy, absolute and squared error, log loss and
  multi-class Brier score, and scipy's Pearson and Spearman correlation: about half of what an
  evaluation holds, without calibration, shares of grades and prompts.

The loops are timed on a few resamples and multiplied up. Every cell is measured in a process of its
own, one thread, the loops of a row right after ours. Seconds are of processor time; memory is how
far the process's peak rises above what data and libraries take.
"""

import argparse
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
)

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.metrics.judgement import judge_predictions, surface_of
from huleedu_ml_training.testing.graded_essays import simulate_ratings
from huleedu_ml_training.testing.simulated_grader import SimulatedGrading, simulate_grading

PLAIN_RESAMPLES = 20

Work = Callable[[SimulatedGrading, int], Callable[[], float]]
"""From gradings and a number of resamples to work that returns by how much to multiply its time."""


def evaluation(grading: SimulatedGrading, resamples: int) -> Callable[[], float]:
    settings = EvaluationSettings(resamples=resamples)

    def work() -> float:
        evaluate_predictions(
            grading.predictions, grading.y, prompts=grading.prompts, settings=settings
        )
        return 1.0

    return work


def judgement(grading: SimulatedGrading, resamples: int) -> Callable[[], float]:
    settings = EvaluationSettings(resamples=resamples)
    n, n_grades = len(grading.y), len(grading.predictions.scale)
    predictions = replace(
        grading.predictions,
        lowest=np.maximum(grading.predictions.grades - 1, 0),
        highest=np.minimum(grading.predictions.grades + 1, n_grades - 1),
    )
    dataset = EssayDataset.create(
        scale=predictions.scale,
        essay_ids=[str(row) for row in range(n)],
        texts=["word " * (100 + row % 100) for row in range(n)],
        grades=grading.y,
        prompts=grading.prompts,
        ratings=simulate_ratings(
            grading.y.astype(np.float64), error=0.6, raters=2, n_grades=n_grades, share_rated=0.2
        ),
        metadata={"school": tuple(f"school {row % 12}" for row in range(n))},
    )
    surface = surface_of(dataset, np.empty((n, 0), dtype=np.float32), ())

    def work() -> float:
        judge_predictions(predictions, dataset, settings, surface=surface)
        return 1.0

    return work


def kappa_loop(grading: SimulatedGrading, resamples: int) -> Callable[[], float]:
    labels = np.arange(len(grading.predictions.scale))

    def figures(rows: np.ndarray) -> None:
        y, grades = grading.y[rows], grading.predictions.grades[rows]
        cohen_kappa_score(y, grades, labels=labels, weights="quadratic")

    return _loop(figures, len(grading.y), resamples)


def eight_figure_loop(grading: SimulatedGrading, resamples: int) -> Callable[[], float]:
    predictions = grading.predictions
    labels = np.arange(len(predictions.scale))
    expected, indicators = predictions.expected, np.eye(len(labels))

    def figures(rows: np.ndarray) -> None:
        y, grades, scores = grading.y[rows], predictions.grades[rows], expected[rows]
        probabilities = predictions.probabilities[rows]
        cohen_kappa_score(y, grades, labels=labels, weights="quadratic")
        accuracy_score(y, grades)
        mean_absolute_error(y, grades)
        mean_squared_error(y, grades)
        log_loss(y, probabilities, labels=labels)
        mean_squared_error(indicators[y], probabilities)
        pearsonr(scores, y)
        spearmanr(scores, y)

    return _loop(figures, len(grading.y), resamples)


def _loop(figures: Callable[[np.ndarray], None], n: int, resamples: int) -> Callable[[], float]:
    rng = np.random.default_rng(0)
    figures(np.arange(n))

    def work() -> float:
        for _ in range(PLAIN_RESAMPLES):
            figures(rng.integers(0, n, size=n))
        return resamples / PLAIN_RESAMPLES

    return work


WORKS: dict[str, Work] = {
    "evaluation": evaluation,
    "judgement": judgement,
    "kappa": kappa_loop,
    "eight figures": eight_figure_loop,
}


def measure(name: str, essays: int, prompts: int, resamples: int) -> tuple[float, float]:
    """Return seconds of processor time, and MiB by which the peak of memory rises."""
    # What is imported or set up at first use is no part of an evaluation.
    WORKS[name](simulate_grading(200, n_prompts=prompts), 100)()
    work = WORKS[name](simulate_grading(essays, n_prompts=prompts), resamples)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    factor = work()
    seconds = (time.process_time() - started) * factor
    rise = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return seconds, rise / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--essays", type=int, nargs="+", default=[2_000, 100_000])
    parser.add_argument("--prompts", type=int, nargs="+", default=[0, 40])
    parser.add_argument("--resamples", type=int, default=2_000)
    options = parser.parse_args()
    table = Table(
        title=f"{options.resamples} resamples, one thread: processor time, and memory on top",
        title_justify="left",
    )
    for heading in (
        "essays",
        "drawn by",
        "evaluation",
        "memory",
        "judgement",
        "memory",
        "loop: kappa",
        "loop: eight figures",
        "eight figures / evaluation",
    ):
        table.add_column(heading, justify="right")
    for essays in options.essays:
        for prompts in options.prompts:
            cells = {}
            for name in WORKS:
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                    cells[name] = alone.submit(
                        measure, name, essays, prompts, options.resamples
                    ).result()
            table.add_row(
                f"{essays:,}",
                f"{prompts} prompts" if prompts else "essay",
                *(
                    text
                    for name in ("evaluation", "judgement")
                    for text in (f"{cells[name][0]:.2f} s", f"{cells[name][1]:.0f} MiB")
                ),
                f"{cells['kappa'][0]:.1f} s",
                f"{cells['eight figures'][0]:.1f} s",
                f"{cells['eight figures'][0] / cells['evaluation'][0]:.0f}",
            )
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
