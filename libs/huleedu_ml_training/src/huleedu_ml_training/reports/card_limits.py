"""The sections of a model card that say where a grader ends, and when a teacher has to look."""

from huleedu_ml_training.metrics.coverage import SetReport
from huleedu_ml_training.metrics.format import format_number
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.slices import MIN_SLICE_ESSAYS
from huleedu_ml_training.metrics.workload import WorkloadPoint
from huleedu_ml_training.models.review import ReviewRule
from huleedu_ml_training.reports.card_blocks import (
    Block,
    Bullets,
    CardSection,
    CardTable,
    Missing,
    Paragraph,
    figure,
)
from huleedu_ml_training.reports.context import ReportContext

_SHOWN_SHARES = (0.0, 0.1, 0.2, 0.3, 0.5)
"""Shares of essays sent to a teacher that a card shows; the report has the whole curve."""


def ranges(context: ReportContext, report: JudgementReport) -> CardSection:
    """Show how often ranges of grades hold the teacher's grade."""
    sets, title = report.sets, "Ranges of grades"
    if sets is None:
        how = "Train again: models made by this version give one with each grade."
        missing = Missing("ranges of grades that hold the teacher's with a stated chance", how)
        return CardSection("ranges", title, (missing,))
    aim = context.range_coverage
    promised = "" if aim is None else f", where {aim:.0%} were aimed at"
    size = sets.values["set_size"]
    text = (
        f"Ranges hold the teacher's grade in {figure(sets.values['set_coverage'])} of "
        f"the essays{promised}; they are {figure(size, digits=2)} grades wide on average. The aim "
        "is one for all essays together, not for each grade."
    )
    return CardSection("ranges", title, (Paragraph(text), _coverage_by_grade(sets)))


def review(context: ReportContext, report: JudgementReport) -> CardSection:
    """Say which essays a teacher should look at, how many those are, and what it buys."""
    workload = report.workload
    blocks: list[Block] = []
    if context.review is None:
        how = "The bundle's review.json states it; this card was made without it."
        blocks.append(Missing("the review rule", how))
    else:
        blocks.append(Paragraph(_rule_sentence(context.review)))
    if workload.rule is not None and report.evaluation.n:
        reviewed, n = workload.rule.reviewed, report.evaluation.n
        blocks.append(
            Paragraph(
                f"Expected workload: {reviewed} of these {n} essays ({reviewed / n:.0%}) go to a "
                "teacher. Essays unlike these may need more."
            )
        )
    points = [point for point in workload.curve if point.share in _SHOWN_SHARES]
    rows = tuple((f"{point.share:.0%}, most doubtful first", *_rest(point)) for point in points) + (
        () if workload.rule is None else (("by the review rule", *_rest(workload.rule)),)
    )
    columns = ("sent to a teacher", "essays left", "kappa", "exact", "adjacent")
    blocks.append(CardTable("Agreement on the rest", columns, rows, columns[1:]))
    return CardSection("review", "When a teacher has to look", tuple(blocks))


def limits(report: JudgementReport) -> CardSection:
    """Name what the figures do not carry."""
    evaluation, worst = report.evaluation, report.assessment.worst_prompt
    weak = [
        label
        for label, count in zip(evaluation.scale.labels, evaluation.human_counts, strict=True)
        if count < MIN_SLICE_ESSAYS
    ]
    items = list(report.notes)
    if weak:
        items.append(
            f"The human grades {', '.join(weak)} have fewer than {MIN_SLICE_ESSAYS} essays among "
            "those judged: what is said of them rests on little."
        )
    if worst.key is None:
        items.append(f"No prompt has the {MIN_SLICE_ESSAYS} essays needed to judge it by itself.")
    else:
        allowed = (
            f"; {figure(worst.shrunken)} when bad luck is allowed for"
            if worst.shrunken.is_defined
            else ""
        )
        items.append(
            f"Weakest prompt among {worst.prompts} with at least {MIN_SLICE_ESSAYS} essays: "
            f"{worst.key}, kappa {figure(worst.worst)}{allowed}."
        )
    items.append(
        "The figures describe the essays that were judged. Another school, year, language or kind "
        "of task needs an evaluation of its own."
    )
    items.append(
        "Human grades are the yardstick: what teachers have in common that is no quality of the "
        "essay, the machine learns with the rest."
    )
    return CardSection("limits", "Limits", (Bullets(tuple(items)),))


def _rule_sentence(rule: ReviewRule) -> str:
    bounds = []
    if rule.max_grades is not None:
        bounds.append(f"its range holds more than {rule.max_grades} grades")
    if rule.max_expected_loss is not None:
        bounds.append(
            f"its grade is expected to be more than {rule.max_expected_loss:g} levels off"
        )
    if not bounds:
        return "No essay is marked for a teacher: the model was made without a review rule."
    return f"An essay is marked for a teacher where {' or '.join(bounds)}."


def _rest(point: WorkloadPoint) -> tuple[str, ...]:
    names = ("qwk", "accuracy", "adjacent_agreement")
    return (str(point.n), *(figure(point.values[name]) for name in names))


def _coverage_by_grade(sets: SetReport) -> CardTable:
    rows = tuple(
        (
            each.label,
            str(each.n),
            format_number(each.share),
            f"[{format_number(each.low)}, {format_number(each.high)}]" if each.n else "none",
        )
        for each in sets.by_grade
    )
    columns = ("human grade", "essays", "held by the range", "interval")
    return CardTable("Coverage for each human grade", columns, rows, columns[1:])
