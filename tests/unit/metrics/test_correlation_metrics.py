"""Correlations under weights, against scipy on essays written out as often as they weigh."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from huleedu_ml_training.metrics.correlation import RankCorrelation, pearson_from_sums

K = 5

essays = st.lists(
    st.tuples(
        st.integers(0, 12).map(lambda third: third / 3),
        st.integers(0, K - 1),
        st.integers(0, 3),
    ),
    min_size=2,
    max_size=25,
)


def _spearman(score: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    ranks = RankCorrelation(score, y, K)
    counts = np.bincount(y, weights=weights, minlength=K)
    return float(ranks.spearman(weights[None, ranks.order], counts[None, :])[0])


def _pearson(score: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    def total(values: np.ndarray) -> np.ndarray:
        return np.array([(weights * values).sum()])

    value = pearson_from_sums(
        n=total(np.ones(len(y))),
        x=total(score),
        xx=total(score**2),
        y=total(y),
        yy=total(y**2),
        xy=total(score * y),
    )
    return float(value[0])


@given(essays)
def test_weights_are_repetitions(rows: list[tuple[float, int, int]]) -> None:
    score, y, weights = (np.array(column) for column in zip(*rows, strict=True))
    long_score, long_y = np.repeat(score, weights), np.repeat(y, weights)
    assume(len(set(long_score)) > 1)
    assume(len(set(long_y)) > 1)
    expected = (spearmanr(long_score, long_y).statistic, pearsonr(long_score, long_y).statistic)
    found = (
        _spearman(score, y, weights.astype(float)),
        _pearson(score, y, weights.astype(float)),
    )
    assert expected == pytest.approx(found)


def test_spearman_worked_by_hand() -> None:
    # Ranks 1, 2, 3, 4 against 2, 1, 3, 4: rho = 1 - 6 * 2 / (4 * 15).
    score, y = np.array([0.1, 0.4, 2.0, 3.5]), np.array([1, 0, 2, 3])
    assert pytest.approx(0.8) == _spearman(score, y, np.ones(4))


def test_scores_that_differ_by_rounding_share_a_rank() -> None:
    score = np.array([0.3, 0.1 + 0.2, 1.0])
    y = np.array([0, 1, 2])
    assert pytest.approx(spearmanr([1, 1, 2], y).statistic) == _spearman(score, y, np.ones(3))


@pytest.mark.parametrize(
    ("score", "y"),
    [([1.0, 1.0, 1.0], [0, 1, 2]), ([0.5, 1.5, 2.5], [2, 2, 2]), ([1.0], [1])],
    ids=["one score", "one grade", "one essay"],
)
def test_undefined_without_variance(score: list[float], y: list[int]) -> None:
    ones = np.ones(len(y))
    assert math.isnan(_spearman(np.array(score), np.array(y), ones))
    assert math.isnan(_pearson(np.array(score), np.array(y), ones))
