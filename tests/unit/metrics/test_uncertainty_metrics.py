"""Resampling: what is drawn, that shortcuts equal the long way, that intervals cover."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.statistics import PredictionStatistics
from huleedu_ml_training.metrics.uncertainty import (
    Clusters,
    bootstrap,
    cluster_notes,
    percentile_interval,
    point_values,
    resample_weights,
)
from huleedu_ml_training.testing.simulated_grader import simulate_grading

ESSAYS = Clusters.of_prompts(None, 100)


class TestClusters:
    def test_essays_of_five_prompts_are_drawn_by_prompt(self) -> None:
        clusters = Clusters.of_prompts(["a", "b", "c", "a", "d", "e", "b"], 7)
        assert ("prompt", 5) == (clusters.by, clusters.count)
        assert [0, 1, 2, 0, 3, 4, 1] == clusters.of_essay.tolist()

    @pytest.mark.parametrize("prompts", [None, [None] * 6, ["a", "b", "c", "d", "a", "b"]])
    def test_essays_of_fewer_prompts_are_drawn_one_by_one(self, prompts) -> None:
        clusters = Clusters.of_prompts(prompts, 6)
        assert ("essay", 6) == (clusters.by, clusters.count)
        assert list(range(6)) == clusters.of_essay.tolist()

    def test_an_essay_without_prompt_is_a_cluster_of_its_own(self) -> None:
        clusters = Clusters.of_prompts(["a", None, "b", "c", None, "d", "e", "a"], 8)
        assert ("prompt", 7) == (clusters.by, clusters.count)
        assert clusters.of_essay[1] != clusters.of_essay[4]
        assert clusters.of_essay[0] == clusters.of_essay[7]

    def test_few_prompts_are_told(self) -> None:
        prompts = [f"p{i % 6}" for i in range(60)]
        (note,) = cluster_notes(Clusters.of_prompts(prompts, 60), 6)
        assert "6 prompts" in note
        (note,) = cluster_notes(Clusters.of_prompts(["a", "b"], 2), 2)
        assert "do not cover new prompts" in note
        assert () == cluster_notes(Clusters.of_prompts(None, 60), 0)


class TestDraws:
    def test_every_resample_has_as_many_clusters(self) -> None:
        weights = np.concatenate(list(resample_weights(ESSAYS, 500, seed=1)))
        assert (500, 100) == weights.shape
        assert [100.0] == np.unique(weights.sum(axis=1)).tolist()
        # Each cluster occurs once on average; the mean over all is exact by construction.
        assert np.abs(weights.mean(axis=0) - 1).max() < 5 / math.sqrt(500)

    def test_blocks_are_bounded_and_complete(self) -> None:
        clusters = Clusters.of_prompts(None, 50_000)
        shapes = [block.shape for block in resample_weights(clusters, 200, seed=1)]
        assert len(shapes) > 1
        assert 200 == sum(rows for rows, _ in shapes)
        assert max(rows * columns for rows, columns in shapes) <= 1_000_000

    def test_equal_seeds_draw_equally(self) -> None:
        first, again, other = (
            np.concatenate(list(resample_weights(ESSAYS, 50, seed=seed))) for seed in (7, 7, 8)
        )
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_weighting_equals_writing_the_resample_out(seed: int, by_prompt: bool) -> None:
    grading = simulate_grading(60, seed=seed, n_prompts=7 if by_prompt else 0)
    clusters = Clusters.of_prompts(grading.prompts, 60)
    statistics = PredictionStatistics(grading.predictions, grading.y, clusters)
    (weights,) = resample_weights(clusters, 3, seed)
    found = statistics(weights)
    for number, row in enumerate(weights):
        essays = np.repeat(np.arange(60), row[clusters.of_essay].astype(int))
        drawn = GradePredictions(
            grading.predictions.scale,
            grading.predictions.latent[essays],
            grading.predictions.probabilities[essays],
            grading.predictions.grades[essays],
        )
        alone = Clusters.of_prompts(None, len(essays))
        expected = point_values(PredictionStatistics(drawn, grading.y[essays], alone), alone)
        # The bins of equally many essays are those of the original sample, on purpose.
        for name in expected.keys() - {"adaptive_ece"}:
            assert expected[name] == pytest.approx(found[name][number], nan_ok=True), name


def test_order_of_essays_does_not_matter() -> None:
    grading = simulate_grading(80, seed=3, n_prompts=0)
    shuffled = np.random.default_rng(0).permutation(80)
    backwards = GradePredictions(
        grading.predictions.scale,
        grading.predictions.latent[shuffled],
        grading.predictions.probabilities[shuffled],
        grading.predictions.grades[shuffled],
    )
    alone = Clusters.of_prompts(None, 80)
    expected = point_values(PredictionStatistics(grading.predictions, grading.y, alone), alone)
    found = point_values(PredictionStatistics(backwards, grading.y[shuffled], alone), alone)
    assert expected == pytest.approx(found)


class TestIntervals:
    def _interval(self, value: float, resampled: list[float], **options):
        array = np.array(resampled)
        return percentile_interval(value, array, confidence=0.9, clusters=ESSAYS, **options)

    def test_bounds_are_percentiles(self) -> None:
        interval = self._interval(50.0, list(range(101)))
        assert pytest.approx((5.0, 95.0)) == (interval.low, interval.high)
        assert interval.reason is None

    def test_undefined_resamples_are_left_out_while_they_are_few(self) -> None:
        interval = self._interval(50.0, [*range(91), *[math.nan] * 9])
        assert pytest.approx((4.5, 85.5)) == (interval.low, interval.high)
        interval = self._interval(50.0, [*range(80), *[math.nan] * 20])
        assert math.isnan(interval.low)
        assert "undefined in 20% of the resamples" in str(interval.reason)

    def test_no_spread_is_no_certainty(self) -> None:
        interval = self._interval(1.0, [1.0] * 100)
        assert math.isnan(interval.low)
        assert "same value" in str(interval.reason)

    def test_one_cluster_has_no_interval(self) -> None:
        one = Clusters.of_prompts(None, 1)
        interval = percentile_interval(0.0, np.zeros(10), confidence=0.9, clusters=one)
        assert "only one essay" in str(interval.reason)

    def test_a_biased_metric_keeps_its_value_inside(self) -> None:
        resampled = (np.linspace(0.06, 0.12, 101)).tolist()
        plain = self._interval(0.05, resampled)
        moved = self._interval(0.05, resampled, is_biased=True)
        assert plain.low > 0.05
        assert moved.low <= 0.05 <= moved.high
        assert pytest.approx(plain.high - plain.low) == moved.high - moved.low

    def test_a_biased_metric_never_goes_below_zero(self) -> None:
        assert 0.0 == self._interval(0.01, np.linspace(0, 0.2, 50).tolist(), is_biased=True).low

    def test_intervals_cover_the_truth_about_as_often_as_they_say(self) -> None:
        population = simulate_grading(200_000, seed=11, n_prompts=0)
        everyone = Clusters.of_prompts(None, 200_000)
        truth = point_values(
            PredictionStatistics(population.predictions, population.y, everyone), everyone
        )
        rng = np.random.default_rng(5)
        alone = Clusters.of_prompts(None, 150)
        covered = dict.fromkeys(("qwk", "mae", "rps", "pearson"), 0)
        for trial in range(120):
            rows = rng.choice(200_000, size=150, replace=False)
            sample = GradePredictions(
                population.predictions.scale,
                population.predictions.latent[rows],
                population.predictions.probabilities[rows],
                population.predictions.grades[rows],
            )
            statistics = PredictionStatistics(sample, population.y[rows], alone)
            point = point_values(statistics, alone)
            (resampled,) = bootstrap([statistics], alone, resamples=300, seed=trial)
            for name in covered:
                interval = percentile_interval(
                    point[name], resampled[name], confidence=0.95, clusters=alone
                )
                covered[name] += interval.low <= truth[name] <= interval.high
        # 0.95 of 120 is 114; 104 is four standard errors below.
        assert min(covered.values()) >= 104, covered

    def test_prompts_that_differ_widen_the_intervals(self) -> None:
        grading = simulate_grading(1200, seed=2, n_prompts=12, prompt_effect=0.8)
        widths = []
        for prompts in (grading.prompts, None):
            clusters = Clusters.of_prompts(prompts, 1200)
            statistics = PredictionStatistics(grading.predictions, grading.y, clusters)
            (resampled,) = bootstrap([statistics], clusters, resamples=500, seed=0)
            low, high = np.quantile(resampled["bias"], (0.025, 0.975))
            widths.append(high - low)
        assert widths[0] > 2 * widths[1]


def test_two_thousand_resamples_of_two_thousand_essays_take_less_than_two_seconds() -> None:
    grading = simulate_grading(2000, n_prompts=0)
    clusters = Clusters.of_prompts(None, 2000)
    started = time.process_time()
    statistics = PredictionStatistics(grading.predictions, grading.y, clusters)
    bootstrap([statistics], clusters, resamples=2000, seed=42)
    assert time.process_time() - started < 2
