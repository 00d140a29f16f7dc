"""Tables of what it means to use a grader: scores, ranges, review, shortcuts, changed texts."""

import math

from huleedu_ml_training.metrics.coverage import SetReport
from huleedu_ml_training.metrics.evaluation import STEPS_PER_LEVEL
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.metrics.judgement_definitions import JUDGEMENT_METRICS
from huleedu_ml_training.metrics.perturbation_report import PerturbationTable
from huleedu_ml_training.metrics.shortcuts import Shortcut
from huleedu_ml_training.metrics.workload import WorkloadPoint, WorkloadReport
from huleedu_ml_training.reports.essay_figures import EssayFigures, ResidualGroup
from huleedu_ml_training.reports.tables import (
    Cell,
    Column,
    Table,
    columns,
    count,
    figure,
    number,
    percent,
    share_figure,
)
from huleedu_ml_training.reports.text import shorten


def residual_table(groups: tuple[ResidualGroup, ...], name: str) -> Table:
    """Return mean residuals of bands of length, or of prompts."""
    rows = tuple(
        (
            Cell("none" if group.key is None else shorten(group.key, 160)),
            count(group.n),
            Cell(
                number(group.mean, 2, signed=True).text,
                group.mean,
                detail=_between(group.low, group.high),
            ),
            number(group.lowest, 2, signed=True),
            number(group.highest, 2, signed=True),
        )
        for group in groups
    )
    numbers = ("essays", "mean residual", "a tenth below", "a tenth above")
    caption = f"Residuals by {name}: expected minus human grade, in levels"
    return Table(caption, columns(name, numbers=numbers), rows, is_interactive=True)


def score_table(labels: tuple[str, ...], essays: EssayFigures) -> Table:
    """Return the essays of each human grade by expected grade, rounded to whole grades."""
    rows = []
    for label, counts in zip(labels, essays.score_counts, strict=True):
        rounded = [0] * len(labels)
        for step, n in enumerate(counts):
            rounded[(step + STEPS_PER_LEVEL // 2) // STEPS_PER_LEVEL] += n
        rows.append((Cell(label), *map(count, rounded)))
    caption = "Essays by human grade (rows) and the nearest grade to the expected one (columns)"
    return Table(caption, columns("human", numbers=labels), tuple(rows))


def histogram_table(report: EvaluationReport) -> Table:
    """Return the essays by expected grade, in quarters of a level."""
    labels = report.scale.labels
    rows = []
    for step, n in enumerate(report.score_counts):
        grade, quarter = divmod(step, STEPS_PER_LEVEL)
        name = labels[grade] if quarter == 0 else f"{labels[grade]} + {quarter}/{STEPS_PER_LEVEL}"
        rows.append((Cell(name), count(n)))
    caption = "Essays by expected grade, to the nearest quarter of a level"
    return Table(caption, columns("expected grade", numbers=("essays",)), tuple(rows))


def set_table(sets: SetReport) -> Table:
    """Return coverage and size of the ranges."""
    shares = ("set_coverage", "single_grade_share")
    rows = tuple(
        (
            Cell(JUDGEMENT_METRICS[name].title),
            share_figure(value) if name in shares else figure(value, 2),
            Cell(JUDGEMENT_METRICS[name].unit),
        )
        for name, value in sets.values.items()
    )
    heads = (Column("figure"), Column("value", is_number=True), Column("unit"))
    return Table("Coverage and size of the ranges", heads, rows)


def grade_coverage_table(sets: SetReport) -> Table:
    """Return coverage for each human grade."""
    rows = tuple(
        (
            Cell(each.label),
            count(each.n),
            Cell(
                percent(each.share, 1).text,
                percent(each.share).order,
                detail=_between(each.low, each.high),
            ),
        )
        for each in sets.by_grade
    )
    caption = "Share of essays whose range holds the human grade"
    return Table(caption, columns("human grade", numbers=("essays", "covered")), rows)


def workload_table(report: WorkloadReport) -> Table:
    """Return the curve, and the review rule in its last row."""
    rows = [_workload_row(f"{point.share:.0%}", point) for point in report.curve]
    if report.rule is not None:
        rows.append(_workload_row(f"this grader's rule ({report.rule.share:.1%})", report.rule))
    numbers = ("essays left", "QWK", "exact", "adjacent", "MAE")
    caption = "Agreement on the essays that no teacher looks at; MAE in levels"
    return Table(caption, columns("sent to a teacher", numbers=numbers), tuple(rows))


def shortcut_table(shortcuts: tuple[Shortcut, ...]) -> Table:
    """Return correlations of grades with the surface of texts."""
    rows = tuple(
        (
            Cell(each.name.replace("_", " "), detail=f"{each.n} essays"),
            *(figure(value, 2, signed=True, why=True) for value in each.values.values()),
        )
        for each in shortcuts
    )
    numbers = ("human", "machine", "given human")
    caption = (
        "Correlation with the surface of texts, −1 to 1: of the human grade, of the machine's "
        "score, and of the latter among essays of one human grade"
    )
    return Table(caption, columns("property", numbers=numbers), rows)


def perturbation_table(table: PerturbationTable) -> Table:
    """Return what changes of texts do to grades."""
    rows = tuple(
        (
            Cell(row.description),
            count(row.changed),
            *(share_figure(row.values[name]) for name in ("moved", "moved_down", "moved_up")),
            figure(row.values["grade_change"], 2, signed=True),
            figure(row.values["score_change"], 2, signed=True),
        )
        for row in table.rows
    )
    numbers = ("changed", "grade moves", "falls", "rises", "mean, grade", "mean, score")
    caption = f"{table.n} of {table.population} essays graded again after a change; means in levels"
    return Table(caption, columns("change", numbers=numbers), rows)


def _workload_row(title: str, point: WorkloadPoint) -> tuple[Cell, ...]:
    values = point.values
    return (
        Cell(title),
        count(point.n),
        figure(values["qwk"]),
        figure(values["accuracy"]),
        figure(values["adjacent_agreement"]),
        figure(values["mae"]),
    )


def _between(low: float, high: float) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{number(low, 2).text}, {number(high, 2).text}]"
