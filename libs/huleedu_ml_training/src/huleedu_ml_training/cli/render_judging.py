"""What ``evaluate`` and ``compare`` print: tables for people, one document for programs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from huleedu_ml_training.cli.runtime import CommandContext

if TYPE_CHECKING:
    from huleedu_ml_training.metrics.judgement_report import JudgementReport
    from huleedu_ml_training.metrics.model_comparison import ModelComparison
    from huleedu_ml_training.training.judging_errors import FlagsRaisedError
    from huleedu_ml_training.training.results import Judgement

_VERDICTS = {
    "better": "B is better",
    "no_worse": "B is no worse",
    "worse": "B is worse",
    "undecided": "undecided: more essays are needed",
    "undefined": "undefined",
}


def show_evaluation(
    context: CommandContext, judgement: "Judgement", refusal: "FlagsRaisedError | None"
) -> None:
    """Print a model's figures on a set of essays.

    Args:
        context: Where to print.
        judgement: The figures.
        refusal: Why the command is about to fail, for its document; None where it is not.
    """
    report, seen = judgement.report, int(judgement.scored.seen.sum())
    _show_tables(context, judgement.scored.title, report)
    for note in report.notes:
        context.output.note(f"note: {note}")
    if seen:
        context.output.note(
            f"warning: the model was trained on {seen} of these {len(judgement.dataset)} essays; "
            "the figures flatter it"
        )
    document: dict[str, Any] = {
        "model_name": judgement.scored.model_name,
        "version": judgement.scored.version,
        "seen_in_training": seen,
        "report": report.to_dict(),
    }
    if refusal is not None:
        document["error"] = refusal.to_dict()
        context.output.note(f"error[{refusal.code}]: {refusal}")
    context.output.document("evaluate", document)


def show_comparisons(context: CommandContext, comparisons: Sequence["ModelComparison"]) -> None:
    """Print paired differences, each model minus the first."""
    from huleedu_ml_training.metrics.definitions import METRICS
    from huleedu_ml_training.metrics.format import (
        COMPARISON_COLUMNS,
        comparison_rows,
        format_value,
    )

    for comparison in comparisons:
        report, verdict = comparison.report, comparison.noninferiority
        context.output.table(
            f"A = {comparison.a}, B = {comparison.b}, on the same {report.n} essays",
            COMPARISON_COLUMNS,
            comparison_rows(report, METRICS),
            right=COMPARISON_COLUMNS[1:],
        )
        context.output.line(
            f"Kappa, margin {verdict.margin:.3f}: {_VERDICTS[verdict.verdict.value]} "
            f"(B - A {format_value(verdict.difference, signed=True)})"
        )
        _transitions(context, comparison)
        _disagreements(context, comparison)
        for name, seen in zip((comparison.a, comparison.b), comparison.seen, strict=True):
            if seen:
                context.output.note(
                    f"warning: {name} was trained on {seen} of these {report.n} essays; "
                    "the comparison flatters it"
                )
    for note in dict.fromkeys(note for each in comparisons for note in each.report.notes):
        context.output.note(f"note: {note}")
    context.output.document(
        "compare",
        {
            "models": [comparisons[0].a, *(each.b for each in comparisons)],
            "comparisons": [each.to_dict() for each in comparisons],
        },
    )


def _show_tables(context: CommandContext, title: str, report: "JudgementReport") -> None:
    from huleedu_ml_training.metrics.definitions import METRICS
    from huleedu_ml_training.metrics.format import METRIC_COLUMNS, metric_rows
    from huleedu_ml_training.metrics.judgement_format import judgement_tables

    evaluation = report.evaluation
    resampling = evaluation.resampling
    context.output.table(
        f"{title}: {evaluation.n} essays, {resampling.confidence:.0%} intervals over "
        f"{resampling.by}s",
        METRIC_COLUMNS,
        metric_rows(evaluation, METRICS),
        right=("value", "interval"),
        whole=("interval",),
    )
    for table in judgement_tables(report):
        context.output.table(table.title, table.columns, table.rows, right=table.right)


def _transitions(context: CommandContext, comparison: "ModelComparison") -> None:
    labels = comparison.report.scale.labels
    context.output.table(
        "Essays by the grade that A gives (rows) and the one that B gives (columns)",
        ("A", *labels),
        [
            (label, *(count or None for count in row))
            for label, row in zip(labels, comparison.report.transitions, strict=True)
        ],
        right=labels,
    )


def _disagreements(context: CommandContext, comparison: "ModelComparison") -> None:
    if not comparison.disagreements:
        context.output.line("A and B give every essay the same grade.")
        return
    context.output.table(
        "Where they differ most",
        ("essay", "human", "A", "B", "B - A"),
        [
            (each.essay_id, each.human, each.a, each.b, f"{each.levels:+d}")
            for each in comparison.disagreements
        ],
        right=("B - A",),
        whole=("essay",),
    )
