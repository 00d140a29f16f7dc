"""A whole judgement of simulated essays, for tests of what is said about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.judgement import judge_predictions
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.perturbation_report import (
    PerturbationTable,
    PerturbedGrades,
    tabulate_perturbations,
)
from huleedu_ml_training.testing.simulated_grader import simulate_grading


class SimulatedJudgement(NamedTuple):
    """Essays, what a grader said of them, and all figures of that.

    Attributes:
        predictions: Predictions of n essays, with ranges.
        dataset: The n essays: two raters for half of them, prompts, two corpora, two languages,
            two school years and a column of metadata.
        report: All figures, changed texts included.
    """

    predictions: GradePredictions
    dataset: EssayDataset
    report: JudgementReport


def simulate_judgement(
    n: int, *, seed: int = 0, n_prompts: int = 12, prompt_name: str = "Prompt", resamples: int = 100
) -> SimulatedJudgement:
    """Return a judgement of essays whose proficiency is normal.

    Args:
        n: Number of essays.
        seed: Seed of all random choices.
        n_prompts: Number of prompts; 0 for essays without prompts.
        prompt_name: What stands before a prompt's number.
        resamples: Resamples of the intervals.
    """
    grading = simulate_grading(n, seed=seed, n_prompts=n_prompts)
    rng = np.random.default_rng([seed, n])
    predictions, top = grading.predictions, len(grading.predictions.scale) - 1
    reach = 1 + (predictions.expected_loss > np.median(predictions.expected_loss))
    predictions = replace(
        predictions,
        lowest=np.clip(predictions.grades - reach, 0, top).astype(np.int64),
        highest=np.clip(predictions.grades + reach, 0, top).astype(np.int64),
    )
    words = np.clip(100 + 40 * grading.y + rng.normal(0, 40, n), 5, None).astype(int)
    second = np.clip(grading.y + rng.integers(-1, 2, n), 0, top).astype(float)
    ratings = np.column_stack(
        [grading.y.astype(float), np.where(rng.random(n) < 0.5, second, np.nan)]
    )
    start = datetime(2023, 9, 1, tzinfo=UTC)
    dataset = EssayDataset.create(
        scale=predictions.scale,
        essay_ids=[f"essay-{row:05d}" for row in range(n)],
        texts=["word " * count for count in words],
        grades=grading.y,
        prompts=[
            None if prompt is None else f"{prompt_name} {prompt.removeprefix('Prompt ')}"
            for prompt in grading.prompts
        ],
        created_at=[start + timedelta(days=int(day)) for day in rng.integers(0, 700, n)],
        ratings=ratings,
        sources=[f"corpus {letter}" for letter in rng.choice(list("ab"), n)],
        languages=[str(code) for code in rng.choice(["en", "sv"], n, p=[0.8, 0.2])],
        metadata={"class": tuple(str(name) for name in rng.choice(["7a", "7b", "8a"], n))},
    )
    settings = EvaluationSettings(resamples=resamples)
    report = judge_predictions(
        predictions,
        dataset,
        settings,
        surface={"words": words.astype(float), "spelling_error_rate": rng.random(n)},
        flagged=reach > 1,
    )
    table = _perturb(predictions, dataset, settings, rng)
    return SimulatedJudgement(predictions, dataset, replace(report, perturbations=table))


def _perturb(
    predictions: GradePredictions,
    dataset: EssayDataset,
    settings: EvaluationSettings,
    rng: np.random.Generator,
) -> PerturbationTable:
    """Let grades move at random, up after one change and down after another."""
    top, n = len(dataset.scale) - 1, len(dataset)
    plain = replace(predictions, lowest=None, highest=None)
    changes = (("doubled", "the essay twice", 1), ("lower_case", "no capital letters", -1))
    return tabulate_perturbations(
        plain,
        [
            PerturbedGrades(
                name=name,
                description=description,
                changed=np.ones(n, dtype=np.bool_),
                predictions=replace(
                    plain, grades=np.clip(plain.grades + step * rng.integers(0, 2, n), 0, top)
                ),
            )
            for name, description, step in changes
        ],
        dataset.prompts,
        settings,
        population=n,
    )
