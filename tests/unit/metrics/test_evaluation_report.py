"""Evaluations: complete, reproducible, honest where a figure is undefined, stored and read back."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.errors import InvalidPredictionsError, UnsupportedMetricsError
from huleedu_ml_training.metrics.evaluation import EvaluationReport, evaluate_predictions
from huleedu_ml_training.metrics.flags import Verdict
from huleedu_ml_training.metrics.values import METRICS_VERSION
from huleedu_ml_training.testing.simulated_grader import simulate_grading

QUICK = EvaluationSettings(resamples=200)
FOUR = GradeScale("four", ("1", "2", "3", "4"))


def predictions_of(grades: list[int], sure: float = 0.7) -> GradePredictions:
    """Return predictions that put ``sure`` on the grade and share out the rest."""
    decided = np.array(grades, dtype=np.int64)
    probabilities = np.full((len(grades), 4), (1 - sure) / 3)
    probabilities[np.arange(len(grades)), decided] = sure
    return GradePredictions(FOUR, decided.astype(np.float64), probabilities, decided)


def evaluate(grades: list[int], y: list[int], prompts: list[str | None] | None = None):
    return evaluate_predictions(
        predictions_of(grades), np.array(y, dtype=np.int64), prompts=prompts, settings=QUICK
    )


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    grading = simulate_grading(300, seed=1, n_prompts=8)
    return evaluate_predictions(
        grading.predictions, grading.y, prompts=grading.prompts, settings=QUICK
    )


class TestWholeReport:
    def test_every_metric_has_a_value_inside_its_interval(self, report: EvaluationReport) -> None:
        assert list(METRICS) == list(report.values)
        for value in report.values.values():
            assert value.low <= value.value <= value.high, value
            assert value.reason is None

    def test_it_says_how_the_intervals_were_made(self, report: EvaluationReport) -> None:
        document = report.to_dict()
        assert {"by": "prompt", "count": 8} == document["clusters"]
        assert (0.95, 200, 42) == tuple(
            document[key] for key in ("confidence", "resamples", "seed")
        )
        assert any("8 prompts" in note for note in document["notes"])

    def test_counts_agree_with_each_other(self, report: EvaluationReport) -> None:
        grading = simulate_grading(300, seed=1, n_prompts=8)
        document = report.to_dict()
        distribution = document["grade_distribution"]
        assert np.bincount(grading.y, minlength=8).tolist() == distribution["human"]
        assert (
            np.bincount(grading.predictions.grades, minlength=8).tolist() == distribution["machine"]
        )
        assert 300 == sum(map(sum, document["confusion"]))
        assert 300 == sum(point["n"] for point in document["reliability"])
        assert 300 == sum(document["score_counts"])
        assert 29 == len(document["score_counts"])
        assert 300 == sum(part["n"] for part in document["by_prompt"])
        for grade, difference in enumerate(distribution["difference"]):
            expected = (distribution["human"][grade] - distribution["machine"][grade]) / 300
            assert pytest.approx(expected) == difference["value"]

    def test_equal_arguments_give_equal_reports(self, report: EvaluationReport) -> None:
        grading = simulate_grading(300, seed=1, n_prompts=8)
        again = evaluate_predictions(
            grading.predictions, grading.y, prompts=grading.prompts, settings=QUICK
        )
        assert report.to_dict() == again.to_dict()

    def test_the_seed_moves_the_intervals_only(self, report: EvaluationReport) -> None:
        grading = simulate_grading(300, seed=1, n_prompts=8)
        other = evaluate_predictions(
            grading.predictions,
            grading.y,
            prompts=grading.prompts,
            settings=EvaluationSettings(resamples=200, seed=43),
        )
        assert report.values["qwk"].value == other.values["qwk"].value
        assert report.values["qwk"].low != other.values["qwk"].low

    def test_more_confidence_widens_the_intervals(self, report: EvaluationReport) -> None:
        grading = simulate_grading(300, seed=1, n_prompts=8)
        wide = evaluate_predictions(
            grading.predictions,
            grading.y,
            prompts=grading.prompts,
            settings=EvaluationSettings(resamples=200, confidence=0.99),
        )
        for name in ("qwk", "mae", "rps"):
            assert wide.values[name].low < report.values[name].low
            assert wide.values[name].high > report.values[name].high

    def test_prompts_are_judged_each_by_itself_largest_first(
        self, report: EvaluationReport
    ) -> None:
        grading = simulate_grading(300, seed=1, n_prompts=8)
        sizes = [part.n for part in report.by_prompt]
        assert sorted(sizes, reverse=True) == sizes
        own = report.by_prompt[0]
        rows = np.array([prompt == own.key for prompt in grading.prompts])
        error = np.abs(grading.predictions.grades - grading.y)[rows]
        assert pytest.approx(error.mean()) == own.values["mae"].value
        assert own.values["mae"].low < own.values["mae"].value < own.values["mae"].high

    def test_a_prompt_is_judged_alike_whatever_other_prompts_there_are(
        self, report: EvaluationReport
    ) -> None:
        grading = simulate_grading(300, seed=1, n_prompts=8)
        own = report.by_prompt[0]
        kept = [prompt if prompt == own.key else None for prompt in grading.prompts]
        other = evaluate_predictions(grading.predictions, grading.y, prompts=kept, settings=QUICK)
        assert own in other.by_prompt

    def test_small_prompts_are_marked(self) -> None:
        report = evaluate([0, 1] * 20, [0, 1] * 20, ["big"] * 38 + ["small"] * 2)
        assert [("big", False), ("small", True)] == [
            (part.key, part.is_small) for part in report.by_prompt
        ]

    def test_essays_without_prompts_have_no_prompt_table(self) -> None:
        assert () == evaluate([0, 1, 2], [0, 1, 1]).by_prompt
        assert () == evaluate([0, 1, 2], [0, 1, 1], [None] * 3).by_prompt


class TestUndefined:
    def test_one_essay(self) -> None:
        report = evaluate([2], [1])
        assert 1.0 == report.values["mae"].value
        assert "no interval: there is only one essay to draw" == report.values["mae"].reason
        for name in ("qwk", "smd", "pearson", "spearman"):
            assert math.isnan(report.values[name].value)
            assert "undefined: there is only one essay" == report.values[name].reason

    def test_one_human_grade(self) -> None:
        report = evaluate([0, 1, 2, 3] * 5, [2] * 20)
        for name in ("qwk", "smd", "pearson", "spearman"):
            assert "undefined: all essays have the same human grade" == report.values[name].reason
        assert report.values["accuracy"].has_interval

    def test_one_machine_grade(self) -> None:
        report = evaluate([1] * 20, [0, 1, 2, 3] * 5)
        qwk, smd, pearson = (report.values[name] for name in ("qwk", "smd", "pearson"))
        assert "undefined: the model gives every essay the same grade" == qwk.reason
        assert "undefined: the model gives every essay the same score" == pearson.reason
        assert smd.is_defined

    def test_perfect_agreement_has_no_interval(self) -> None:
        report = evaluate([0, 1, 2, 3] * 5, [0, 1, 2, 3] * 5)
        assert 1.0 == report.values["qwk"].value
        assert not report.values["qwk"].has_interval
        assert "every resample gives the same value" in str(report.values["qwk"].reason)

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([None, *"abcdef"])),
            min_size=1,
            max_size=30,
        )
    )
    def test_what_is_missing_always_has_a_reason(self, rows) -> None:
        grades, y, prompts = (list(column) for column in zip(*rows, strict=True))
        report = evaluate(grades, y, prompts)
        slices = [value for part in report.by_prompt for value in part.values.values()]
        for value in [*report.values.values(), *slices]:
            assert (value.reason is None) == (value.is_defined and value.has_interval), value
            if value.has_interval:
                assert value.low <= value.high
        json.dumps(report.to_dict(), allow_nan=False)


class TestFlags:
    def test_each_rule_has_one_flag_and_each_grade_too(self, report: EvaluationReport) -> None:
        names = [flag.name for flag in report.flags if flag.subject is None]
        assert ["qwk", "accuracy", "adjacent_agreement", "pearson", "smd"] == names
        subjects = [flag.subject for flag in report.flags if flag.subject is not None]
        assert list(report.scale.labels) == subjects

    def test_a_poor_grader_is_flagged_beyond_doubt(self) -> None:
        grading = simulate_grading(600, noise=3.0, n_prompts=0)
        report = evaluate_predictions(grading.predictions, grading.y, prompts=None, settings=QUICK)
        verdicts = {flag.name: flag.verdict for flag in report.raised_flags}
        assert Verdict.RAISED == verdicts["qwk"]
        assert Verdict.RAISED == verdicts["adjacent_agreement"]

    def test_undefined_figures_are_raised(self) -> None:
        report = evaluate([1] * 20, [0, 1, 2, 3] * 5)
        flag = next(flag for flag in report.raised_flags if flag.name == "qwk")
        assert Verdict.UNDEFINED == flag.verdict


class TestStorage:
    def test_reading_back_gives_the_same_document(self, report: EvaluationReport) -> None:
        text = json.dumps(report.to_dict(), allow_nan=False)
        assert report.to_dict() == EvaluationReport.from_dict(json.loads(text)).to_dict()

    def test_undefined_figures_survive(self) -> None:
        document = json.loads(json.dumps(evaluate([2], [1]).to_dict(), allow_nan=False))
        assert document["values"]["qwk"]["value"] is None
        again = EvaluationReport.from_dict(document)
        assert math.isnan(again.values["qwk"].value)
        assert document == again.to_dict()

    def test_the_version_of_the_definitions_is_stored(self, report: EvaluationReport) -> None:
        assert METRICS_VERSION == report.to_dict()["metrics_version"]

    @pytest.mark.parametrize("key", ["schema_version", "metrics_version"])
    def test_other_versions_are_refused(self, report: EvaluationReport, key: str) -> None:
        with pytest.raises(UnsupportedMetricsError, match=f"{key} is 99, not 1") as caught:
            EvaluationReport.from_dict({**report.to_dict(), key: 99})
        assert "evaluate the model again" in caught.value.remedy
        assert ExitCode.INVALID_DATA == caught.value.exit_code

    @pytest.mark.parametrize(
        "change", [{"values": 3}, {"confusion": None}, {"clusters": {}}, {"flags": [{}]}]
    )
    def test_malformed_documents_are_refused(self, report: EvaluationReport, change) -> None:
        with pytest.raises(UnsupportedMetricsError):
            EvaluationReport.from_dict({**report.to_dict(), **change})


class TestRefusals:
    @pytest.mark.parametrize(
        ("y", "prompts", "problem"),
        [
            (np.array([0, 1]), None, "3 predictions but human grades of shape"),
            (np.array([0, 1, 4]), None, "a human grade index is not in 0…3"),
            (np.array([0, 1, -1]), None, "a human grade index is not in 0…3"),
            (np.array([0.0, 1.0, 2.0]), None, "human grades are float64"),
            (np.array([0, 1, 2]), ["a"], "3 predictions but 1 prompts"),
        ],
    )
    def test_grades_and_prompts_must_fit(self, y, prompts, problem: str) -> None:
        with pytest.raises(InvalidPredictionsError, match=problem):
            evaluate_predictions(predictions_of([0, 1, 2]), y, prompts=prompts, settings=QUICK)

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ([math.nan, 0.5, 0.25, 0.25], "negative or not finite"),
            ([-0.1, 0.6, 0.25, 0.25], "negative or not finite"),
            ([0.2, 0.2, 0.2, 0.2], "does not sum to 1"),
        ],
    )
    def test_probabilities_must_be_distributions(self, row: list[float], problem: str) -> None:
        good = predictions_of([0, 1, 2])
        bad = replace(good, probabilities=np.vstack([good.probabilities[:2], row]))
        with pytest.raises(InvalidPredictionsError, match=problem) as caught:
            evaluate_predictions(bad, np.array([0, 1, 2]), prompts=None, settings=QUICK)
        assert ExitCode.INVALID_DATA == caught.value.exit_code

    def test_there_must_be_essays(self) -> None:
        with pytest.raises(InvalidPredictionsError, match="there are no essays"):
            evaluate_predictions(
                predictions_of([]), np.array([], dtype=np.int64), prompts=None, settings=QUICK
            )
