"""The model card: says what it is for, names what is missing, keeps hostile texts harmless."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.metrics.judgement import judge_predictions, surface_of
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.perturbation_report import PerturbedGrades, tabulate_perturbations
from huleedu_ml_training.metrics.standing_flags import standing_flags
from huleedu_ml_training.models.review import ReviewRule
from huleedu_ml_training.reports.card_blocks import CardTable, Missing
from huleedu_ml_training.reports.context import DataSummary, ReportContext
from huleedu_ml_training.reports.context_document import context_document, context_from_document
from huleedu_ml_training.reports.model_card import render_model_card
from huleedu_ml_training.reports.model_card_sections import model_card_sections
from huleedu_ml_training.reports.third_party import ThirdPartyModel
from huleedu_ml_training.testing.graded_essays import simulate_ratings
from huleedu_ml_training.testing.simulated_grader import simulate_grading

SECTIONS = (
    "What it is for",
    "What it is not for",
    "What it learnt from",
    "What it was judged on",
    "Scale",
    "How well it agrees with people",
    "How well people agree",
    "Groups of essays",
    "Shortcuts and tricks",
    "Ranges of grades",
    "When a teacher has to look",
    "Limits",
    "How it decides",
    "What other people made",
    "How to make it again",
    "Contact",
)
QUICK = EvaluationSettings(resamples=200)
N = 300
HOSTILE = [
    ("a | b\n# c", r"a \| b # c"),
    ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
    ("[click](https://evil.example)", r"\[click\](https&#58;&#47;&#47;evil.example)"),
    ("www.evil.example", "&#119;&#119;&#119;&#46;evil.example"),
    ("`code` and *stress*", r"\`code\` and \*stress\*"),
    ("_stress_ but snake_case", r"\_stress\_ but snake_case"),
    ("- item", r"\- item"),
    ("1. item", r"1\. item"),
    ("back\\slash \x00 \ud800", "back\\\\slash \ufffd"),
]


def judge(*, raters: int = 2, ranges: bool = True, prompt: str = "Prompt") -> JudgementReport:
    """Judge simulated grades of N essays on 8 prompts, 8 essays of them in English."""
    grading = simulate_grading(N, seed=2, n_prompts=8)
    predictions = grading.predictions
    if ranges:
        lowest, highest = predictions.grades - 1, predictions.grades + 1
        predictions = replace(
            predictions, lowest=np.maximum(lowest, 0), highest=np.minimum(highest, 7)
        )
    dataset = EssayDataset.create(
        scale=predictions.scale,
        essay_ids=[str(row) for row in range(N)],
        texts=["word " * (80 + row % 90) for row in range(N)],
        grades=grading.y,
        prompts=[f"{prompt} {name}" for name in grading.prompts],
        languages=["sv" if row % 40 else "en" for row in range(N)],
        ratings=simulate_ratings(
            grading.y.astype(np.float64), error=0.6, raters=raters, n_grades=8, share_rated=0.4
        ),
    )
    report = judge_predictions(
        predictions,
        dataset,
        QUICK,
        surface=surface_of(dataset, np.zeros((N, 1), np.float32), ("mtld",)),
        flagged=predictions.expected_loss > 0.6,
    )
    changed = [PerturbedGrades("same", "nothing at all", np.ones(N, np.bool_), predictions)]
    table = tabulate_perturbations(predictions, changed, dataset.prompts, QUICK, population=N)
    return replace(report, perturbations=table)


@pytest.fixture(scope="module")
def report() -> JudgementReport:
    return judge()


@pytest.fixture(scope="module")
def told(full_context: ReportContext) -> ReportContext:
    """Return a context of which nothing is missing."""
    assert full_context.data is not None
    data = replace(
        full_context.data, words=(90, 210, 640), school_years=("2025/26",), double_rated=80
    )
    return replace(
        full_context,
        data=data,
        evaluated=replace(data, dataset_digest="e" * 64, words=(80, 125, 169)),
        seen=0,
        review=ReviewRule(4, None),
        range_coverage=0.9,
        third_party=(ThirdPartyModel("embedding", "all-MiniLM-L6-v2", "Apache-2.0", "1"),),
    )


@pytest.fixture(scope="module")
def card(told: ReportContext, report: JudgementReport) -> str:
    return render_model_card(told, report)


def table_of(card: str, caption: str) -> list[list[str]]:
    """Return the rows of the table under a caption, as cells without headings."""
    _, _, after = card.partition(f"\n{caption}:\n\n")
    lines = after.split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_it_has_all_sections_in_order(card: str) -> None:
    assert list(SECTIONS) == re.findall(r"^## (.+)$", card, re.MULTILINE)
    assert card.startswith("# Model card: essay-scorer 20250101_120000\n")


def test_every_metric_has_its_interval(card: str, report: JudgementReport) -> None:
    values = report.evaluation.values
    rows = table_of(card, "95% intervals over prompts")
    assert len(values) == len(rows)
    qwk = values["qwk"]
    interval = f"\\[{qwk.low:.3f}, {qwk.high:.3f}\\]"
    assert ["Quadratic weighted kappa", f"{qwk.value:.3f}", interval] == rows[0][:3]


def test_only_flags_that_stand_are_listed(card: str, report: JudgementReport) -> None:
    standing = standing_flags(report)
    assert 0 < len(standing) < len(report.raised_flags)
    assert f"these {len(standing)} rest on enough essays" in card
    section = card.partition("## How well it agrees")[2].partition("\n## ")[0]
    assert len(standing) == len(re.findall(r"^- ", section, re.MULTILINE))


def test_raters_are_the_ceiling(card: str, report: JudgementReport) -> None:
    raters = report.assessment.raters
    rows = dict(table_of(card, f"{raters.double_rated} essays graded by two people or more"))
    for name, title in (("human_human_qwk", "of people"), ("attainable_qwk", "Attainable kappa")):
        (shown,) = [value for key, value in rows.items() if key.endswith(title)]
        assert shown.startswith(f"{raters.values[name].value:.3f}")


def test_small_groups_are_shown_as_such(card: str, report: JudgementReport) -> None:
    swedish, english = table_of(card, "By language")
    assert ["sv", "292"] == swedish[:2]
    assert "" == swedish[-1]
    assert ["en", "8"] == english[:2]
    assert "fewer than 10 essays: shown, not judged" == english[-1]
    assert "\\[" in english[2]


def test_review_and_ranges_say_what_to_expect(card: str, report: JudgementReport) -> None:
    rule, sets = report.workload.rule, report.sets
    assert rule is not None
    assert sets is not None
    assert "where its range holds more than 4 grades." in card
    assert f"Expected workload: {rule.reviewed} of these {N} essays" in card
    assert f"in {sets.values['set_coverage'].value:.3f} " in card
    assert "where 90% were aimed at" in card
    assert list(report.evaluation.scale.labels) == [
        row[0] for row in table_of(card, "Coverage for each human grade")
    ]


def test_limits_name_weak_grades_and_the_weakest_prompt(card: str, report: JudgementReport) -> None:
    evaluation = report.evaluation
    few = [
        label
        for label, count in zip(evaluation.scale.labels, evaluation.human_counts, strict=True)
        if count < 30
    ]
    assert few
    assert f"The human grades {', '.join(few)} have fewer than 30 essays" in card
    assert f"at least 30 essays: {report.assessment.worst_prompt.key}, kappa" in card


def test_how_to_make_it_again(card: str) -> None:
    block = card.split("```")[1].strip()
    assert "train-essay-grader train --config config.yaml --experiment-name x" == block
    made = dict(table_of(card, "What it was made with"))
    assert "7" == made["Seed"]
    assert "d" * 64 == made["Data digest"]
    assert "e" * 64 == made["Digest of the judged essays"]
    assert "lightgbm 4.7.0" == made["Libraries"]


def test_nothing_but_the_maintainer_is_missing(
    told: ReportContext, report: JudgementReport
) -> None:
    assert ["who maintains this model and answers complaints"] == missing_parts(told, report)
    assert "not stated" not in render_model_card(told, report)


def test_what_is_missing_is_named_with_the_way_to_get_it(bare_context: ReportContext) -> None:
    report = replace(judge(raters=1, ranges=False), perturbations=None)
    named = missing_parts(bare_context, report)
    for part in (
        "the essays that it learnt from",
        "agreement of people with each other",
        "how far changed texts move the grade",
        "ranges of grades",
        "the review rule",
        "how it decides",
        "models and word lists of other people",
        "the commands",
    ):
        assert [each for each in named if each.startswith(part)], part
    card = render_model_card(bare_context, report)
    assert "Import the grades of single raters" in card
    assert dict(table_of(card, "What it was made with"))["Seed"] == "not stated"


def test_essays_seen_in_training_come_first(told: ReportContext, report: JudgementReport) -> None:
    card = render_model_card(replace(told, seen=17), report)
    assert "> **Not held out.** The model was trained or stopped on 17 of these 300" in card


def test_synthetic_data_is_labelled(
    card: str, told: ReportContext, report: JudgementReport
) -> None:
    assert "Synthetic essays" not in card
    assert told.data is not None
    synthetic = replace(told, data=replace(told.data, synthetic=True))
    assert "> **Synthetic essays.**" in render_model_card(synthetic, report)


@pytest.mark.parametrize(("hostile", "harmless"), HOSTILE)
def test_hostile_texts_stay_text(
    told: ReportContext, report: JudgementReport, hostile: str, harmless: str
) -> None:
    data = replace(told.data, notes=(hostile,), sources=(hostile,))
    card = render_model_card(replace(told, data=data, experiment_name=hostile), report)
    assert f"- {harmless}\n" in card
    assert f"| Sources | {harmless} |" in card
    assert f"| Experiment | {harmless} |" in card
    card.encode("utf-8")


def test_hostile_prompts_keep_their_cells(told: ReportContext) -> None:
    report = judge(prompt="<b>|\n# `[x](y)`")
    card = render_model_card(told, report)
    rows = table_of(card, "By prompt")
    assert 8 == len(rows)
    assert {7} == {len(row) for row in rows}
    assert "<b>" not in card
    assert 2 == card.count("```")


def test_a_command_cannot_close_its_block(told: ReportContext, report: JudgementReport) -> None:
    card = render_model_card(replace(told, reproduce=("echo ```\n# heading",)), report)
    assert 2 == card.count("```")
    assert "\necho # heading\n" in card


def test_every_row_is_as_long_as_its_heading(told: ReportContext, report: JudgementReport) -> None:
    tables = [
        block
        for section in model_card_sections(told, report)
        for block in section.blocks
        if isinstance(block, CardTable)
    ]
    assert len(tables) > 10
    for table in tables:
        assert {len(table.columns)} == {len(row) for row in table.rows}, table.caption
        assert set(table.right) <= set(table.columns)


def test_the_context_is_kept_and_read(told: ReportContext) -> None:
    again = context_from_document(context_document(told))
    one_evaluation = {"evaluated", "seen"}
    for field in fields(ReportContext):
        if field.name not in one_evaluation:
            assert getattr(told, field.name) == getattr(again, field.name), field.name
    assert isinstance(again.data, DataSummary)


def missing_parts(context: ReportContext, report: JudgementReport) -> list[str]:
    return [
        block.what
        for section in model_card_sections(context, report)
        for block in section.blocks
        if isinstance(block, Missing)
    ]
