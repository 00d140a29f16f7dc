"""Distributions of scores and residuals: against figures worked by hand."""

import math

import numpy as np
import pytest

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.reports.essay_figures import (
    LENGTH_BANDS,
    MAX_POINTS,
    EssayFigures,
    EssayPoint,
)
from huleedu_ml_training.testing.simulated_judgement import simulate_judgement

SCALE = GradeScale("three", ("low", "middle", "high"))


def figures(human, expected, words, prompts=None) -> EssayFigures:
    """Sum up essays whose probability is shared by two neighbouring grades."""
    expected = np.asarray(expected, dtype=float)
    lower = np.minimum(expected.astype(int), 1)
    probabilities = np.zeros((len(expected), 3))
    rows = np.arange(len(expected))
    probabilities[rows, lower] = 1 - (expected - lower)
    probabilities[rows, lower + 1] = expected - lower
    predictions = GradePredictions(SCALE, expected, probabilities, np.rint(expected).astype(int))
    dataset = EssayDataset.create(
        scale=SCALE,
        essay_ids=[str(row) for row in rows],
        texts=["word " * count for count in words],
        grades=human,
        prompts=prompts,
    )
    return EssayFigures.of(predictions, dataset)


def test_scores_are_counted_by_human_grade_and_quarter_level() -> None:
    found = figures([0, 1, 1, 2], [0.25, 1.0, 1.5, 1.75], [10, 20, 30, 40])
    assert [
        [0, 1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 1, 0],
    ] == [list(row) for row in found.score_counts]


def test_points_are_essays_without_their_names() -> None:
    found = figures([0, 2], [0.25, 1.75], [10, 40])
    assert (
        EssayPoint(10, pytest.approx(0.25), "low", "low"),
        EssayPoint(40, pytest.approx(-0.25), "high", "high"),
    ) == found.points


def test_prompts_come_with_mean_interval_and_spread() -> None:
    found = figures([0, 1, 1, 2], [0.25, 1.0, 1.75, 1.75], [10] * 4, ["a", "a", "a", "b"])
    first, second = found.by_prompt
    residuals = np.array([0.25, 0.0, 0.75])
    half = 1.959964 * residuals.std(ddof=1) / math.sqrt(3)
    assert ("a", 3, pytest.approx(1 / 3)) == (first.key, first.n, first.mean)
    assert (pytest.approx(1 / 3 - half), pytest.approx(1 / 3 + half)) == (first.low, first.high)
    assert (pytest.approx(0.05), pytest.approx(0.65)) == (first.lowest, first.highest)
    assert ("b", 1, -0.25) == (second.key, second.n, second.mean)
    assert math.isnan(second.low)
    assert math.isnan(second.high)


def test_essays_without_prompts_make_no_group() -> None:
    assert () == figures([0, 1], [0, 1], [10, 20]).by_prompt


def test_bands_hold_equally_many_essays_and_all_of_them() -> None:
    found = figures([1] * 80, [1.0] * 80, range(1, 81)).by_length
    assert [10] * LENGTH_BANDS == [band.n for band in found]
    assert ("1–10", "71–80") == (found[0].key, found[-1].key)


def test_essays_of_one_length_share_a_band() -> None:
    (band,) = figures([1] * 20, [1.0] * 20, [50] * 20).by_length
    assert ("50–50", 20, 50.0) == (band.key, band.n, band.centre)


def test_a_large_set_is_sampled_and_counted_whole() -> None:
    judged = simulate_judgement(MAX_POINTS + 200, n_prompts=5)
    found = EssayFigures.of(judged.predictions, judged.dataset)
    assert MAX_POINTS == len(found.points)
    assert len(judged.dataset) == found.n
    assert found.n == sum(map(sum, found.score_counts))
    assert found.n == sum(band.n for band in found.by_length)
    assert found.n == sum(group.n for group in found.by_prompt)
    assert found == EssayFigures.of(judged.predictions, judged.dataset)
