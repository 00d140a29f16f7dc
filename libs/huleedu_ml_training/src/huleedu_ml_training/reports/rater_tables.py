"""Tables of raters among themselves and beside the machine."""

from huleedu_ml_training.metrics.assessment_definitions import ASSESSMENT_METRICS
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.flags import Flag
from huleedu_ml_training.metrics.format import format_remark
from huleedu_ml_training.metrics.rater_report import RaterReport
from huleedu_ml_training.metrics.raters import DEGRADATION, HUMAN_HUMAN, HUMAN_MACHINE
from huleedu_ml_training.reports.tables import Cell, Column, Table, columns, figure, minus

_SIDES = (HUMAN_HUMAN, HUMAN_MACHINE, DEGRADATION)


def rater_tables(raters: RaterReport) -> tuple[Table, Table]:
    """Return agreement of people beside that of person and machine; and what follows from it."""
    flags = {flag.name: flag for flag in raters.flags}
    paired = [name for name in METRICS if f"{HUMAN_HUMAN}_{name}" in raters.values]
    agreement = Table(
        f"Agreement on the same {raters.double_rated} essays, graded by two people or more",
        columns("metric", numbers=("two people", "with the machine", "difference")),
        tuple(
            (
                Cell(METRICS[name].title),
                *(
                    figure(
                        raters.values[f"{side}_{name}"],
                        signed=side == DEGRADATION,
                        tone=_tone(flags.get(f"{side}_{name}")),
                    )
                    for side in _SIDES
                ),
            )
            for name in paired
        ),
    )
    seen = {f"{side}_{name}" for side in _SIDES for name in paired}
    heads = (Column("figure"), Column("value", is_number=True), Column("unit"), Column("remark"))
    rest = Table(
        "What follows from how far two people differ",
        heads,
        tuple(
            (
                Cell(ASSESSMENT_METRICS[name].title),
                figure(value, why=True),
                Cell(ASSESSMENT_METRICS[name].unit),
                _remark(flags.get(name)),
            )
            for name, value in raters.values.items()
            if name not in seen
        ),
    )
    return agreement, rest


def _tone(flag: Flag | None) -> str:
    return str(flag.verdict) if flag is not None and flag.raised else ""


def _remark(flag: Flag | None) -> Cell:
    return Cell("") if flag is None else Cell(minus(format_remark(flag)), tone=_tone(flag))
