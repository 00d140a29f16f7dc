"""Proper scores and calibration: hand-worked values, scikit-learn's, and what must always hold."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from huleedu_ml_training.metrics.calibration import (
    CALIBRATION_BINS,
    brier_score,
    brier_scores,
    equal_count_bins,
    equal_width_bins,
    expected_calibration_error,
    log_loss,
    log_losses,
    ranked_probability_score,
    ranked_probability_scores,
)
from huleedu_ml_training.metrics.reliability import reliability_bins, wilson_interval

K = 5

weights = st.lists(st.floats(0.01, 1), min_size=K, max_size=K)
distributions = weights.map(lambda values: np.array(values) / sum(values))


class TestProperScores:
    def test_worked_by_hand(self) -> None:
        probabilities, y = np.array([[0.7, 0.2, 0.1]]), np.array([1])
        assert pytest.approx(0.49 + 0.64 + 0.01) == brier_score(probabilities, y)
        # P(grade <= 0) is 0.7 and did not happen, P(grade <= 1) is 0.9 and did.
        assert pytest.approx((0.49 + 0.01) / 2) == ranked_probability_score(probabilities, y)
        assert pytest.approx(-math.log(0.2)) == log_loss(probabilities, y)

    @pytest.mark.parametrize("distance", range(K))
    def test_a_sure_forecast_is_charged_by_its_distance(self, distance: int) -> None:
        probabilities = np.eye(K)[[0]]
        score = ranked_probability_score(probabilities, np.array([distance]))
        assert pytest.approx(distance / (K - 1)) == score

    def test_a_probability_of_zero_costs_much_but_not_infinitely(self) -> None:
        loss = log_loss(np.array([[1.0, 0.0]]), np.array([1]))
        assert pytest.approx(-math.log(np.finfo(float).eps)) == loss

    @given(st.lists(st.tuples(distributions, st.integers(0, K - 1)), min_size=1, max_size=20))
    def test_equal_scikit_learn(self, rows: list[tuple[np.ndarray, int]]) -> None:
        probabilities = np.array([row[0] for row in rows])
        y = np.array([row[1] for row in rows])
        labels = range(K)
        reference = sklearn_log_loss(y, probabilities, labels=labels)
        assert reference == pytest.approx(log_loss(probabilities, y))
        reference = brier_score_loss(y, probabilities, labels=labels, scale_by_half=False)
        assert reference == pytest.approx(brier_score(probabilities, y))

    @given(distributions, distributions)
    @pytest.mark.parametrize("score", [brier_scores, ranked_probability_scores, log_losses])
    def test_the_truth_scores_best(self, score, truth: np.ndarray, other: np.ndarray) -> None:
        def expected_score(forecast: np.ndarray) -> float:
            return float(truth @ score(np.tile(forecast, (K, 1)), np.arange(K)))

        assert expected_score(truth) <= expected_score(other) + 1e-12


class TestCalibrationError:
    def test_worked_by_hand(self) -> None:
        probabilities = np.array([[0.8, 0.2], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]])
        y = np.array([0, 1, 0, 1])
        # Bin (0.7, 0.8]: two of 0.8, one right; (0.5, 0.6]: 0.6, right; (0.6, 0.7]: 0.7, right.
        expected = (abs(1.6 - 1) + abs(0.6 - 1) + abs(0.7 - 1)) / 4
        assert pytest.approx(expected) == expected_calibration_error(probabilities, y)

    def test_errors_in_opposite_directions_cancel_only_within_a_bin(self) -> None:
        probabilities = np.array([[0.75, 0.25]] * 4)
        assert expected_calibration_error(probabilities, np.array([0, 0, 0, 1])) == 0.0

    @given(st.lists(st.tuples(distributions, st.integers(0, K - 1)), min_size=1, max_size=30))
    def test_lies_between_zero_and_one(self, rows: list[tuple[np.ndarray, int]]) -> None:
        probabilities = np.array([row[0] for row in rows])
        y = np.array([row[1] for row in rows])
        assert 0 <= expected_calibration_error(probabilities, y) <= 1

    @pytest.mark.parametrize(
        ("confidence", "expected"),
        [(0.0, 0), (0.1, 0), (0.1001, 1), (0.1 + 0.2, 2), (0.95, 9), (1.0, 9), (1.0000001, 9)],
    )
    def test_bins_end_with_their_upper_edge(self, confidence: float, expected: int) -> None:
        assert [expected] == equal_width_bins(np.array([confidence])).tolist()

    def test_count_bins_hold_equally_many(self) -> None:
        bins = equal_count_bins(np.random.default_rng(0).uniform(size=1000))
        assert [100] * CALIBRATION_BINS == np.bincount(bins).tolist()

    @given(st.lists(st.sampled_from([0.2, 0.5, 0.9]), min_size=1, max_size=50))
    def test_equal_confidences_share_a_count_bin(self, values: list[float]) -> None:
        confidence = np.array(values)
        bins = equal_count_bins(confidence)
        assert 0 <= bins.min() <= bins.max() < CALIBRATION_BINS
        for value in set(values):
            assert len(set(bins[confidence == value])) == 1


class TestReliability:
    def test_points_of_the_diagram(self) -> None:
        probabilities = np.array([[0.8, 0.2], [0.75, 0.25], [0.3, 0.7]])
        points = reliability_bins(probabilities, np.array([0, 1, 1]))
        assert CALIBRATION_BINS == len(points)
        assert [0, 0, 0, 0, 0, 0, 1, 2, 0, 0] == [point.n for point in points]
        two = points[7]
        assert (0.7, 0.8) == (two.lower, two.upper)
        assert pytest.approx(0.775) == two.confidence
        assert pytest.approx(0.5) == two.hit_rate
        assert math.isnan(points[0].hit_rate)

    def test_wilson_interval_has_its_published_value(self) -> None:
        # Newcombe 1998, table I: 81 of 263 and 0 of 20.
        assert pytest.approx((0.2553, 0.3662), abs=5e-5) == wilson_interval(81, 263, 0.95)
        assert pytest.approx((0.0, 0.1611), abs=5e-5) == wilson_interval(0, 20, 0.95)

    def test_wilson_interval_of_nothing_is_undefined(self) -> None:
        assert all(map(math.isnan, wilson_interval(0, 0, 0.95)))
