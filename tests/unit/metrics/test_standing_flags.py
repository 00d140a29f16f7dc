"""Which raised flags stand: not those of small samples, nor the unluckiest of many groups."""

from dataclasses import replace

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.assessment import DSM_RULE
from huleedu_ml_training.metrics.flags import Flag, FlagRule, Verdict
from huleedu_ml_training.metrics.judgement import judge_predictions
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.standing_flags import MIN_STANDING_ESSAYS, standing_flags
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.testing.simulated_grader import simulate_grading

QUICK = EvaluationSettings(resamples=200)
QWK_RULE = FlagRule("qwk", minimum=0.70)


def judge(predictions: GradePredictions, y: np.ndarray, groups: list[str]) -> JudgementReport:
    n = len(y)
    dataset = EssayDataset.create(
        scale=predictions.scale,
        essay_ids=[str(row) for row in range(n)],
        texts=["word " * (50 + row % 9) for row in range(n)],
        grades=y,
        metadata={"class": tuple(groups)},
    )
    return judge_predictions(predictions, dataset, QUICK, surface={})


def fair(n: int, groups: int, seed: int = 0) -> JudgementReport:
    """Judge a grader that treats all groups alike."""
    grading = simulate_grading(n, seed=seed, n_prompts=0)
    return judge(grading.predictions, grading.y, [f"{row % groups}" for row in range(n)])


def with_flags(report: JudgementReport, flags: list[Flag], n: int) -> JudgementReport:
    return replace(
        report,
        evaluation=replace(report.evaluation, flags=tuple(flags), n=n),
        assessment=replace(report.assessment, flags=()),
    )


@pytest.fixture(scope="module")
def some() -> JudgementReport:
    return fair(60, 2)


def dsm(value: float, half: float, subject: str) -> Flag:
    return DSM_RULE.judge(MetricValue("dsm", value, value - half, value + half), subject)


@pytest.mark.parametrize(
    ("n", "high", "stands"),
    [
        (MIN_STANDING_ESSAYS, 0.80, True),
        (MIN_STANDING_ESSAYS - 1, 0.80, False),
        (MIN_STANDING_ESSAYS - 1, 0.69, True),
    ],
)
def test_a_single_figure_counts_by_value_once_essays_suffice(
    some: JudgementReport, n: int, high: float, stands: bool
) -> None:
    flag = QWK_RULE.judge(MetricValue("qwk", 0.65, 0.5, high))
    assert flag.raised
    assert ((flag,) if stands else ()) == standing_flags(with_flags(some, [flag], n))


def test_a_kept_bound_never_stands(some: JudgementReport) -> None:
    flag = QWK_RULE.judge(MetricValue("qwk", 0.75, 0.5, 0.9))
    assert () == standing_flags(with_flags(some, [flag], 500))


def test_an_undefined_figure_stands(some: JudgementReport) -> None:
    flag = QWK_RULE.judge(MetricValue("qwk", np.nan, reason="undefined: one grade"))
    assert (flag,) == standing_flags(with_flags(some, [flag], 20))


def test_a_group_within_the_noise_does_not_stand_whatever_its_size(some: JudgementReport) -> None:
    flag = dsm(0.20, 0.15, "class: a")
    assert flag.raised
    assert flag.verdict is Verdict.UNCERTAIN
    assert () == standing_flags(with_flags(some, [flag], 10_000))


def test_the_more_groups_there_are_the_surer_one_has_to_be(some: JudgementReport) -> None:
    suspect = dsm(0.30, 0.17, "class: a")
    assert suspect.verdict is Verdict.RAISED
    assert (suspect,) == standing_flags(with_flags(some, [suspect], 500))
    others = [dsm(0.0, 0.17, f"class: {number}") for number in range(20)]
    assert () == standing_flags(with_flags(some, [suspect, *others], 500))
    plain = dsm(0.60, 0.17, "class: b")
    assert (plain,) == standing_flags(with_flags(some, [suspect, plain, *others], 500))


def test_holm_lets_the_second_pass_by_what_the_first_left(some: JudgementReport) -> None:
    # One-sided p of 0.0019 and 0.0207: with two groups the second is held to 0.025, not 0.0125.
    first, second = dsm(0.39, 0.196, "class: a"), dsm(0.304, 0.196, "class: b")
    assert (first, second) == standing_flags(with_flags(some, [first, second], 500))
    assert () == standing_flags(with_flags(some, [second, dsm(0.0, 0.196, "class: c")], 500))


def test_a_fair_grader_with_forty_small_groups_seldom_fails() -> None:
    raised, standing = 0, 0
    for seed in range(10):
        report = fair(600, 40, seed)
        raised += sum(flag.name == "dsm" for flag in report.raised_flags)
        standing += sum(flag.name == "dsm" for flag in standing_flags(report))
    assert raised > 100
    assert standing <= 1


def test_an_unfair_grader_fails() -> None:
    scale = GradeScale.named("swedish_8")
    grading = simulate_grading(400, n_prompts=0)
    favoured = np.arange(400) % 2 == 0
    shifted = np.clip(grading.predictions.grades + favoured, 0, 7)
    probabilities = np.eye(8)[shifted]
    predictions = GradePredictions(scale, shifted.astype(float), probabilities, shifted)
    report = judge(predictions, grading.y, ["yes" if each else "no" for each in favoured])
    assert {"class: yes", "class: no"} == {
        flag.subject for flag in standing_flags(report) if flag.name == "dsm"
    }


def test_groups_of_fewer_than_ten_are_not_judged_at_all() -> None:
    report = fair(60, 10)
    assert {6} == {group.n for group in report.assessment.table("class").groups}
    assert "dsm" not in {flag.name for flag in report.flags}
