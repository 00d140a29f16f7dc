"""The page on evaluation explains every figure, twice, and names no other."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from huleedu_ml_training.metrics.assessment_definitions import ASSESSMENT_METRICS
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.flags import RSMTOOL_RULES
from huleedu_ml_training.metrics.judgement_definitions import JUDGEMENT_METRICS
from huleedu_ml_training.metrics.rater_report import RATER_RULES
from huleedu_ml_training.metrics.standing_flags import FAMILIES, MIN_STANDING_ESSAYS
from huleedu_ml_training.metrics.subgroups import MIN_GROUP_ESSAYS

PAGE = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text(encoding="utf-8")
ENTRIES = dict(part.split("\n", 1) for part in re.split(r"(?m)^##+ ", PAGE)[1:])
NAMES = re.compile(r"\n(`\w+`(?: · `\w+`)*)\n")
FOR_SCHOOLS = re.compile(r"(?s)\*\*For a head teacher\.\*\* (.+?)\n\n")


def test_every_metric_has_an_entry_and_no_other_has() -> None:
    named = [
        name
        for entry in ENTRIES.values()
        for line in NAMES.findall(entry)
        for name in re.findall(r"\w+", line)
    ]
    assert sorted({**METRICS, **ASSESSMENT_METRICS, **JUDGEMENT_METRICS}) == sorted(named)


@pytest.mark.parametrize("title", [each for each in ENTRIES if NAMES.search(ENTRIES[each])])
def test_every_figure_is_explained_to_both_readers(title: str) -> None:
    assert FOR_SCHOOLS.search(ENTRIES[title])
    assert "**For a psychometrician.** " in ENTRIES[title]


@pytest.mark.parametrize("title", [each for each in ENTRIES if FOR_SCHOOLS.search(ENTRIES[each])])
def test_a_head_teacher_reads_two_sentences(title: str) -> None:
    (text,) = FOR_SCHOOLS.findall(ENTRIES[title])
    assert 2 == len(re.findall(r"[.?](?=\s|$)", text)), text


@pytest.mark.parametrize("title", [each.title for each in METRICS.values()])
def test_titles_are_those_of_reports(title: str) -> None:
    assert title in ENTRIES


def test_bounds_are_those_of_the_flags() -> None:
    (table,) = re.findall(r"(?s)\| figure \| bound \|\n(.+?)\n\n", PAGE)
    for rule in (*RSMTOOL_RULES, *RATER_RULES):
        (row,) = [line for line in table.splitlines() if f"`{rule.name}`" in line]
        bound = f"{rule.minimum:.2f}".replace("-", "−")
        assert f"at least {bound}" in row or f"{bound} to {rule.maximum:.2f}" in row


def test_every_section_of_the_report_is_on_the_page() -> None:
    template = files("huleedu_ml_training.reports") / "templates" / "report.html.j2"
    sections = re.findall(r'(?m)^  \("\w+", "(.+)"\),$', template.read_text(encoding="utf-8"))
    table = ENTRIES["The report, section by section"]
    assert sections
    assert sections == re.findall(r"(?m)^\| (.+?) \| ", table)[1:]


def test_flags_that_stand_are_explained_by_their_numbers() -> None:
    assert f"where at least {MIN_STANDING_ESSAYS} essays carry it" in ENTRIES["Flags"]
    assert f"Groups of fewer than {MIN_GROUP_ESSAYS} essays" in ENTRIES["Flags"]
    for family in FAMILIES:
        assert f"`{family}`" in ENTRIES["Flags"].partition("One of a family")[2]
