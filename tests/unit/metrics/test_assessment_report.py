"""Assessments: all parts there, judged only where there is enough to judge by, stored and read."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.metrics.assessment import AssessmentReport, assess
from huleedu_ml_training.metrics.assessment_definitions import ASSESSMENT_METRICS
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.errors import InvalidPredictionsError, UnsupportedMetricsError
from huleedu_ml_training.metrics.fairness import REGRESSIONS
from huleedu_ml_training.metrics.subgroups import GROUP_METRICS
from huleedu_ml_training.metrics.values import METRICS_VERSION
from huleedu_ml_training.testing.graded_essays import predictions_expecting, simulate_ratings
from huleedu_ml_training.testing.simulated_grader import SimulatedGrading, simulate_grading

QUICK = EvaluationSettings(resamples=200)
N = 400


def dataset_of(grading: SimulatedGrading, **columns) -> EssayDataset:
    n = len(grading.y)
    columns.setdefault("texts", ["word " * (100 + row % 80) for row in range(n)])
    return EssayDataset.create(
        scale=grading.predictions.scale,
        essay_ids=[str(row) for row in range(n)],
        grades=grading.y,
        prompts=grading.prompts,
        **columns,
    )


@pytest.fixture(scope="module")
def grading() -> SimulatedGrading:
    return simulate_grading(N, seed=1, n_prompts=8)


@pytest.fixture(scope="module")
def dataset(grading: SimulatedGrading) -> EssayDataset:
    return dataset_of(
        grading,
        languages=["sv" if row % 4 else "en" for row in range(N)],
        created_at=[datetime(2023 + row % 2, 10, 1, tzinfo=UTC) for row in range(N)],
        ratings=simulate_ratings(
            grading.y.astype(np.float64), error=0.6, raters=3, n_grades=8, share_rated=0.4
        ),
        metadata={
            "school": tuple("tiny" if row < 9 else f"school {row % 3}" for row in range(N)),
            "pupil": tuple(map(str, range(N))),
        },
    )


@pytest.fixture(scope="module")
def report(grading: SimulatedGrading, dataset: EssayDataset) -> AssessmentReport:
    return assess(grading.predictions, dataset, QUICK)


class TestWholeReport:
    def test_every_column_is_a_table_of_all_essays(self, report: AssessmentReport) -> None:
        names = ["prompt", "human_grade", "length_quartile", "language", "school_year", "school"]
        assert names == [table.column for table in report.slices]
        for table in report.slices:
            assert N == sum(group.n for group in table.groups)
        assert report.slices[3] == report.table("language")
        assert report.table("pupil") is None

    def test_fairness_is_asked_of_columns_that_grade_and_text_did_not_make(
        self, report: AssessmentReport
    ) -> None:
        assert ["prompt", "language", "school_year", "school"] == [
            each.column for each in report.fairness
        ]
        for each in report.fairness:
            assert list(REGRESSIONS) == [regression.name for regression in each.regressions]

    def test_tails_are_the_essays_at_either_end(
        self, report: AssessmentReport, grading: SimulatedGrading
    ) -> None:
        lowest, highest = report.tails
        error = grading.predictions.grades - grading.y
        for group, rows in ((lowest, grading.y < 2), (highest, grading.y >= 6)):
            assert int(rows.sum()) == group.n
            assert pytest.approx(np.abs(error[rows]).mean()) == group.values["mae"].value
            assert pytest.approx(error[rows].mean()) == group.values["bias"].value
            assert pytest.approx((np.abs(error[rows]) <= 1).mean()) == (
                group.values["adjacent_agreement"].value
            )

    def test_the_worst_prompt_is_one_of_the_prompts(self, report: AssessmentReport) -> None:
        table = report.table("prompt")
        assert table is not None
        large = [group.values["qwk"].value for group in table.groups if group.n >= 30]
        assert min(large) == report.worst_prompt.worst.value
        assert report.worst_prompt.shrunken.value > report.worst_prompt.worst.value

    def test_raters_are_judged_beside_the_machine(self, report: AssessmentReport) -> None:
        assert 3 == report.raters.raters
        assert report.raters.values["prmse"].is_defined
        assert report.raters.values["degradation_qwk"].value < 0

    def test_only_groups_that_are_large_enough_are_judged(self, report: AssessmentReport) -> None:
        subjects = {flag.subject for flag in report.flags if flag.name == "dsm"}
        schools = {subject for subject in subjects if str(subject).startswith("school:")}
        assert {"school: school 0", "school: school 1", "school: school 2"} == schools
        assert {"language: en", "language: sv"} <= subjects
        assert not any(str(subject).startswith(("human_grade", "length")) for subject in subjects)
        table = report.table("school")
        assert table is not None
        tiny = table.groups[-1]
        assert ("tiny", True) == (tiny.key, tiny.is_small)
        assert tiny.values["mae"].is_defined

    def test_flags_of_raters_come_first(self, report: AssessmentReport) -> None:
        expected = ["degradation_qwk", "degradation_pearson", "disattenuated_pearson"]
        assert expected == [flag.name for flag in report.flags[:3]]
        assert set(report.raised_flags) <= set(report.flags)

    def test_every_figure_has_a_definition(self, report: AssessmentReport) -> None:
        known = {*METRICS, *ASSESSMENT_METRICS}
        assert {*report.raters.values, *GROUP_METRICS, *REGRESSIONS} <= known
        assert {report.worst_prompt.worst.name, report.worst_prompt.shrunken.name} <= known
        assert {flag.name for flag in report.flags} <= known
        for name, definition in ASSESSMENT_METRICS.items():
            assert name == definition.name
            assert definition.definition.endswith(".")
            assert definition.unit
            assert definition.source

    def test_notes_say_what_was_left_out_and_how_few_prompts_there_are(
        self, report: AssessmentReport
    ) -> None:
        assert any("Column pupil has 400 distinct values" in note for note in report.notes)
        assert any("drawing 8 prompts" in note for note in report.notes)


class TestLittleData:
    def test_one_essay(self) -> None:
        grading = simulate_grading(1, n_prompts=0)
        report = assess(grading.predictions, dataset_of(grading), QUICK)
        assert ["human_grade", "length_quartile", "language"] == [
            table.column for table in report.slices
        ]
        assert () == report.flags
        assert report.worst_prompt.key is None
        json.dumps(report.to_dict(), allow_nan=False)

    def test_one_group_is_not_held_against_itself(self) -> None:
        grading = simulate_grading(40, n_prompts=0)
        report = assess(grading.predictions, dataset_of(grading), QUICK)
        assert () == report.flags
        assert "fewer than two groups" in str(report.fairness[0].regressions[0].reason)

    def test_few_double_grades_are_noted(self) -> None:
        grading = simulate_grading(40, n_prompts=0)
        ratings = np.full((40, 2), np.nan)
        ratings[:, 0] = grading.y
        ratings[:9, 1] = grading.y[:9]
        report = assess(grading.predictions, dataset_of(grading, ratings=ratings), QUICK)
        assert any(
            "shown, not judged: two or more graded 9 essays" in each for each in report.notes
        )
        assert () == report.raters.flags

    def test_a_prmse_above_one_is_noted(self) -> None:
        # The machine gives the mean of both raters, closer to it than true scores can be.
        grading = simulate_grading(40, n_prompts=0)
        first = np.arange(40.0) % 6
        ratings = np.column_stack([first, first + 2 * (np.arange(40) % 2)])
        predictions = predictions_expecting(ratings.mean(axis=1), grading.predictions.scale)
        report = assess(predictions, dataset_of(grading, ratings=ratings), QUICK)
        assert report.raters.values["prmse"].value > 1
        assert any("PRMSE is above 1" in note for note in report.notes)


class TestDocument:
    def test_equal_arguments_give_equal_reports(
        self, report: AssessmentReport, grading: SimulatedGrading, dataset: EssayDataset
    ) -> None:
        assert report.to_dict() == assess(grading.predictions, dataset, QUICK).to_dict()

    def test_it_is_json_that_can_be_read_back(self, report: AssessmentReport) -> None:
        document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
        assert METRICS_VERSION == document["metrics_version"]
        assert 1 == document["assessment_version"]
        assert document == AssessmentReport.from_dict(document).to_dict()

    @pytest.mark.parametrize("key", ["assessment_version", "metrics_version"])
    def test_documents_of_other_versions_are_refused(
        self, report: AssessmentReport, key: str
    ) -> None:
        with pytest.raises(UnsupportedMetricsError, match=f"{key} is 99, not 1"):
            AssessmentReport.from_dict({**report.to_dict(), key: 99})

    @pytest.mark.parametrize("change", [{"raters": 3}, {"slices": [{}]}, {"worst_prompt": None}])
    def test_malformed_documents_are_refused(self, report: AssessmentReport, change) -> None:
        with pytest.raises(UnsupportedMetricsError):
            AssessmentReport.from_dict({**report.to_dict(), **change})


class TestRefusals:
    def test_scales_must_be_the_same(self, dataset: EssayDataset) -> None:
        other = simulate_grading(N, scale="ellipse_overall")
        with pytest.raises(
            InvalidPredictionsError, match="ellipse_overall, the essays on"
        ) as raised:
            assess(other.predictions, dataset, QUICK)
        assert ExitCode.INVALID_DATA == raised.value.exit_code

    def test_there_must_be_a_prediction_per_essay(self, dataset: EssayDataset) -> None:
        with pytest.raises(InvalidPredictionsError, match="3 predictions but human grades"):
            assess(simulate_grading(3).predictions, dataset, QUICK)
