"""Partial correlations: by hand, against regression residuals, and where they are undefined."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.judgement import surface_of
from huleedu_ml_training.metrics.shortcuts import Shortcut, evaluate_shortcuts
from huleedu_ml_training.metrics.uncertainty import Clusters
from huleedu_ml_training.testing.graded_essays import predictions_expecting

QUICK = EvaluationSettings(resamples=200)
SCALE = GradeScale.named("swedish_8")


def shortcut(expected, y, surface) -> Shortcut:
    predictions = predictions_expecting(expected, SCALE)
    clusters = Clusters.of_prompts(None, len(y))
    values = {"words": np.asarray(surface, dtype=np.float64)}
    (found,) = evaluate_shortcuts(predictions, np.asarray(y), values, clusters, QUICK)
    return found


def left_over(values, y):
    """Residuals of a linear regression on the human grade."""
    design = np.column_stack([np.ones(len(y)), y])
    return values - design @ np.linalg.lstsq(design, values, rcond=None)[0]


def test_six_essays_by_hand() -> None:
    # The human grade has nothing to do with either: the partial correlation is the plain one.
    y = [1, 2, 1, 2, 1, 2]
    score = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
    words = [100.0, 100.0, 300.0, 300.0, 200.0, 200.0]
    # Deviations -1, 0, 1 and -100, 100, 0, twice each: r = (100 + 0 + 0) * 2 / sqrt(4 * 40000).
    found = shortcut(score, y, words)
    assert 6 == found.n
    assert pytest.approx(0.0, abs=1e-12) == found.values["human_correlation"].value
    assert pytest.approx(0.5) == found.values["machine_correlation"].value
    assert pytest.approx(0.5) == found.values["partial_correlation"].value


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_it_is_the_correlation_of_what_regression_leaves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 8, size=40)
    words = 40 * y + rng.normal(scale=60, size=40)
    score = np.clip(0.6 * y + 0.01 * words + rng.normal(scale=0.4, size=40), 0, 7)
    found = shortcut(score, y, words).values
    r = np.corrcoef(left_over(score, y), left_over(words, y))[0, 1]
    assert pytest.approx(r, abs=1e-9) == found["partial_correlation"].value
    assert pytest.approx(np.corrcoef(score, words)[0, 1]) == found["machine_correlation"].value
    assert pytest.approx(np.corrcoef(y, words)[0, 1]) == found["human_correlation"].value


def test_a_grader_that_counts_words_is_found_out() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 8, size=400)
    words = 300 + 40 * y + rng.normal(scale=80, size=400)
    fair = shortcut(np.clip(y + rng.normal(scale=0.5, size=400), 0, 7), y, words)
    counting = shortcut(np.clip(words / 80 - 3, 0, 7), y, words)
    fair_partial, counted = (each.values["partial_correlation"] for each in (fair, counting))
    assert fair_partial.low < 0 < fair_partial.high
    assert counted.low > 0.8


def test_an_unknown_value_leaves_its_essay_out() -> None:
    y = np.array([0, 1, 2, 3, 4, 5, 1, 3])
    score = np.array([0.5, 1.0, 1.5, 3.5, 4.0, 5.0, 7.0, 0.0])
    words = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 6.0, math.nan, math.nan])
    known = slice(0, 6)
    with_gaps, without = shortcut(score, y, words), shortcut(score[known], y[known], words[known])
    assert 6 == with_gaps.n
    for name, value in with_gaps.values.items():
        assert pytest.approx(without.values[name].value) == value.value


@pytest.mark.parametrize(
    ("expected", "y", "surface", "metric", "reason"),
    [
        ([1, 2, 3], [1, 2, 3], [math.nan] * 3, "human_correlation", "fewer than two essays"),
        ([1, 2, 3], [1, 2, 3], [5, 5, 5], "machine_correlation", "have the same value"),
        ([1, 2, 3], [2, 2, 2], [5, 6, 7], "partial_correlation", "the same human grade"),
        ([2, 2, 2], [1, 2, 3], [5, 6, 9], "partial_correlation", "every essay the same score"),
        ([1, 2, 3], [1, 2, 3], [5, 6, 9], "partial_correlation", "explains everything"),
        ([1], [1], [5], "machine_correlation", "fewer than two essays"),
    ],
)
def test_undefined_cases_have_reasons(expected, y, surface, metric, reason) -> None:
    found = shortcut(expected, y, surface)
    value = found.values[metric]
    assert math.isnan(value.value)
    assert reason in str(value.reason)
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document == Shortcut.from_dict(document).to_dict()


def test_the_surface_of_a_text_is_its_length_and_its_mistakes() -> None:
    dataset = EssayDataset.create(
        scale=SCALE, essay_ids=["a", "b"], texts=["One two.", "Just one-word's"], grades=[1, 2]
    )
    names = ("fkgl", "spelling_error_rate", "grammar_error_rate")
    surface = surface_of(dataset, np.array([[9, 1, 2], [8, 3, math.nan]], np.float32), names)
    assert ["words", "grammar_error_rate", "spelling_error_rate"] == list(surface)
    assert [2.0, 2.0] == surface["words"].tolist()
    assert [1.0, 3.0] == surface["spelling_error_rate"].tolist()
