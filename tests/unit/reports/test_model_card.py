"""The model card: says what it is for, names what is missing, keeps hostile texts harmless."""

import re
from dataclasses import replace

import pytest

from huleedu_ml_training.metrics.evaluation import EvaluationReport
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.model_card import render_model_card

SECTIONS = (
    "What it is for",
    "What it learnt from",
    "How well it agrees with people",
    "Limits",
    "How it decides",
    "How to make it again",
)


@pytest.fixture(scope="module")
def card(full_context: ReportContext, evaluation: EvaluationReport) -> str:
    return render_model_card(full_context, evaluation)


def test_it_has_all_sections_in_order(card: str) -> None:
    assert list(SECTIONS) == re.findall(r"^## (.+)$", card, re.MULTILINE)
    assert card.startswith("# Model card: essay-scorer 20250101_120000\n")


def test_every_metric_has_its_interval(card: str, evaluation: EvaluationReport) -> None:
    rows = [line for line in card.splitlines() if re.search(r"\| -?−?\d\.\d{3} \| \\\[", line)]
    assert len(evaluation.values) == len(rows)
    qwk = evaluation.values["qwk"]
    expected = (
        f"| Quadratic weighted kappa | {qwk.value:.3f} | \\[{qwk.low:.3f}, {qwk.high:.3f}\\] |"
    )
    assert expected in card


def test_limits_name_weak_grades_and_the_weakest_prompt(
    card: str, evaluation: EvaluationReport
) -> None:
    few = [
        label
        for label, count in zip(evaluation.scale.labels, evaluation.human_counts, strict=True)
        if count < 30
    ]
    assert f"The human grades {', '.join(few)} have fewer than 30 essays" in card
    large = [part for part in evaluation.by_prompt if part.n >= 30]
    worst = min(large, key=lambda part: part.values["qwk"].value)
    assert f"Weakest prompt among those with at least 30 essays: {worst.key}" in card


def test_commands_can_be_copied(card: str) -> None:
    block = card.split("```")[1].strip()
    assert "train-essay-grader train --config config.yaml --experiment-name x" == block


def test_missing_parts_are_named(bare_context: ReportContext, evaluation: EvaluationReport) -> None:
    card = render_model_card(bare_context, evaluation)
    assert "## What it learnt from\n\nNot recorded." in card
    for name in ("Model", "Decision rule", "Calibration", "Seed", "Data digest", "Libraries"):
        assert f"| {name} | not recorded |" in card
    assert "The commands are not recorded." in card


def test_synthetic_data_is_labelled(
    card: str, full_context: ReportContext, evaluation: EvaluationReport
) -> None:
    assert "Synthetic" not in card
    synthetic = replace(full_context, data=replace(full_context.data, synthetic=True))
    assert "> **Synthetic essays.**" in render_model_card(synthetic, evaluation)


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("a | b\n# c", r"a \| b # c"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("[click](https://evil.example)", r"\[click\](https&#58;&#47;&#47;evil.example)"),
        ("www.evil.example", "&#119;&#119;&#119;&#46;evil.example"),
        ("`code` and *stress*", r"\`code\` and \*stress\*"),
        ("_stress_ but snake_case", r"\_stress\_ but snake_case"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("back\\slash \x00 \ud800", "back\\\\slash \ufffd"),
    ],
)
def test_hostile_texts_stay_text(
    full_context: ReportContext, evaluation: EvaluationReport, hostile: str, harmless: str
) -> None:
    data = replace(full_context.data, notes=(hostile,), sources=(hostile,))
    card = render_model_card(replace(full_context, data=data, experiment_name=hostile), evaluation)
    assert f"- {harmless}\n" in card
    assert f"| Sources | {harmless} |" in card
    assert f"| Experiment | {harmless} |" in card
    card.encode("utf-8")


def test_a_command_cannot_close_its_block(
    full_context: ReportContext, evaluation: EvaluationReport
) -> None:
    context = replace(full_context, reproduce=("echo ```\n# heading",))
    card = render_model_card(context, evaluation)
    assert 2 == card.count("```")
    assert "\necho # heading\n" in card
