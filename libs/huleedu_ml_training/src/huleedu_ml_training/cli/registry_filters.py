"""Options that leave out runs or versions, written once."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.registry_options import moment

if TYPE_CHECKING:
    from huleedu_ml_training.registry.conditions import MetricCondition

TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", help="Only with this tag. Repeatable.", show_default=False),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="CONDITION",
        help="Only with such a figure, as in 'qwk>=0.6', or 'qwk.low>=0.5' for the bound of its "
        "interval. Repeatable.",
        show_default=False,
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Only from this ISO 8601 date or time (UTC unless it says) on.",
        show_default=False,
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Only from before this ISO 8601 date or time.",
        show_default=False,
    ),
]


def conditions_of(texts: Sequence[str] | None) -> "tuple[MetricCondition, ...]":
    """Return the conditions that ``--where`` gave.

    Raises:
        InvalidConditionError: One of them is none.
    """
    from huleedu_ml_training.registry.conditions import parse_condition

    return tuple(parse_condition(text) for text in texts or ())


def moment_of(text: str | None, option: str) -> datetime | None:
    """Return the moment that an option means, or None where it was not given.

    Raises:
        InvalidTimeError: It means none.
    """
    return None if text is None else moment(text, option)
