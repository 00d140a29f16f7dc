"""Tables of the points of reliability diagrams."""

from collections.abc import Iterable, Sequence

from huleedu_ml_training.metrics.reliability import ReliabilityBin
from huleedu_ml_training.metrics.threshold_reliability import ThresholdReliability
from huleedu_ml_training.reports.context import CalibrationChange
from huleedu_ml_training.reports.tables import Cell, Column, Table, columns, count, figure, percent


def threshold_table(thresholds: tuple[ThresholdReliability, ...]) -> Table:
    """Return the calibration error of each threshold."""
    rows = tuple(
        (Cell(f"{each.label} or better"), percent(each.share, 1), figure(each.error))
        for each in thresholds
    )
    numbers = ("reach it", "calibration error")
    caption = "Calibration error of each threshold: mean gap between stated and actual share"
    return Table(caption, columns("threshold", numbers=numbers), rows)


def threshold_bin_table(thresholds: tuple[ThresholdReliability, ...]) -> Table:
    """Return the points of every threshold's diagram."""
    caption = "The points of the diagrams: stated and actual share of essays that reach a grade"
    return _bin_table(
        caption, "threshold", ((f"{each.label} or better", each.bins) for each in thresholds)
    )


def calibration_table(change: CalibrationChange) -> Table:
    """Return the points of the diagrams before and after calibration."""
    sides = (("before", change.before), ("after", change.after))
    caption = "The points of the diagram: stated and actual share of essays graded right"
    return _bin_table(caption, "calibration", sides)


def _bin_table(
    caption: str, name: str, series: Iterable[tuple[str, Sequence[ReliabilityBin]]]
) -> Table:
    """Return the bins that hold essays, each beside the name of its series."""
    rows = tuple(
        (
            Cell(side),
            Cell(f"{each.lower:.0%} to {each.upper:.0%}"),
            count(each.n),
            percent(each.confidence, 1),
            Cell(
                percent(each.hit_rate, 1).text,
                each.hit_rate,
                detail=f"[{each.low:.0%}, {each.high:.0%}]",
            ),
        )
        for side, bins in series
        for each in bins
        if each.n
    )
    heads = (
        Column(name, is_choice=True),
        Column("claimed"),
        *columns(numbers=("essays", "mean claim", "so")),
    )
    return Table(caption, heads, rows, is_interactive=True)
