"""Ranges of grades beside human grades, and thresholds taken at their word, worked by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.coverage import SetReport, evaluate_sets
from huleedu_ml_training.metrics.reliability import wilson_interval
from huleedu_ml_training.metrics.threshold_reliability import (
    ThresholdReliability,
    reaching_probabilities,
    threshold_reliability,
)
from huleedu_ml_training.metrics.uncertainty import Clusters
from huleedu_ml_training.testing.simulated_grader import simulate_grading

QUICK = EvaluationSettings(resamples=300)
SCALE = GradeScale("abc", ("c", "b", "a"))


def graded(probabilities, lowest=None, highest=None) -> GradePredictions:
    matrix = np.asarray(probabilities, dtype=np.float64)
    bounds = [None if b is None else np.asarray(b, dtype=np.int64) for b in (lowest, highest)]
    grades = matrix.argmax(axis=1).astype(np.int64)
    return GradePredictions(SCALE, np.zeros(len(matrix)), matrix, grades, *bounds)


class TestSets:
    PREDICTIONS = graded([[0.6, 0.3, 0.1]] * 5, [0, 0, 0, 1, 0], [0, 1, 2, 1, 1])
    Y = np.array([0, 2, 2, 1, 0])

    def test_five_essays_by_hand(self) -> None:
        # Inside: yes, no, yes, yes, yes. Sizes: 1, 2, 3, 1, 2.
        report = evaluate_sets(self.PREDICTIONS, self.Y, Clusters.of_prompts(None, 5), QUICK)
        assert report is not None
        figures = {name: value.value for name, value in report.values.items()}
        assert {
            "set_coverage": pytest.approx(0.8),
            "set_size": pytest.approx(1.8),
            "single_grade_share": pytest.approx(0.4),
        } == figures
        assert (2, 2, 1) == report.sizes
        assert [("c", 2, 1.0), ("b", 1, 1.0), ("a", 2, 0.5)] == [
            (each.label, each.n, each.share) for each in report.by_grade
        ]
        assert wilson_interval(1, 2, 0.95) == (report.by_grade[2].low, report.by_grade[2].high)
        document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
        assert document == SetReport.from_dict(document).to_dict()

    def test_a_grade_that_nobody_got_has_no_coverage(self) -> None:
        y = np.array([0, 1, 1, 1, 0])
        report = evaluate_sets(self.PREDICTIONS, y, Clusters.of_prompts(None, 5), QUICK)
        assert report is not None
        assert 0 == report.by_grade[2].n
        assert report.to_dict()["by_grade"][2]["share"] is None

    def test_a_grader_without_sets_has_no_report(self) -> None:
        clusters = Clusters.of_prompts(None, 5)
        assert evaluate_sets(graded([[0.6, 0.3, 0.1]] * 5), self.Y, clusters, QUICK) is None

    def test_intervals_draw_prompts_where_there_are_enough(self) -> None:
        grading = simulate_grading(400, n_prompts=12)
        grades = grading.predictions.grades
        wide = replace(
            grading.predictions,
            lowest=np.maximum(grades - 1, 0),
            highest=np.minimum(grades + 1, 7),
        )
        clusters = Clusters.of_prompts(grading.prompts, 400)
        report = evaluate_sets(wide, grading.y, clusters, QUICK)
        assert report is not None
        coverage = report.values["set_coverage"]
        assert coverage.value == np.mean(np.abs(grades - grading.y) <= 1)
        assert coverage.low < coverage.value < coverage.high


class TestThresholds:
    def test_probabilities_of_reaching_a_grade(self) -> None:
        reached = reaching_probabilities(graded([[0.6, 0.3, 0.1], [0.0, 0.0, 1.0]]))
        assert np.allclose([[0.4, 0.1], [1.0, 1.0]], reached)

    def test_four_essays_by_hand(self) -> None:
        # P(at least b) is .4 for all; one of four reaches it: |.4 - .25|.
        # P(at least a) is .1; the same essay reaches a too: |.1 - .25|.
        predictions = graded([[0.6, 0.3, 0.1]] * 4)
        at_b, at_a = threshold_reliability(
            predictions, np.array([0, 0, 0, 2]), Clusters.of_prompts(None, 4), QUICK
        )
        assert ("b", 0.25, "a", 0.25) == (at_b.label, at_b.share, at_a.label, at_a.share)
        assert pytest.approx(0.15) == at_b.error.value
        assert pytest.approx(0.15) == at_a.error.value
        (full,) = [each for each in at_b.bins if each.n]
        assert (0.3, 0.4, 4) == (full.lower, full.upper, full.n)
        assert (pytest.approx(0.4), 0.25) == (full.confidence, full.hit_rate)

    def test_bins_of_equally_many_essays_see_what_wide_ones_average_out(self) -> None:
        # .41 and .49 share a bin of equal width: |.9 - 1| / 2. Apart they miss by .59 and .49.
        predictions = graded([[0.59, 0.0, 0.41], [0.51, 0.0, 0.49]])
        for each in threshold_reliability(
            predictions, np.array([2, 0]), Clusters.of_prompts(None, 2), QUICK
        ):
            assert pytest.approx(0.05) == each.error.value
            assert pytest.approx(0.54) == each.adaptive_error.value

    def test_an_honest_grader_is_well_calibrated_at_every_threshold(self) -> None:
        rng = np.random.default_rng(5)
        matrix = rng.dirichlet([2.0, 3.0, 2.0], size=4000)
        y = (rng.random(4000)[:, None] > matrix.cumsum(axis=1)).sum(axis=1)
        clusters = Clusters.of_prompts(None, 4000)
        honest = threshold_reliability(graded(matrix), y, clusters, QUICK)
        sharp = matrix**3 / (matrix**3).sum(axis=1, keepdims=True)
        boastful = threshold_reliability(graded(sharp), y, clusters, QUICK)
        for good, bad in zip(honest, boastful, strict=True):
            assert max(good.error.value, good.adaptive_error.value) < 0.03
            assert bad.error.low > good.error.high
            assert bad.adaptive_error.low > good.adaptive_error.high

    def test_bins_hold_every_essay_once(self) -> None:
        grading = simulate_grading(300)
        clusters = Clusters.of_prompts(grading.prompts, 300)
        for each in threshold_reliability(grading.predictions, grading.y, clusters, QUICK):
            assert 300 == sum(point.n for point in each.bins)
            gaps = [abs(p.confidence - p.hit_rate) * p.n for p in each.bins if p.n]
            assert pytest.approx(sum(gaps) / 300) == each.error.value
            document = json.loads(json.dumps(each.to_dict(), allow_nan=False))
            assert document == ThresholdReliability.from_dict(document).to_dict()
