"""The tables that a command prints of a judgement, beside that of the metrics."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from huleedu_ml_training.metrics.assessment_definitions import ASSESSMENT_METRICS
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.flags import Flag, Verdict
from huleedu_ml_training.metrics.format import (
    DASH,
    format_bound,
    format_number,
    format_remark,
    format_value,
)
from huleedu_ml_training.metrics.judgement_definitions import JUDGEMENT_METRICS
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.perturbation_report import PerturbationTable
from huleedu_ml_training.metrics.slice_columns import HUMAN_GRADE, PROMPT
from huleedu_ml_training.metrics.slices import MIN_SLICE_ESSAYS
from huleedu_ml_training.metrics.standing_flags import standing_flags
from huleedu_ml_training.metrics.subgroups import Subgroup

SHOWN_RATER_FIGURES = (
    "human_human_qwk",
    "human_machine_qwk",
    "degradation_qwk",
    "degradation_pearson",
    "disattenuated_pearson",
    "prmse",
    "rater_reliability",
    "attainable_qwk",
)
"""What a summary shows of people and machine."""

WORST_PROMPTS = 5
"""Prompts that a summary shows, those with the least kappa."""

SHOWN_GROUPS = 10
"""Groups that a summary shows: those that treat pupils most differently."""


class TextTable(NamedTuple):
    """A table, as texts.

    Attributes:
        title: Caption.
        columns: Headings.
        rows: One text per column.
        right: Headings of the columns that hold numbers.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: tuple[str, ...]


def judgement_tables(report: JudgementReport) -> list[TextTable]:
    """Return the tables of a judgement, without those that have nothing to say."""
    tables = [
        _raters(report),
        _prompts(report),
        _groups(report),
        _ends(report),
        _sets(report),
        _workload(report),
        _shortcuts(report),
        *([] if report.perturbations is None else [_perturbations(report.perturbations)]),
        _flags(report),
    ]
    return [table for table in tables if table.rows]


def describe_flag(flag: Flag) -> str:
    """Return a flag as ``qwk 0.412, at least 0.70``, with its subject where it has one."""
    subject = "" if flag.subject is None else f" of {flag.subject}"
    return f"{flag.name}{subject} {format_number(flag.figure.value)}, {format_bound(flag)}"


def _raters(report: JudgementReport) -> TextTable:
    raters = report.assessment.raters
    remarks = {flag.name: format_remark(flag) for flag in raters.flags}
    rows = [
        (
            ASSESSMENT_METRICS[name].title,
            format_value(raters.values[name]),
            remarks.get(name, ""),
        )
        for name in SHOWN_RATER_FIGURES
        if raters.double_rated
    ]
    title = f"People and machine: {raters.double_rated} essays graded by two people or more"
    return TextTable(title, ("figure", "value", "remark"), rows, ("value",))


def _prompts(report: JudgementReport) -> TextTable:
    table = report.assessment.table(PROMPT)
    groups = [] if table is None else [group for group in table.groups if _judged(group, "qwk")]
    worst = sorted(groups, key=lambda group: group.values["qwk"].value)[:WORST_PROMPTS]
    rows = [
        (str(group.key), str(group.n), *_cells(group, ("qwk", "mae", "bias"))) for group in worst
    ]
    worst_prompt = report.assessment.worst_prompt
    title = "Worst prompts"
    if worst_prompt.shrunken.is_defined:
        title += (
            f"; {worst_prompt.key}, the worst of those with {MIN_SLICE_ESSAYS} essays or more, "
            f"has a kappa of {format_value(worst_prompt.shrunken)} when bad luck is allowed for"
        )
    columns = ("prompt", "essays", "kappa", "mae", "bias")
    return TextTable(title, columns, rows, columns[1:])


def _groups(report: JudgementReport) -> TextTable:
    """Show groups whose difference of standardised means is out of bounds, or largest."""
    found = []
    for table in report.assessment.slices:
        if table.column in (PROMPT, HUMAN_GRADE) or len(table.groups) < 2:
            continue
        found += [(table.column, group) for group in table.groups if _judged(group, "dsm")]
    found.sort(key=lambda item: -abs(item[1].values["dsm"].value))
    rows = [
        (f"{column}: {group.key}", str(group.n), *_cells(group, ("dsm", "qwk", "mae", "bias")))
        for column, group in found[:SHOWN_GROUPS]
    ]
    columns = ("group", "essays", "dsm", "kappa", "mae", "bias")
    title = f"Groups, at most {SHOWN_GROUPS}, the largest difference of standardised means first"
    return TextTable(title, columns, rows, columns[1:])


