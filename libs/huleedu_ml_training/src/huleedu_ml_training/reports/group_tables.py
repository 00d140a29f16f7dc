"""Tables of raters and of groups of essays."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

from huleedu_ml_training.metrics.assessment_definitions import ASSESSMENT_METRICS
from huleedu_ml_training.metrics.assessment_report import AssessmentReport
from huleedu_ml_training.metrics.fairness_report import FairnessReport, GroupCoefficient
from huleedu_ml_training.metrics.flags import Flag
from huleedu_ml_training.metrics.format import DASH
from huleedu_ml_training.metrics.slice_columns import PROMPT
from huleedu_ml_training.metrics.slices import MIN_SLICE_ESSAYS
from huleedu_ml_training.metrics.subgroups import Subgroup
from huleedu_ml_training.metrics.worst_prompt import shrink
from huleedu_ml_training.reports.tables import Cell, Column, Table, columns, count, figure, number
from huleedu_ml_training.reports.text import shorten

MAX_GROUPS = 200
"""Rows of the table of groups at most; ``metrics.json`` has them all."""

MAX_PROMPTS = 30
"""Prompts in charts and in the table of prompts."""

_SIGNIFICANT = 0.05


class ShrunkenPrompt(NamedTuple):
    """A prompt with what is left of its kappa when bad luck is allowed for.

    Attributes:
        group: The prompt's figures.
        shrunken: Its empirical Bayes estimate; NaN where there is none.
    """

    group: Subgroup
    shrunken: float


def group_table(assessment: AssessmentReport) -> tuple[Table, int]:
    """Return the groups of every column, prompts last, and how many of them are left out.

    Groups whose difference of means is out of bounds are marked.
    """
    verdicts = {flag.subject: flag for flag in assessment.flags if flag.name == "dsm"}
    tables = sorted(assessment.slices, key=lambda table: table.column == PROMPT)
    found = [(table.column, group) for table in tables for group in table.groups]
    rows = tuple(
        _group_row(column, group, verdicts.get(f"{column}: {group.key}"))
        for column, group in found[:MAX_GROUPS]
    )
    numbers = ("essays", "QWK", "exact", "adjacent", "MAE", "bias", "SMD", "DSM")
    heads = columns("group", numbers=numbers)
    caption = (
        "Groups of essays. Small print: intervals. MAE and bias in levels, SMD and DSM in standard "
        "deviations; DSM is flagged beyond ±0.10, the other figures are not"
    )
    table = Table(
        caption,
        (heads[0], Column("column", is_choice=True), *heads[1:]),
        rows,
        is_interactive=True,
    )
    return table, max(len(found) - MAX_GROUPS, 0)


def worst_prompts(assessment: AssessmentReport) -> list[ShrunkenPrompt]:
    """Return the prompts with the least kappa, worst first, at most :data:`MAX_PROMPTS`.

    Shrunken estimates are those of prompts with 30 essays or more, from the same calculation as
    the worst prompt's.
    """
    table = assessment.table(PROMPT)
    groups = [] if table is None else [each for each in table.groups if each.key is not None]
    defined = [each for each in groups if each.values["qwk"].is_defined]
    usable = [
        each for each in defined if each.n >= MIN_SLICE_ESSAYS and each.values["qwk"].has_interval
    ]
    estimates: dict[str | None, float] = {}
    if len(usable) >= 2:
        z = NormalDist().inv_cdf(0.5 + assessment.confidence / 2)
        figures = [each.values["qwk"] for each in usable]
        found = shrink(
            [each.value for each in figures], [(each.high - each.low) / (2 * z) for each in figures]
        )
        estimates = dict(zip((each.key for each in usable), found.estimates, strict=True))
    large_first = sorted(defined, key=lambda each: (each.is_small, each.values["qwk"].value))
    return [
        ShrunkenPrompt(each, estimates.get(each.key, math.nan))
        for each in large_first[:MAX_PROMPTS]
    ]


def prompt_table(prompts: Sequence[ShrunkenPrompt]) -> Table:
    """Return the worst prompts, with their shrunken kappas where there are any."""
    is_shrunken = any(math.isfinite(each.shrunken) for each in prompts)
    rows = tuple(
        (
            Cell(shorten(str(group.key), 160)),
            _essays(group),
            figure(group.values["qwk"], 2),
            *((number(shrunken, 2),) if is_shrunken else ()),
            figure(group.values["bias"], 2, signed=True),
        )
        for group, shrunken in prompts
    )
    numbers = ("essays", "QWK", *(("shrunken",) if is_shrunken else ()), "bias")
    caption = "Prompts by kappa, the worst first, small prompts last; bias in levels"
    return Table(caption, columns("prompt", numbers=numbers), rows, is_interactive=True)


def tail_table(assessment: AssessmentReport) -> Table:
    """Return the figures of essays at both ends of the scale."""
    rows = tuple(
        (
            Cell(str(group.key)),
            _essays(group),
            figure(group.values["mae"], 2),
            figure(group.values["bias"], 2, signed=True),
            figure(group.values["adjacent_agreement"], 2),
        )
        for group in assessment.tails
    )
    numbers = ("essays", "MAE", "bias", "adjacent")
    return Table("Both ends of the scale, by human grade", columns("grades", numbers=numbers), rows)


def fairness_table(reports: Sequence[FairnessReport]) -> tuple[Table | None, list[str]]:
    """Return the three regressions of every column, and the columns that allow none of them."""
    told = [report for report in reports if any(each.coefficients for each in report.regressions)]
    rows = tuple(
        (
            Cell(report.column.replace("_", " ")),
            Cell(ASSESSMENT_METRICS[each.name].title),
            number(each.adjusted_r_squared),
            Cell(
                number(each.p_value).text,
                each.p_value if math.isfinite(each.p_value) else None,
                tone="uncertain" if each.p_value < _SIGNIFICANT else "",
            ),
            _largest(each.coefficients[1:], each.reason),
        )
        for report in told
        for each in report.regressions
    )
    heads = (
        Column("groups by", is_choice=len(told) > 2),
        Column("regression", is_choice=True),
        Column("adjusted R²", is_number=True),
        Column("p", is_number=True),
        Column("largest difference from the largest group"),
    )
    caption = (
        "Fairness regressions (Loukina, Madnani & Zechner 2019); differences in levels, those of "
        "the accuracy in squared levels"
    )
    table = Table(caption, heads, rows, is_interactive=True) if rows else None
    return table, [report.column.replace("_", " ") for report in reports if report not in told]


def _largest(coefficients: Sequence[GroupCoefficient], reason: str | None) -> Cell:
    known = [each for each in coefficients if math.isfinite(each.estimate) and not each.is_small]
    if not known:
        return Cell(DASH, detail=reason or "all other groups are small")
    most = max(known, key=lambda each: abs(each.estimate))
    detail = reason or ""
    if math.isfinite(most.low):
        low, high = number(most.low, 2, signed=True).text, number(most.high, 2, signed=True).text
        detail = f"[{low}, {high}]"
    size = number(most.estimate, 2, signed=True).text
    return Cell(f"{shorten(most.group, 60)}: {size}", abs(most.estimate), detail=detail)


def _group_row(column: str, group: Subgroup, flag: Flag | None) -> tuple[Cell, ...]:
    values = group.values
    tone = str(flag.verdict) if flag is not None and flag.raised else ""
    key = "not known" if group.key is None else shorten(group.key, 120)
    return (
        Cell(key),
        Cell(column.replace("_", " ")),
        _essays(group),
        figure(values["qwk"], 2),
        figure(values["accuracy"], 2),
        figure(values["adjacent_agreement"], 2),
        figure(values["mae"], 2),
        figure(values["bias"], 2, signed=True),
        figure(values["smd"], 2, signed=True),
        figure(values["dsm"], 2, signed=True, tone=tone),
    )


def _essays(group: Subgroup) -> Cell:
    own = count(group.n)
    return Cell(own.text, own.order, detail="small" if group.is_small else "")
