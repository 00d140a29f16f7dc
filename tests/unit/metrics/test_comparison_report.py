"""Comparisons: paired, signed, and refused where there is nothing to compare."""

import json
import math

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.metrics.comparison import ComparisonReport, compare_predictions
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.errors import (
    IncomparablePredictionsError,
    InvalidPredictionsError,
    UnsupportedMetricsError,
)
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.testing.simulated_grader import simulate_grading

QUICK = EvaluationSettings(resamples=300)
ROUGH = simulate_grading(400, seed=4, noise=0.9)
FINE = simulate_grading(400, seed=4, noise=0.4)


@pytest.fixture(scope="module")
def report() -> ComparisonReport:
    return compare_predictions(ROUGH.predictions, FINE.predictions, ROUGH.y, ROUGH.prompts, QUICK)


def test_the_better_grader_wins_whichever_way_a_metric_points(report: ComparisonReport) -> None:
    assert list(METRICS) == list(report.metrics)
    for name in ("qwk", "accuracy", "adjacent_agreement", "pearson", "spearman"):
        assert report.metrics[name].difference.low > 0
        assert report.metrics[name].probability_b_better > 0.99
    for name in ("mae", "rmse", "brier", "rps", "log_loss"):
        assert report.metrics[name].difference.high < 0
        assert report.metrics[name].probability_b_better > 0.99


def test_sides_have_the_values_of_their_own_evaluation(report: ComparisonReport) -> None:
    for side, grading in (("a", ROUGH), ("b", FINE)):
        alone = evaluate_predictions(
            grading.predictions, grading.y, prompts=grading.prompts, settings=QUICK
        )
        for name, metric in report.metrics.items():
            assert alone.values[name] == getattr(metric, side)


def test_exchanging_the_graders_changes_the_sign(report: ComparisonReport) -> None:
    back = compare_predictions(FINE.predictions, ROUGH.predictions, ROUGH.y, ROUGH.prompts, QUICK)
    for name, metric in report.metrics.items():
        there, here = metric.difference, back.metrics[name].difference
        assert pytest.approx(-there.value) == here.value
        assert pytest.approx((-there.high, -there.low)) == (here.low, here.high)
        total = metric.probability_b_better + back.metrics[name].probability_b_better
        assert pytest.approx(1) == total
    assert np.array(report.transitions).T.tolist() == [list(row) for row in back.transitions]


def test_pairing_narrows_the_interval() -> None:
    grading = simulate_grading(400, seed=4, noise=0.5)
    softened = grading.predictions.probabilities**0.9
    near = type(grading.predictions)(
        grading.predictions.scale,
        grading.predictions.latent,
        softened / softened.sum(axis=1, keepdims=True),
        grading.predictions.grades,
    )
    report = compare_predictions(grading.predictions, near, grading.y, None, QUICK)
    rps = report.metrics["rps"]
    assert rps.difference.high - rps.difference.low < (rps.a.high - rps.a.low) / 3


def test_bias_is_better_near_zero() -> None:
    lenient = np.minimum(FINE.predictions.grades + 1, 7)
    shifted = type(FINE.predictions)(
        FINE.predictions.scale, FINE.predictions.latent, FINE.predictions.probabilities, lenient
    )
    report = compare_predictions(shifted, FINE.predictions, FINE.y, FINE.prompts, QUICK)
    assert report.metrics["bias"].difference.value < -0.9
    assert report.metrics["bias"].probability_b_better > 0.99


def test_a_grader_compared_with_itself() -> None:
    report = compare_predictions(FINE.predictions, FINE.predictions, FINE.y, None, QUICK)
    for metric in report.metrics.values():
        assert 0.0 == metric.difference.value
        assert "every resample gives the same value" in str(metric.difference.reason)
        assert 0.5 == metric.probability_b_better


def test_undefined_metrics_have_no_difference() -> None:
    y = np.full(400, 3)
    report = compare_predictions(ROUGH.predictions, FINE.predictions, y, None, QUICK)
    qwk = report.metrics["qwk"]
    assert math.isnan(qwk.difference.value)
    assert "undefined: all essays have the same human grade" == qwk.difference.reason
    assert math.isnan(qwk.probability_b_better)


def test_reading_back_gives_the_same_document(report: ComparisonReport) -> None:
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert report.to_dict() == ComparisonReport.from_dict(document).to_dict()


@pytest.mark.parametrize("change", [{"metrics_version": 2}, {"metrics": []}, {"n": "many"}])
def test_other_versions_and_malformed_documents_are_refused(
    report: ComparisonReport, change: dict[str, object]
) -> None:
    with pytest.raises(UnsupportedMetricsError):
        ComparisonReport.from_dict({**report.to_dict(), **change})


def test_other_scales_are_refused() -> None:
    other = simulate_grading(400, scale="ellipse_overall")
    with pytest.raises(IncomparablePredictionsError, match=r"swedish_8.*ellipse_overall") as caught:
        compare_predictions(FINE.predictions, other.predictions, FINE.y, None, QUICK)
    assert ExitCode.NOT_FOUND_OR_CONFLICT == caught.value.exit_code


def test_other_numbers_of_essays_are_refused() -> None:
    fewer = simulate_grading(399)
    with pytest.raises(IncomparablePredictionsError, match="400 essays, the other 399"):
        compare_predictions(FINE.predictions, fewer.predictions, FINE.y, None, QUICK)


def test_grades_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidPredictionsError, match="human grades of shape"):
        compare_predictions(FINE.predictions, ROUGH.predictions, FINE.y[:10], None, QUICK)
