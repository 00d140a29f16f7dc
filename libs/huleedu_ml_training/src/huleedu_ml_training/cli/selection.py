"""Options that say which essays are meant, shared by all commands that work on them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from huleedu_ml_training.config import SelectionSettings
from huleedu_ml_training.data.formats import FileFormat
from huleedu_ml_training.domain.dataset import EssaySelection
from huleedu_ml_training.domain.errors import UsageError

SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Essays written at this ISO 8601 date or time (UTC unless it says) or later.",
        show_default=False,
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Essays written before this ISO 8601 date or time.",
        show_default=False,
    ),
]
PromptOption = Annotated[
    list[str] | None,
    typer.Option("--prompt", help="Essays on this prompt only. Repeatable.", show_default=False),
]
ExcludePromptOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude-prompt", help="No essays on this prompt. Repeatable.", show_default=False
    ),
]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--language",
        help="Essays in this language only, e.g. en or sv. Repeatable.",
        show_default=False,
    ),
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--source", help="Essays imported from this corpus only. Repeatable.", show_default=False
    ),
]
MinWordsOption = Annotated[
    int | None,
    typer.Option(
        "--min-words", min=0, help="Essays of at least so many words.", show_default=False
    ),
]
MaxWordsOption = Annotated[
    int | None,
    typer.Option("--max-words", min=1, help="Essays of at most so many words.", show_default=False),
]

FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file",
        help="Graded essays (CSV, Parquet or JSONL); options that select essays apply to it too.",
        show_default="the essays in the database",
    ),
]
FileFormatOption = Annotated[
    FileFormat | None,
    typer.Option("--format", help="What --file is.", show_default="by the file's suffix"),
]


@dataclass(frozen=True, slots=True)
class SelectionOptions:
    """The options that select essays, as one argument of a command; None: not given."""

    since: SinceOption = None
    until: UntilOption = None
    prompts: PromptOption = None
    exclude_prompts: ExcludePromptOption = None
    languages: LanguageOption = None
    sources: SourceOption = None
    min_words: MinWordsOption = None
    max_words: MaxWordsOption = None

    def within(self, settings: SelectionSettings) -> EssaySelection:
        """Return which essays are meant; see :func:`build_selection`.

        Raises:
            InvalidSelectionError: A time is none, or a limit is on the wrong side of the other.
        """
        return build_selection(
            settings, **{field.name: getattr(self, field.name) for field in fields(self)}
        )


SELECTION = SelectionOptions()
"""Default of the argument: no option given."""


class InvalidSelectionError(UsageError):
    """An option or setting selects essays in an impossible way.

    Attributes:
        name: The option or setting.
        value: Its value.
        reason: What is wrong with it.
    """

    code = "invalid-selection"

    def __init__(self, *, name: str, value: object, reason: str) -> None:
        super().__init__()
        self.name = name
        self.value = value
        self.reason = reason

    @property
    def what(self) -> str:
        """Name option and value."""
        return f"{self.name} {str(self.value)!r} {self.reason}"

    @property
    def remedy(self) -> str:
        """Show the form of a time."""
        return "write times as 2025-08-15 or 2025-08-15T13:30:00+02:00, the earlier one in --since"


def build_selection(
    settings: SelectionSettings,
    *,
    since: str | None = None,
    until: str | None = None,
    prompts: Sequence[str] | None = None,
    exclude_prompts: Sequence[str] | None = None,
    languages: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    min_words: int | None = None,
    max_words: int | None = None,
) -> EssaySelection:
    """Return which essays are meant: those of the settings, unless an option says otherwise.

    Args:
        settings: The settings of the selection.
        since: ``--since``; None where it was not given, here and below.
        until: ``--until``.
        prompts: ``--prompt``.
        exclude_prompts: ``--exclude-prompt``.
        languages: ``--language``.
        sources: ``--source``.
        min_words: ``--min-words``.
        max_words: ``--max-words``.

    Raises:
        InvalidSelectionError: A time is none, or a limit lies on the wrong side of the other.
    """
    start = _time("since", since, settings.since)
    end = _time("until", until, settings.until)
    if start is not None and end is not None and start >= end:
        raise InvalidSelectionError(
            name=_name("until", until), value=until or settings.until, reason="is not after --since"
        )
    least = settings.min_words if min_words is None else min_words
    most = settings.max_words if max_words is None else max_words
    if most is not None and least > most:
        name = _name("max-words", max_words)
        raise InvalidSelectionError(
            name=name, value=most, reason=f"is less than --min-words {least}"
        )
    return EssaySelection(
        since=start,
        until=end,
        prompts=tuple(prompts or settings.prompts),
        exclude_prompts=tuple(exclude_prompts or settings.exclude_prompts),
        languages=tuple(code.lower() for code in languages or settings.languages),
        sources=tuple(sources or settings.sources),
        min_words=least,
        max_words=most,
    )


def _time(option: str, given: str | None, setting: str | None) -> datetime | None:
    value = setting if given is None else given
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        name = _name(option, given)
        raise InvalidSelectionError(name=name, value=value, reason="is no date or time") from None


def _name(option: str, given: object) -> str:
    return f"selection.{option.replace('-', '_')}" if given is None else f"--{option}"
