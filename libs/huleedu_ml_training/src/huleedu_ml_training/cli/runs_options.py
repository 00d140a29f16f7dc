"""What the commands about runs share."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.completion import complete_runs
from huleedu_ml_training.cli.runtime import CommandContext
from huleedu_ml_training.domain.errors import UsageError
from huleedu_ml_training.registry.runs.records import RunKind, RunState

if TYPE_CHECKING:
    from huleedu_ml_training.registry.runs.protocol import RunStoreProtocol

RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="Id of the run, or its first digits (at least four).",
        autocompletion=complete_runs,
    ),
]
KindOption = Annotated[
    RunKind | None, typer.Option("--kind", help="Only this kind.", show_default=False)
]
StateOption = Annotated[
    list[RunState] | None,
    typer.Option("--state", help="Only in this state. Repeatable.", show_default=False),
]

_AGE = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*([hdw])\s*", re.ASCII)
_HOURS = {"h": 1.0, "d": 24.0, "w": 168.0}


class InvalidAgeError(UsageError):
    """An option names no length of time.

    Attributes:
        option: The option.
        value: Its value.
    """

    code = "invalid-age"

    def __init__(self, *, option: str, value: str) -> None:
        super().__init__()
        self.option = option
        self.value = value

    @property
    def what(self) -> str:
        """Name option and value."""
        return f"{self.option} {self.value[:80]!a} is no length of time"

    @property
    def remedy(self) -> str:
        """Show the form."""
        return "write a number with h, d or w, as in 36h, 90d or 12w"


def moment_before(text: str, option: str) -> datetime:
    """Return the moment so long ago as a text such as ``90d`` says.

    Raises:
        InvalidAgeError: It says no length of time, or one before all calendars.
    """
    found = _AGE.fullmatch(text)
    if found is None:
        raise InvalidAgeError(option=option, value=text)
    try:
        return datetime.now(UTC) - timedelta(hours=float(found[1]) * _HOURS[found[2]])
    except OverflowError:
        raise InvalidAgeError(option=option, value=text) from None


async def runs_of(context: CommandContext) -> "RunStoreProtocol":
    """Return the store of runs that the settings mean."""
    from huleedu_ml_training.registry.runs.protocol import RunStoreProtocol

    return await context.get(RunStoreProtocol)
