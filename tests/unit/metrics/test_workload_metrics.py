"""What a second look buys: the order of doubt, and agreement on the rest, worked by hand."""

import json

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.agreement import quadratic_weighted_kappa
from huleedu_ml_training.metrics.uncertainty import Clusters
from huleedu_ml_training.metrics.workload import (
    WORKLOAD_SHARES,
    WorkloadReport,
    review_order,
    review_workload,
)
from huleedu_ml_training.testing.simulated_grader import simulate_grading

QUICK = EvaluationSettings(resamples=200)
SCALE = GradeScale("abc", ("c", "b", "a"))


def predictions(rows, *, sets=None) -> GradePredictions:
    """One row per essay: its three probabilities; the decided grade is the most probable."""
    probabilities = np.asarray(rows, dtype=np.float64)
    lowest, highest = (None, None) if sets is None else np.asarray(sets, dtype=np.int64).T
    return GradePredictions(
        SCALE,
        np.zeros(len(rows)),
        probabilities,
        probabilities.argmax(axis=1).astype(np.int64),
        lowest,
        highest,
    )


# Expected loss of the decided grade: .2 + 2 * .1 = .4; .5; 0; .3 + .3 = .6.
FOUR = [[0.7, 0.2, 0.1], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.3, 0.4, 0.3]]


class TestOrder:
    def test_without_sets_the_largest_expected_loss_is_first(self) -> None:
        assert [3, 1, 0, 2] == review_order(predictions(FOUR)).tolist()

    def test_wider_sets_go_before_larger_losses(self) -> None:
        sets = [(0, 2), (0, 1), (2, 2), (0, 1)]
        assert [0, 3, 1, 2] == review_order(predictions(FOUR, sets=sets)).tolist()

    def test_equal_doubts_keep_the_order_of_the_rows(self) -> None:
        assert [0, 1, 2] == review_order(predictions([[0.6, 0.4, 0.0]] * 3)).tolist()


class TestCurve:
    def test_four_essays_by_hand(self) -> None:
        # Machine grades 0, 0, 2, 1 against 0, 1, 2, 0: the two most doubtful are the wrong ones.
        y = np.array([0, 1, 2, 0])
        report = review_workload(
            predictions(FOUR), y, Clusters.of_prompts(None, 4), QUICK, flagged=y == 1
        )
        at = {round(point.share, 2): point for point in report.curve}
        assert [0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2] == [point.reviewed for point in report.curve]
        assert [0.5, 2 / 3, 1.0] == [at[x].values["accuracy"].value for x in (0.0, 0.25, 0.5)]
        assert [0.5, 1 / 3, 0.0] == [at[x].values["mae"].value for x in (0.0, 0.25, 0.5)]
        # Squared differences 0 + 1 + 0 + 1; expected from the margins (2, 1, 1) on both sides:
        # (2*(1*1 + 1*4) + 1*(2*1 + 1*1) + 1*(2*4 + 1*1)) / 4 = 22 / 4. Kappa = 1 - 2 / 5.5.
        assert pytest.approx(1 - 2 / 5.5) == at[0.0].values["qwk"].value
        assert 1.0 == at[0.5].values["qwk"].value
        assert report.rule is not None
        assert (1, 3, 0.25) == (report.rule.reviewed, report.rule.n, report.rule.share)
        assert pytest.approx(2 / 3) == report.rule.values["accuracy"].value

    def test_nothing_is_left_when_the_rule_sends_everything(self) -> None:
        everything = np.ones(4, dtype=np.bool_)
        report = review_workload(
            predictions(FOUR),
            np.array([0, 1, 2, 0]),
            Clusters.of_prompts(None, 4),
            QUICK,
            flagged=everything,
        )
        assert report.rule is not None
        for value in report.rule.values.values():
            assert not value.is_defined
            assert "every essay goes to a teacher" in str(value.reason)

    @pytest.mark.parametrize("n_prompts", [0, 12])
    def test_each_point_is_the_figure_of_its_rest(self, n_prompts: int) -> None:
        grading = simulate_grading(300, n_prompts=n_prompts)
        clusters = Clusters.of_prompts(grading.prompts, 300)
        report = review_workload(grading.predictions, grading.y, clusters, QUICK)
        order = review_order(grading.predictions)
        assert list(WORKLOAD_SHARES) == [point.share for point in report.curve]
        for point in report.curve:
            rest = np.sort(order[point.reviewed :])
            machine, human = grading.predictions.grades[rest], grading.y[rest]
            kappa = quadratic_weighted_kappa(human, machine, 8)
            assert pytest.approx(kappa) == point.values["qwk"].value
            assert pytest.approx(np.abs(machine - human).mean()) == point.values["mae"].value
            assert point.values["qwk"].low < kappa < point.values["qwk"].high
        assert report.rule is None

    def test_doubt_that_means_something_raises_the_agreement_of_the_rest(self) -> None:
        grading = simulate_grading(2000, n_prompts=0)
        clusters = Clusters.of_prompts(None, 2000)
        curve = review_workload(grading.predictions, grading.y, clusters, QUICK).curve
        assert curve[-1].values["accuracy"].value > curve[0].values["accuracy"].value


def test_it_is_json_that_can_be_read_back() -> None:
    report = review_workload(
        predictions(FOUR),
        np.array([0, 1, 2, 0]),
        Clusters.of_prompts(None, 4),
        QUICK,
        flagged=np.array([True, True, True, True]),
    )
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert document == WorkloadReport.from_dict(document).to_dict()
