"""The sections of a model card that say how good a grader is, and for whom."""

from collections.abc import Iterable, Mapping

from huleedu_ml_training.metrics.assessment_definitions import ASSESSMENT_METRICS
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.flags import Flag
from huleedu_ml_training.metrics.format import format_bound, format_number
from huleedu_ml_training.metrics.judgement_definitions import JUDGEMENT_METRICS
from huleedu_ml_training.metrics.judgement_format import SHOWN_RATER_FIGURES
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.slice_columns import HUMAN_GRADE
from huleedu_ml_training.metrics.standing_flags import standing_flags
from huleedu_ml_training.metrics.subgroups import MIN_GROUP_ESSAYS, Subgroup
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.reports.card_blocks import (
    Block,
    Bullets,
    CardSection,
    CardTable,
    Missing,
    Paragraph,
    figure,
)

SHOWN_GROUPS = 20
"""Groups of a column that a card shows; the report and ``metrics.json`` have all of them."""

_SMALL = f"fewer than {MIN_GROUP_ESSAYS} essays: shown, not judged"
_GROUP_FIGURES = ("qwk", "dsm", "mae", "bias")
_SIGNED = frozenset({"dsm", "bias"})


def agreement(report: JudgementReport) -> CardSection:
    """Show every metric with its interval, and the bounds that are broken."""
    evaluation = report.evaluation
    resampling = evaluation.resampling
    columns = ("figure", "value", "interval", "unit")
    rows = tuple(
        (METRICS[name].title, *_value_and_interval(value), METRICS[name].unit)
        for name, value in evaluation.values.items()
    )
    caption = f"{resampling.confidence:.0%} intervals over {resampling.by}s"
    blocks: list[Block] = [
        CardTable(caption, columns, rows, ("value", "interval")),
        Paragraph(_flag_sentence(report)),
    ]
    standing = standing_flags(report)
    if standing:
        blocks.append(Bullets(tuple(map(_flag_line, standing))))
    return CardSection("agreement", "How well it agrees with people", tuple(blocks))


def ceilings(report: JudgementReport) -> CardSection:
    """Show how well people agree, and what any grader could reach."""
    raters = report.assessment.raters
    blocks: list[Block]
    if raters.double_rated == 0:
        how = (
            "Import the grades of single raters (columns rater_1, rater_2 and so on, or a table of "
            "ratings) for a part of the essays, and evaluate again: without them nobody can say "
            "how much agreement is attainable."
        )
        blocks = [Missing("agreement of people with each other", how)]
    else:
        rows = tuple(
            (ASSESSMENT_METRICS[name].title, figure(raters.values[name]))
            for name in (*SHOWN_RATER_FIGURES, "attainable_qwk_two_raters")
        )
        caption = f"{raters.double_rated} essays graded by two people or more"
        blocks = [CardTable(caption, ("figure", "value"), rows, ("value",))]
        if raters.is_small:
            blocks.append(Paragraph(f"Of raters there are {_SMALL}."))
    return CardSection("ceilings", "How well people agree", tuple(blocks))


def groups(report: JudgementReport) -> CardSection:
    """Show every column's groups with intervals, small ones marked."""
    blocks: list[Block] = [
        Paragraph(
            "A difference of standardised means (DSM) above zero says that the machine is kinder "
            "to a group than to others, next to people's grades; within ±0.10 is usual. Brackets "
            "are intervals. Groups made by length or by the human grade are not judged: a grader "
            "without a rater's noise differs from raters there."
        )
    ]
    tables = [
        table
        for table in report.assessment.slices
        if table.column != HUMAN_GRADE and len(table.groups) > 1
    ]
    blocks += [_group_table(table.column, table.groups) for table in tables]
    if not tables:
        how = "Import essays with prompt, language, time and metadata columns, and evaluate again."
        blocks = [Missing("how it treats groups of pupils", how)]
    blocks.append(_group_table("lowest and highest human grades", report.assessment.tails))
    return CardSection("groups", "Groups of essays", tuple(blocks))


def shortcuts(report: JudgementReport) -> CardSection:
    """Show what the grader follows on the surface, and how far tricks move it."""
    rows = tuple(
        (
            each.name,
            str(each.n),
            figure(each.values["machine_correlation"], signed=True),
            figure(each.values["partial_correlation"], signed=True),
        )
        for each in report.shortcuts
    )
    columns = ("surface", "essays", "machine score", "given the human grade")
    blocks: list[Block] = [CardTable("Correlation with the surface", columns, rows, columns[1:])]
    table = report.perturbations
    if table is None:
        how = "evaluate --perturbations changes texts and grades them again."
        blocks.append(Missing("how far changed texts move the grade", how))
    else:
        names = ("moved", "moved_up", "moved_down", "grade_change")
        changes = tuple(
            (row.description, *(figure(row.values[name], digits=2) for name in names))
            for row in table.rows
        )
        headings = ("change", "share that moves", "up", "down", "mean levels")
        caption = f"Changed texts of {table.n} essays"
        blocks.append(CardTable(caption, headings, changes, headings[1:]))
    return CardSection("shortcuts", "Shortcuts and tricks", tuple(blocks))


def _flag_sentence(report: JudgementReport) -> str:
    raised, standing = len(report.raised_flags), len(standing_flags(report))
    bounds = f"{len(report.flags)} bounds of assessment practice"
    if not raised:
        return f"All {bounds} are kept."
    doubt = "all of them may be noise"
    if standing:
        doubt = f"these {standing} rest on enough essays to be acted on"
    return f"Of {bounds}, {raised} {'is' if raised == 1 else 'are'} broken; {doubt}."


def _flag_line(flag: Flag) -> str:
    definitions = {**METRICS, **ASSESSMENT_METRICS, **JUDGEMENT_METRICS}
    subject = "" if flag.subject is None else f" ({flag.subject})"
    bound = format_bound(flag).replace("-", "\u2212")
    return f"{definitions[flag.name].title}{subject}: {figure(flag.figure)}, bound {bound}"


def _cells(values: Mapping[str, MetricValue], names: Iterable[str]) -> tuple[str, ...]:
    return tuple(figure(values[name], signed=name in _SIGNED) for name in names)


def _group_table(column: str, found: tuple[Subgroup, ...]) -> CardTable:
    shown = found[:SHOWN_GROUPS]
    rows = tuple(
        (
            group.key or "not known",
            str(group.n),
            *_cells(group.values, _GROUP_FIGURES),
            _SMALL if group.is_small else "",
        )
        for group in shown
    )
    hidden = len(found) - len(shown)
    more = f"; {hidden} smaller ones are left out here" if hidden else ""
    columns = ("group", "essays", "kappa", "DSM", "MAE", "bias", "remark")
    return CardTable(f"{_words(column)}{more}", columns, rows, columns[1:-1])


def _value_and_interval(value: MetricValue) -> tuple[str, str]:
    number = format_number(value.value).replace("-", "\u2212")
    interval = figure(value).removeprefix(number).strip() if value.is_defined else ""
    return number, interval or value.reason or "none"


def _words(column: str) -> str:
    return f"By {column.replace('_', ' ')}" if column.islower() else column