def _ends(report: JudgementReport) -> TextTable:
    rows = [
        (str(group.key), str(group.n), *_cells(group, ("mae", "bias", "adjacent_agreement")))
        for group in report.assessment.tails
    ]
    columns = ("grades", "essays", "mae", "bias", "adjacent")
    return TextTable("Both ends of the scale", columns, rows, columns[1:])


def _sets(report: JudgementReport) -> TextTable:
    rows = []
    if report.sets is not None:
        titles = {
            "set_coverage": "hold the human grade",
            "set_size": "grades on average",
            "single_grade_share": "are a single grade",
        }
        rows = [(title, format_value(report.sets.values[name])) for name, title in titles.items()]
    return TextTable("Ranges of grades", ("ranges", "value"), rows, ("value",))


def _workload(report: JudgementReport) -> TextTable:
    workload = report.workload
    points = [(f"{point.share:.0%}", point) for point in workload.curve[::2]]
    if workload.rule is not None:
        points.append((f"review rule: {workload.rule.share:.1%}", workload.rule))
    rows = [
        (
            share,
            str(point.n),
            *(format_value(point.values[name]) for name in ("qwk", "accuracy")),
            format_number(point.values["adjacent_agreement"].value),
        )
        for share, point in points
    ]
    columns = ("sent", "rest", "kappa", "exact", "adjacent")
    title = "Sent to a teacher, most doubtful first, and agreement on the rest"
    return TextTable(title, columns, rows, columns[1:])


def _shortcuts(report: JudgementReport) -> TextTable:
    rows = [
        (
            each.name,
            *(
                format_number(each.values[name].value)
                for name in ("human_correlation", "machine_correlation")
            ),
            format_value(each.values["partial_correlation"], signed=True),
        )
        for each in report.shortcuts
    ]
    columns = ("surface", "human grade", "machine score", "machine, given the human grade")
    title = "Shortcuts: correlation with the surface of texts"
    return TextTable(title, columns, rows, columns[1:])


def _perturbations(table: PerturbationTable) -> TextTable:
    rows = [
        (
            row.description,
            str(row.changed),
            *(_per_cent(row.values[name].value) for name in ("moved", "moved_up", "moved_down")),
            format_value(row.values["grade_change"], digits=2, signed=True),
            format_value(row.values["score_change"], digits=2, signed=True),
        )
        for row in table.rows
    ]
    columns = ("change", "changed", "grade moves", "up", "down", "mean levels", "mean score")
    title = f"Changed texts: {table.n} of {table.population} essays, seed {table.seed}"
    return TextTable(title, columns, rows, columns[1:])


def _flags(report: JudgementReport) -> TextTable:
    """Show raised flags, those that stand first, then those beyond doubt."""
    definitions = {**METRICS, **ASSESSMENT_METRICS, **JUDGEMENT_METRICS}
    standing = standing_flags(report)
    raised = sorted(
        report.raised_flags,
        key=lambda flag: (flag not in standing, flag.verdict is not Verdict.RAISED),
    )
    rows = [
        (
            definitions[flag.name].title,
            flag.subject or DASH,
            format_value(flag.figure),
            format_remark(flag).removeprefix("flag: "),
            "yes" if flag in standing else "no",
        )
        for flag in raised
    ]
    title = (
        f"Flags: {len(rows)} of {len(report.flags)} bounds are broken; "
        f"{len(standing)} of them count for --fail-on-flags"
    )
    return TextTable(title, ("figure", "of", "value", "bound", "counts"), rows, ("value",))


def _judged(group: Subgroup, name: str) -> bool:
    return group.key is not None and not group.is_small and group.values[name].is_defined


def _cells(group: Subgroup, names: Sequence[str]) -> Iterator[str]:
    signed: Iterable[str] = ("bias", "dsm")
    return (format_value(group.values[name], signed=name in signed) for name in names)


def _per_cent(value: float) -> str:
    return f"{value:.0%}"
