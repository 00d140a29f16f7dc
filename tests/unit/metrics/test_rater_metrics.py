"""Raters: values worked out by hand, scikit-learn's and RSMTool's where they define the same.

RSMTool's numbers were printed by version 12.0.0 (rsmtool.utils.prmse: variance_of_errors,
true_score_variance, mse_true, prmse_true) in an environment of its own, from the ratings and scores
that stand here.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as checks
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.assessment_definitions import RATER_METRICS
from huleedu_ml_training.metrics.errors import InvalidRatingsError
from huleedu_ml_training.metrics.flags import Verdict
from huleedu_ml_training.metrics.rater_report import RaterReport, evaluate_raters
from huleedu_ml_training.metrics.true_scores import (
    attainable_equated_qwk,
    attainable_qwk,
    true_score_terms,
    true_scores,
)
from huleedu_ml_training.testing.graded_essays import predictions_expecting, simulate_ratings

QUICK = EvaluationSettings(resamples=200)
EIGHT = GradeScale.named("swedish_8")
NAN = math.nan

RATINGS = np.array(
    [
        [1, 2, NAN],
        [3, 3, NAN],
        [5, 4, 5],
        [2, NAN, NAN],
        [NAN, 6, NAN],
        [4, NAN, 2],
        [0, 1, 1],
        [7, NAN, 6],
        [NAN, NAN, 3],
        [5, 5, 4],
        [2, 3, NAN],
        [6, NAN, NAN],
    ]
)
SCORES = np.array([1.4, 2.7, 4.9, 2.8, 5.1, 3.6, 1.0, 5.9, 3.3, 4.6, 2.2, 5.2])


def estimate(ratings: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    found = true_scores(true_score_terms(ratings - 3.5, scores - 3.5).sum(axis=0))
    return {
        name: float(getattr(found, name))
        for name in ("error_variance", "variance", "reliability", "prmse")
    }


def evaluate(ratings, scores=SCORES, prompts=None, settings=QUICK) -> RaterReport:
    ratings = np.asarray(ratings, dtype=np.float64)
    return evaluate_raters(
        predictions_expecting(scores, EIGHT), ratings, prompts or [None] * len(ratings), settings
    )


def value(report: RaterReport, name: str) -> float:
    return report.values[name].value


class TestTrueScores:
    def test_worked_by_hand_where_all_essays_have_two_ratings(self) -> None:
        # Means 2, 2, 5, 5 with variance 3, errors with variance 4 / 4 = 1, half of it in a mean.
        ratings = np.array([[1, 3], [2, 2], [5, 5], [4, 6]], dtype=np.float64)
        found = estimate(ratings, np.array([2.0, 3.0, 5.0, 3.0]))
        assert pytest.approx(1.0) == found["error_variance"]
        assert pytest.approx(3 - 1 / 2) == found["variance"]
        assert pytest.approx(2.5 / 3.5) == found["reliability"]
        assert pytest.approx(1 - (5 / 4 - 1 / 2) / 2.5) == found["prmse"]

    def test_three_raters_with_gaps_equal_rsmtool(self) -> None:
        found = estimate(RATINGS, SCORES)
        assert pytest.approx(0.5) == found["error_variance"]
        assert pytest.approx(3.403765690376569) == found["variance"]
        assert pytest.approx(1.0190326287378744) == found["prmse"]

    def test_two_raters_with_gaps_equal_rsmtool(self) -> None:
        # One essay has neither rating: RSMTool was given the eleven others.
        found = estimate(RATINGS[:, :2], SCORES)
        assert pytest.approx(0.3333333333333333) == found["error_variance"]
        assert pytest.approx(3.8512820512820514) == found["variance"]
        assert pytest.approx(0.9799404715281586) == found["prmse"]

    @given(arrays(np.float64, (8, 3), elements=st.sampled_from([NAN, *map(float, range(8))])))
    def test_neither_the_order_of_raters_nor_unrated_essays_matter(self, ratings) -> None:
        scores = np.linspace(0, 7, 8)
        longer = np.vstack([ratings, np.full((2, 3), NAN)])
        expected = estimate(ratings, scores)
        assert expected == pytest.approx(estimate(ratings[:, ::-1], scores), nan_ok=True)
        assert expected == pytest.approx(estimate(longer, np.r_[scores, 0, 7]), nan_ok=True)

    def test_variances_are_recovered_whatever_part_is_graded_twice(self) -> None:
        rng = np.random.default_rng(1)
        true = rng.normal(50, 10, size=20_000)
        for share in (1.0, 0.2):
            ratings = simulate_ratings(
                true, error=6, raters=3, n_grades=101, seed=2, share_rated=share
            )
            found = estimate(ratings, true)
            assert pytest.approx(36, rel=0.05) == found["error_variance"]
            assert pytest.approx(100, rel=0.05) == found["variance"]
            assert pytest.approx(1, abs=0.01) == found["prmse"]
            assert pytest.approx(0, abs=0.01) == estimate(ratings, np.full(20_000, 50))["prmse"]

    def test_raters_without_true_variance_leave_it_undefined(self) -> None:
        found = estimate(np.array([[1, 5], [5, 1], [3, 3]], dtype=np.float64), np.arange(3.0))
        assert pytest.approx(16 / 3) == found["error_variance"]
        assert all(math.isnan(found[name]) for name in ("variance", "reliability", "prmse"))


class TestCeilings:
    def test_worked_by_hand(self) -> None:
        rho = np.array(0.7)
        assert pytest.approx(1.4 / 1.7) == float(attainable_qwk(rho))
        assert pytest.approx(2.8 / 3.1) == float(attainable_qwk(rho, raters=2))
        assert pytest.approx(math.sqrt(0.7)) == float(attainable_equated_qwk(rho))

    @given(st.floats(0.01, 1))
    def test_ceilings_are_ordered(self, rho: float) -> None:
        one, two = (float(attainable_qwk(np.array(rho), raters=m)) for m in (1, 2))
        assert rho <= one + 1e-12
        assert one <= two + 1e-12 <= 1 + 2e-12
        assert one <= float(attainable_equated_qwk(np.array(rho))) + 1e-12

    def test_true_scores_reach_them(self) -> None:
        rng = np.random.default_rng(3)
        true = rng.normal(50, 8, size=20_000)
        ratings = simulate_ratings(true, error=6, raters=2, n_grades=101, seed=4)
        rho = np.array(64 / 100)

        def kappa(a: np.ndarray, b: np.ndarray) -> float:
            spread = a.var() + b.var() + (a.mean() - b.mean()) ** 2
            return 2 * float(np.cov(a, b, ddof=0)[0, 1]) / spread

        stretched = 50 + (true - 50) * 10 / 8
        assert pytest.approx(kappa(true, ratings[:, 0]), abs=0.01) == attainable_qwk(rho)
        assert pytest.approx(kappa(true, ratings.mean(axis=1)), abs=0.01) == attainable_qwk(rho, 2)
        assert pytest.approx(kappa(stretched, ratings[:, 0]), abs=0.01) == (
            attainable_equated_qwk(rho)
        )


class TestAgreementOfPeople:
    def test_two_raters_are_held_against_each_other_where_both_graded(self) -> None:
        report = evaluate(RATINGS[:, :2])
        both = np.isfinite(RATINGS[:, :2]).all(axis=1)
        first, second = RATINGS[both, :2].astype(int).T
        kappa = cohen_kappa_score(first, second, weights="quadratic", labels=range(8))
        assert (2, 17, 11, 6) == (
            report.raters,
            report.ratings,
            report.rated,
            report.double_rated,
        )
        assert kappa == pytest.approx(value(report, "human_human_qwk"))
        assert pytest.approx(2 / 6) == value(report, "human_human_accuracy")
        assert pytest.approx(1.0) == value(report, "human_human_adjacent_agreement")
        assert np.corrcoef(first, second)[0, 1] == pytest.approx(
            value(report, "human_human_pearson")
        )

    def test_three_raters_are_weighted_by_what_both_of_a_pair_graded(self) -> None:
        # Pairs agree on 2 of 6, 1 of 5 and 1 of 3 essays, and one pair differs by two levels once.
        report = evaluate(RATINGS)
        pairs = [(0, 1), (0, 2), (1, 2)]
        agreed, total = 0, 0
        for a, b in pairs:
            both = np.isfinite(RATINGS[:, [a, b]]).all(axis=1)
            agreed += int((RATINGS[both, a] == RATINGS[both, b]).sum())
            total += int(both.sum())
        assert (4, 14) == (agreed, total)
        assert pytest.approx(agreed / total) == value(report, "human_human_accuracy")
        assert pytest.approx(13 / 14) == value(report, "human_human_adjacent_agreement")

    def test_the_machine_is_held_against_the_same_raters_on_the_same_essays(self) -> None:
        report = evaluate(RATINGS[:, :2])
        both = np.isfinite(RATINGS[:, :2]).all(axis=1)
        people = RATINGS[both, :2].astype(int).T
        machine = np.rint(SCORES[both]).astype(int)
        kappas = [
            cohen_kappa_score(person, machine, weights="quadratic", labels=range(8))
            for person in people
        ]
        rs = [np.corrcoef(person, SCORES[both])[0, 1] for person in people]
        r_people = np.corrcoef(*people)[0, 1]
        assert np.mean(kappas) == pytest.approx(value(report, "human_machine_qwk"))
        assert np.mean(rs) == pytest.approx(value(report, "human_machine_pearson"))
        assert np.mean(rs) - r_people == pytest.approx(value(report, "degradation_pearson"))
        assert np.mean(rs) / math.sqrt(r_people) == pytest.approx(
            value(report, "disattenuated_pearson")
        )
        for name in ("qwk", "accuracy", "adjacent_agreement", "pearson"):
            expected = value(report, f"human_machine_{name}") - value(report, f"human_human_{name}")
            assert pytest.approx(expected) == value(report, f"degradation_{name}")

    def test_a_grader_that_knows_the_true_scores_is_disattenuated_to_one(self) -> None:
        rng = np.random.default_rng(5)
        true = np.clip(rng.normal(3.5, 1.3, size=4000), 0, 7)
        ratings = simulate_ratings(true, error=0.8, raters=2, n_grades=8, seed=6)
        report = evaluate(ratings, true)
        assert pytest.approx(1, abs=0.02) == value(report, "disattenuated_pearson")
        assert pytest.approx(1, abs=0.05) == value(report, "prmse")
        assert value(report, "degradation_pearson") > 0
        assert report.values["prmse"].low < value(report, "prmse") < report.values["prmse"].high
        assert not any(flag.raised for flag in report.flags)

    def test_a_poor_grader_breaks_every_bound(self) -> None:
        rng = np.random.default_rng(7)
        true = np.clip(rng.normal(3.5, 1.5, size=400), 0, 7)
        ratings = simulate_ratings(true, error=0.4, raters=2, n_grades=8, seed=8)
        report = evaluate(ratings, np.clip(true + rng.normal(0, 2, 400), 0, 7))
        assert {
            "degradation_qwk": Verdict.RAISED,
            "degradation_pearson": Verdict.RAISED,
            "disattenuated_pearson": Verdict.RAISED,
        } == {flag.name: flag.verdict for flag in report.flags}

    def test_equal_arguments_give_equal_reports_that_can_be_stored(self) -> None:
        report = evaluate(RATINGS)
        assert list(RATER_METRICS) == list(report.values)
        assert report.to_dict() == evaluate(RATINGS).to_dict()
        assert report.to_dict() == RaterReport.from_dict(report.to_dict()).to_dict()


class TestDraws:
    @pytest.mark.parametrize(("prompts", "by"), [(5, "prompt"), (4, "essay")])
    def test_prompts_are_drawn_where_those_graded_twice_suffice(self, prompts, by) -> None:
        names = [f"prompt {row % prompts}" for row in range(40)] + ["only one rating"] * 5
        ratings = np.full((45, 2), 3.0)
        ratings[:40, 0] = np.arange(40) % 8
        ratings[:40, 1] = (np.arange(40) + np.arange(40) % 3) % 8
        ratings[40:, 1] = NAN
        report = evaluate(ratings, np.linspace(0, 7, 45), names)
        assert report.resampling is not None
        assert by == report.resampling.by


class TestUndefined:
    @pytest.mark.parametrize("ratings", [np.empty((12, 0)), np.full((12, 2), NAN)])
    def test_without_ratings(self, ratings) -> None:
        report = evaluate(ratings)
        reasons = {each.reason for each in report.values.values()}
        assert {"undefined: the grades of single raters are not known"} == reasons
        assert all(math.isnan(each.value) for each in report.values.values())
        assert (None, ()) == (report.resampling, report.flags)
        assert report.to_dict() == RaterReport.from_dict(report.to_dict()).to_dict()

    def test_without_an_essay_graded_twice(self) -> None:
        report = evaluate(RATINGS[:, :1])
        reasons = {each.reason for each in report.values.values()}
        assert {"undefined: no essay was graded by two raters"} == reasons
        assert 9 + 1 == report.rated

    def test_raters_who_use_one_grade(self) -> None:
        report = evaluate([[3, 3], [3, 3], [3, NAN]], [2.0, 3.0, 4.0])
        assert 1.0 == value(report, "human_human_accuracy")
        assert 0.0 == value(report, "rater_error_variance")
        for name in ("human_human_qwk", "human_human_pearson", "disattenuated_pearson"):
            assert "in no pair of raters do both use more" in str(report.values[name].reason)
        assert "raters' errors account for all" in str(report.values["prmse"].reason)

    def test_a_machine_that_does_not_vary(self) -> None:
        report = evaluate(RATINGS, np.full(12, 3.0))
        for name in ("human_machine_qwk", "degradation_pearson", "disattenuated_pearson"):
            assert "the model does not vary" in str(report.values[name].reason)
        assert report.values["human_human_qwk"].is_defined
        assert value(report, "prmse") < 0.1

    def test_raters_who_contradict_each_other(self) -> None:
        report = evaluate([[1, 5], [5, 1], [3, 3]], [1.0, 2.0, 3.0])
        assert pytest.approx(-1) == value(report, "human_human_pearson")
        assert "do not correlate" in str(report.values["disattenuated_pearson"].reason)
        assert math.isnan(value(report, "attainable_qwk"))

    def test_few_essays_graded_twice_are_shown_not_judged(self) -> None:
        ratings = np.column_stack([np.arange(12) % 8, np.r_[np.arange(1, 10) % 8, [NAN] * 3]])
        few = evaluate(ratings)
        enough = evaluate(np.column_stack([ratings[:, 0], ratings[:, 0]]))
        assert (9, True, ()) == (few.double_rated, few.is_small, few.flags)
        assert few.values["human_human_qwk"].is_defined
        assert (False, 3) == (enough.is_small, len(enough.flags))

    @checks(max_examples=30, deadline=None)
    @given(arrays(np.float64, (7, 3), elements=st.sampled_from([NAN, 0.0, 1.0, 5.0])))
    def test_a_figure_or_a_reason_for_any_ratings(self, ratings) -> None:
        report = evaluate(ratings, np.linspace(0, 7, 7), settings=EvaluationSettings(resamples=100))
        for each in report.values.values():
            assert each.is_defined != str(each.reason).startswith("undefined: ")
            assert each.has_interval or each.reason


@pytest.mark.parametrize("wrong", [8.0, -1.0, 2.5, math.inf])
def test_ratings_must_be_grades(wrong: float) -> None:
    with pytest.raises(InvalidRatingsError, match="single rater's grade has the index") as caught:
        evaluate([[1, 2], [wrong, NAN]], [1.0, 2.0])
    assert "0…7" in caught.value.why
    assert "NaN" in caught.value.remedy
    assert ExitCode.INVALID_DATA == caught.value.exit_code
