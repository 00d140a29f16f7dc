"""A whole judgement: all parts there, stored and read, and told in tables."""

import json
from dataclasses import replace

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.metrics.assessment import assess
from huleedu_ml_training.metrics.assessment_definitions import ASSESSMENT_METRICS
from huleedu_ml_training.metrics.coverage import COVERAGE_METRICS
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.errors import UnsupportedMetricsError
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.metrics.judgement import judge_predictions, surface_of
from huleedu_ml_training.metrics.judgement_definitions import JUDGEMENT_METRICS
from huleedu_ml_training.metrics.judgement_format import describe_flag, judgement_tables
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.perturbation_report import (
    PERTURBATION_METRICS,
    PerturbedGrades,
    tabulate_perturbations,
)
from huleedu_ml_training.metrics.shortcuts import SHORTCUT_METRICS
from huleedu_ml_training.metrics.values import METRICS_VERSION
from huleedu_ml_training.testing.graded_essays import simulate_ratings
from huleedu_ml_training.testing.simulated_grader import simulate_grading

QUICK = EvaluationSettings(resamples=200)
N = 300
GRADING = simulate_grading(N, seed=2, n_prompts=8)
PREDICTIONS = replace(
    GRADING.predictions,
    lowest=np.maximum(GRADING.predictions.grades - 1, 0),
    highest=np.minimum(GRADING.predictions.grades + 1, 7),
)
DATASET = EssayDataset.create(
    scale=PREDICTIONS.scale,
    essay_ids=[str(row) for row in range(N)],
    texts=["word " * (80 + 20 * int(grade) + row % 7) for row, grade in enumerate(GRADING.y)],
    grades=GRADING.y,
    prompts=GRADING.prompts,
    languages=["sv" if row % 4 else "en" for row in range(N)],
    ratings=simulate_ratings(
        GRADING.y.astype(np.float64), error=0.6, raters=2, n_grades=8, share_rated=0.4
    ),
)
SURFACE = surface_of(DATASET, np.zeros((N, 1), np.float32), ("mtld",))


@pytest.fixture(scope="module")
def report() -> JudgementReport:
    flagged = PREDICTIONS.expected_loss > 0.6
    found = judge_predictions(PREDICTIONS, DATASET, QUICK, surface=SURFACE, flagged=flagged)
    changed = np.ones(N, dtype=np.bool_)
    rows = [PerturbedGrades("same", "nothing at all", changed, PREDICTIONS)]
    table = tabulate_perturbations(
        PREDICTIONS, rows, DATASET.prompts, QUICK, population=len(DATASET)
    )
    return replace(found, perturbations=table)


def test_its_parts_are_those_of_the_single_questions(report: JudgementReport) -> None:
    evaluation = evaluate_predictions(
        PREDICTIONS, DATASET.grades, prompts=DATASET.prompts, settings=QUICK
    )
    assert evaluation == report.evaluation
    assert assess(PREDICTIONS, DATASET, QUICK).to_dict() == report.assessment.to_dict()
    assert list(DATASET.scale.labels[1:]) == [each.label for each in report.thresholds]
    assert ["words"] == [each.name for each in report.shortcuts]
    assert report.workload.rule is not None
    assert int((PREDICTIONS.expected_loss > 0.6).sum()) == report.workload.rule.reviewed


def test_flags_and_notes_are_those_of_both(report: JudgementReport) -> None:
    names = {flag.name for flag in report.flags}
    assert {"qwk", "grade_share", "degradation_qwk", "dsm"} <= names
    assert all(flag.raised for flag in report.raised_flags)
    assert len(set(report.notes)) == len(report.notes)
    assert set(report.evaluation.notes) <= set(report.notes)


def test_it_is_json_that_can_be_read_back(report: JudgementReport) -> None:
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert document == JudgementReport.from_dict(document).to_dict()
    assert METRICS_VERSION == document["metrics_version"]


