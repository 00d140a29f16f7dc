"""What the commands about registered versions share."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.completion import complete_model_names, complete_models
from huleedu_ml_training.cli.runtime import CommandContext
from huleedu_ml_training.domain.errors import UsageError

if TYPE_CHECKING:
    from huleedu_ml_training.registry.protocols import ModelRegistryProtocol

DEFAULT_LIMIT = 50

ModelNameOption = Annotated[
    str | None,
    typer.Option(
        "--model-name",
        "--name",
        help="Name of the model.",
        show_default=False,
        autocompletion=complete_model_names,
    ),
]
ModelIdOption = Annotated[
    str,
    typer.Option(
        "--model-id",
        help="Id, or its first digits (at least four).",
        autocompletion=complete_models,
    ),
]
ReasonOption = Annotated[
    str | None,
    typer.Option(
        "--reason",
        help="Why, for the ledger; asked for on a terminal where needed.",
        show_default=False,
    ),
]
ForceDownOption = Annotated[
    bool, typer.Option("--force", help="Skip stages, or leave production without a version.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Show so many at most.")]


class InvalidTimeError(UsageError):
    """An option names no moment.

    Attributes:
        option: The option.
        value: Its value.
    """

    code = "invalid-time"

    def __init__(self, *, option: str, value: str) -> None:
        super().__init__()
        self.option = option
        self.value = value

    @property
    def what(self) -> str:
        """Name option and value."""
        return f"{self.option} {self.value[:80]!a} is no date or time"

    @property
    def remedy(self) -> str:
        """Show the form of a time."""
        return "write 2026-03-01 for the beginning of that day (UTC), or 2026-03-01T13:30:00+01:00"


def moment(text: str, option: str) -> datetime:
    """Return the moment that an ISO 8601 date or time means, UTC unless it says.

    Raises:
        InvalidTimeError: It is none.
    """
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidTimeError(option=option, value=text) from None


async def registry_of(context: CommandContext) -> "ModelRegistryProtocol":
    """Return the registry that the settings mean."""
    from huleedu_ml_training.registry.protocols import ModelRegistryProtocol

    return await context.get(ModelRegistryProtocol)
