"""What ``cv`` prints."""

from typing import TYPE_CHECKING

from huleedu_ml_training.cli.runtime import CommandContext
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.format import format_number, format_value

if TYPE_CHECKING:
    from huleedu_ml_training.training.validation_report import (
        AcrossFolds,
        ValidationReport,
        ValidationResult,
    )

_SOURCES = {
    "seed": "seed of training",
    "split": "split into folds",
    "rest": "seed and split together",
    "essays": "essays that were graded",
}


def show_validation(context: CommandContext, result: "ValidationResult") -> None:
    """Print a finished cross-validation."""
    report = result.report
    _rules_table(context, report)
    _folds_table(context, report)
    if report.curve:
        _curve_table(context, report)
    for figures in report.variance:
        context.output.table(
            f"Where the spread of {METRICS[figures.metric].title} comes from: {figures.n_seeds} "
            f"seeds x {figures.n_splits} splits, mean {format_number(figures.mean)}",
            ("source", "sd", "interval", "degrees of freedom"),
            [
                (
                    _SOURCES[each.source],
                    format_number(each.sd, digits=4),
                    f"[{format_number(each.low, digits=4)}, {format_number(each.high, digits=4)}]",
                    each.degrees,
                )
                for each in figures.components
            ],
            right=("sd", "interval", "degrees of freedom"),
        )
    for caveat in report.caveats:
        context.output.note(f"warning: {caveat}")
    for note in (*report.notes, *report.evaluation.notes):
        context.output.note(f"note: {note}")
    context.output.document(
        "cv",
        {"run_id": str(result.run.id), "resumed": result.resumed, "report": report.to_dict()},
    )


def _rules_table(context: CommandContext, report: "ValidationReport") -> None:
    passes = "" if report.n_repeats == 1 else f", {report.n_repeats} repeats"
    kind = " (optimistic)" if report.caveats else ""
    columns = ("decision rule", "QWK", "QWK over folds", "exact", "adjacent", "MAE", "RPS")
    context.output.table(
        f"{report.n} held-out essays, {report.scheme}, {report.n_folds} folds{passes}, "
        f"{report.protocol} protocol{kind}",
        columns,
        [
            (
                f"{figures.rule} (configured)" if figures.rule == report.rule else figures.rule,
                format_value(figures.values["qwk"]),
                _spread(figures.qwk_across_folds),
                *(
                    format_number(figures.values[name].value)
                    for name in ("accuracy", "adjacent_agreement", "mae", "rps")
                ),
            )
            for figures in report.rules
        ],
        right=columns[1:],
    )


def _folds_table(context: CommandContext, report: "ValidationReport") -> None:
    columns = ("repeat", "fold", "essays", "learnt from", "QWK", "RPS", "MAE")
    context.output.table(
        f"Folds, by {report.rule}",
        columns,
        [
            (
                fold.repeat + 1,
                fold.fold + 1,
                fold.n,
                fold.n_learnt,
                *(format_number(value) for value in (fold.qwk, fold.rps, fold.mae)),
            )
            for fold in report.folds
        ],
        right=columns,
    )


def _curve_table(context: CommandContext, report: "ValidationReport") -> None:
    columns = ("learnt from", "QWK", "QWK over folds", "RPS")
    context.output.table(
        f"Learning curve, by {report.rule}, on the same {report.n} held-out essays",
        columns,
        [
            (
                point.n_essays,
                format_value(point.figures.values["qwk"]),
                _spread(point.figures.qwk_across_folds),
                format_value(point.figures.values["rps"]),
            )
            for point in report.curve
        ],
        right=columns,
    )


def _spread(figure: "AcrossFolds") -> str:
    return f"{format_number(figure.mean)} ± {format_number(figure.sd)}"