def test_whoever_reads_an_evaluation_reads_a_judgement(report: JudgementReport) -> None:
    assert report.evaluation == EvaluationReport.from_dict(report.to_dict())


@pytest.mark.parametrize(
    "change",
    [
        {"judgement": None},
        {"judgement": {"judgement_version": 99}},
        {"judgement": {"judgement_version": 1}},
        {"metrics_version": 99},
    ],
)
def test_other_versions_and_malformed_documents_are_refused(report, change) -> None:
    with pytest.raises(UnsupportedMetricsError):
        JudgementReport.from_dict({**report.to_dict(), **change})


def test_one_essay_is_enough_for_a_report() -> None:
    one = np.array([0])
    predictions = simulate_grading(1, n_prompts=0).predictions
    found = judge_predictions(
        predictions, DATASET.take(one), QUICK, surface={"words": np.array([90.0])}
    )
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document == JudgementReport.from_dict(document).to_dict()
    assert found.sets is None
    assert judgement_tables(found)


def test_it_can_be_stopped_between_its_parts() -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        judge_predictions(PREDICTIONS, DATASET, QUICK, surface=SURFACE, between=stop)


def test_every_figure_has_a_definition(report: JudgementReport) -> None:
    named = {*COVERAGE_METRICS, *SHORTCUT_METRICS, *PERTURBATION_METRICS}
    others = {"threshold_ece", "threshold_adaptive_ece", "grade_share"}
    assert named | others == set(JUDGEMENT_METRICS)
    known = {*METRICS, *ASSESSMENT_METRICS, *JUDGEMENT_METRICS}
    assert {flag.name for flag in report.flags} <= known
    assert {name for point in report.workload.curve for name in point.values} <= known
    for name, definition in JUDGEMENT_METRICS.items():
        assert name == definition.name
        assert definition.definition.endswith(".")
        assert definition.unit
        assert definition.source


class TestTables:
    def test_all_have_as_many_cells_as_headings(self, report: JudgementReport) -> None:
        tables = judgement_tables(report)
        for table in tables:
            assert {len(table.columns)} == {len(row) for row in table.rows}
            assert set(table.right) <= set(table.columns)
        titles = [table.title for table in tables]
        for start in ("People and machine", "Worst prompts; Prompt", "Groups", "Changed texts"):
            assert any(title.startswith(start) for title in titles)

    def test_worst_prompts_come_first(self, report: JudgementReport) -> None:
        (table,) = [each for each in judgement_tables(report) if each.title.startswith("Worst")]
        kappas = [float(row[2].split()[0]) for row in table.rows]
        assert sorted(kappas) == kappas

    def test_flags_beyond_doubt_come_first(self, report: JudgementReport) -> None:
        (table,) = [each for each in judgement_tables(report) if each.title.startswith("Flags")]
        doubts = ["beyond doubt" not in row[3] for row in table.rows]
        assert sorted(doubts) == doubts
        assert len(report.raised_flags) == len(table.rows)

    def test_what_nothing_is_known_of_is_not_shown(self) -> None:
        bare = EssayDataset.create(
            scale=DATASET.scale,
            essay_ids=DATASET.essay_ids,
            texts=DATASET.texts,
            grades=DATASET.grades,
        )
        found = judge_predictions(GRADING.predictions, bare, QUICK, surface=SURFACE)
        titles = " ".join(table.title for table in judgement_tables(found))
        for absent in ("People and machine", "Worst prompts", "Ranges", "Changed texts"):
            assert absent not in titles


def test_a_flag_in_a_sentence(report: JudgementReport) -> None:
    (flag,) = [flag for flag in report.flags if flag.name == "smd"]
    shown = f"{flag.figure.value:.3f}".replace("-0.000", "0.000")
    assert f"smd {shown}, -0.15 to 0.15" == describe_flag(flag)
    group = next(flag for flag in report.flags if flag.name == "dsm")
    assert f"dsm of {group.subject}" in describe_flag(group)
