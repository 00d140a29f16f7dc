"""Groups of essays: RSMTool's difference of standardised means, sane intervals, honest gaps.

RSMTool's numbers were printed by version 12.0.0 (difference_of_standardized_means of
rsmtool.utils.metrics, with means and sample standard deviations of all essays) in an environment of
its own, from the scores and groups that stand in ``testing/fairness_example.py``.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as checks
from hypothesis import strategies as st

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.agreement import agreement_values, confusion_matrix
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.metrics.subgroups import GROUP_METRICS, Subgroup, evaluate_subgroups
from huleedu_ml_training.testing.fairness_example import GROUPS, HUMAN, MACHINE
from huleedu_ml_training.testing.graded_essays import predictions_expecting
from huleedu_ml_training.testing.simulated_grader import SimulatedGrading, simulate_grading

QUICK = EvaluationSettings(resamples=200)
EIGHT = GradeScale.named("swedish_8")


def judge(scores, y, keys, prompts=None, **options) -> dict[str | None, Subgroup]:
    groups = evaluate_subgroups(
        predictions_expecting(scores, EIGHT),
        np.asarray(y),
        keys,
        prompts or [None] * len(y),
        QUICK,
        **options,
    )
    return {group.key: group for group in groups}


def judge_simulated(grading: SimulatedGrading, keys, **options) -> dict[str | None, Subgroup]:
    groups = evaluate_subgroups(
        grading.predictions, grading.y, keys, grading.prompts, QUICK, **options
    )
    return {group.key: group for group in groups}


@pytest.fixture(scope="module")
def grading() -> SimulatedGrading:
    return simulate_grading(400, seed=2, n_prompts=8)


class TestDifferenceOfStandardisedMeans:
    @pytest.mark.parametrize(
        ("key", "expected"),
        [("a", 0.2073036496840951), ("b", -0.1857908714997649), ("c", -0.15019752363165403)],
    )
    def test_equals_rsmtool(self, key: str, expected: float) -> None:
        groups = judge(MACHINE, HUMAN, GROUPS)
        assert pytest.approx(expected) == groups[key].values["dsm"].value

    def test_worked_by_hand(self) -> None:
        # All: human mean 2, variance 4 / 3; machine mean 3, variance 16 / 3.
        groups = judge([1, 1, 5, 5], [1, 3, 1, 3], ["x", "x", "y", "y"])
        assert pytest.approx(-2 / math.sqrt(16 / 3)) == groups["x"].values["dsm"].value
        assert pytest.approx(2 / math.sqrt(16 / 3)) == groups["y"].values["dsm"].value

    @checks(deadline=None, max_examples=40)
    @given(
        st.lists(
            st.tuples(st.floats(0, 7), st.integers(0, 7), st.sampled_from("abc")),
            min_size=3,
            max_size=30,
        )
    )
    def test_groups_balance_and_are_defined_together(self, rows) -> None:
        scores, y, keys = (list(column) for column in zip(*rows, strict=True))
        groups = judge(scores, y, keys)
        assert len(rows) == sum(group.n for group in groups.values())
        figures = [group.values["dsm"] for group in groups.values()]
        if figures[0].is_defined:
            total = sum(group.n * group.values["dsm"].value for group in groups.values())
            assert pytest.approx(0, abs=1e-6 * len(rows)) == total
        else:
            assert {figures[0].reason} == {figure.reason for figure in figures}
            assert str(figures[0].reason).startswith("undefined: ")

    @pytest.mark.parametrize(
        ("scores", "y", "reason"),
        [
            ([1.5, 2.5], [3, 3], "people give all essays of all groups the same score"),
            ([2.5, 2.5], [3, 4], "the model gives all essays of all groups the same score"),
            ([2.5], [3], "there is only one essay"),
        ],
    )
    def test_says_why_it_is_undefined(self, scores, y, reason: str) -> None:
        (group,) = judge(scores, y, ["a"] * len(y)).values()
        assert f"undefined: {reason}" == group.values["dsm"].reason


class TestGroups:
    def test_each_has_the_metrics_of_its_own_essays(self, grading: SimulatedGrading) -> None:
        keys = ["odd" if row % 3 else "third" for row in range(400)]
        for key, group in judge_simulated(grading, keys).items():
            rows = np.array([own == key for own in keys])
            confusion = confusion_matrix(grading.y[rows], grading.predictions.grades[rows], 8)
            assert list(GROUP_METRICS) == list(group.values)
            for name in GROUP_METRICS[:-1]:
                assert pytest.approx(float(agreement_values(confusion)[name])) == (
                    group.values[name].value
                )
            for figure in group.values.values():
                assert figure.low < figure.value < figure.high, figure

    def test_all_essays_as_one_group_have_the_intervals_of_the_evaluation(
        self, grading: SimulatedGrading
    ) -> None:
        whole = evaluate_predictions(
            grading.predictions, grading.y, prompts=grading.prompts, settings=QUICK
        )
        (group,) = judge_simulated(grading, ["all"] * 400).values()
        for name in ("qwk", "mae", "smd"):
            assert whole.values[name].low == pytest.approx(group.values[name].low)
            assert whole.values[name].high == pytest.approx(group.values[name].high)
        assert 0.0 == pytest.approx(group.values["dsm"].value)

    def test_what_a_prompt_does_to_all_cancels_out_of_their_difference(self) -> None:
        lenient = simulate_grading(2000, seed=4, n_prompts=10, prompt_effect=1.0)
        keys = [("f", "m")[row % 2] for row in range(2000)]
        halves = judge_simulated(lenient, keys)
        assert all("prompt" == group.drawn_by for group in halves.values())
        width = halves["f"].values["dsm"].high - halves["f"].values["dsm"].low
        spread = halves["f"].values["smd"].high - halves["f"].values["smd"].low
        assert width < spread / 5

    def test_a_prompt_is_drawn_essay_by_essay(self, grading: SimulatedGrading) -> None:
        groups = judge_simulated(grading, grading.prompts)
        assert {"essay"} == {group.drawn_by for group in groups.values()}
        assert all(group.values["dsm"].has_interval for group in groups.values())

    def test_the_dsm_interval_covers_as_it_should(self) -> None:
        # Half of the machine's essays get 0.2 levels more: the difference is known up to noise.
        rng = np.random.default_rng(6)
        covered = 0
        for _ in range(40):
            true = rng.normal(3.5, 1, size=200)
            y = np.clip(np.rint(true + rng.normal(0, 0.5, 200)), 0, 7).astype(np.int64)
            scores = np.clip(true + np.tile([0.2, 0.0], 100) + rng.normal(0, 0.5, 200), 0, 7)
            groups = judge(scores, y, ["f", "m"] * 100)
            figure = groups["f"].values["dsm"]
            covered += figure.low <= 0.1 / math.sqrt(1 + 0.25 + 0.01) <= figure.high
        assert 34 <= covered

    def test_largest_first_or_in_the_order_wanted(self) -> None:
        y, keys = [1, 2, 3, 4, 5, 6], ["b", "a", None, "b", "c", "b"]
        assert ["b", "a", "c", None] == list(judge(y, y, keys))
        assert ["c", "b", "a", None] == list(judge(y, y, keys, order=("c", "b", "a")))

    def test_small_groups_are_marked_and_shown(self) -> None:
        y = [row % 8 for row in range(19)]
        groups = judge(y, y, ["big"] * 10 + ["small"] * 9)
        assert (False, True) == (groups["big"].is_small, groups["small"].is_small)
        assert groups["small"].values["mae"].is_defined

    def test_a_group_of_one_grade_has_an_error_but_no_kappa(self) -> None:
        groups = judge([2, 3, 4, 5, 1], [3, 3, 3, 4, 1], ["C"] * 3 + ["other"] * 2)
        assert "all essays have the same human grade" in str(groups["C"].values["qwk"].reason)
        assert pytest.approx(2 / 3) == groups["C"].values["mae"].value

    def test_they_can_be_stored(self, grading: SimulatedGrading) -> None:
        for group in judge_simulated(
            grading, [*["a"] * 395, *["b", None, None, "b", "b"]]
        ).values():
            assert group == Subgroup.from_dict(group.to_dict())
            assert (group.key, group.is_small) == (
                group.to_dict()["key"],
                group.to_dict()["is_small"],
            )
