"""What a model card is made of, whether it becomes Markdown or HTML.

All texts are as they came: whoever prints them escapes them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from huleedu_ml_training.metrics.format import format_value
from huleedu_ml_training.metrics.values import MetricValue

NOT_STATED = "not stated"

KEPT_IN_BUNDLE = "A model that this project trained keeps it in its bundle; this one does not."
"""How to get what only training knows."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of text."""

    text: str
    kind: ClassVar[str] = "paragraph"


@dataclass(frozen=True, slots=True)
class Notice:
    """A paragraph that nobody may overlook, beginning with a short heading."""

    heading: str
    text: str
    kind: ClassVar[str] = "notice"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; never empty."""

    items: tuple[str, ...]
    kind: ClassVar[str] = "bullets"


@dataclass(frozen=True, slots=True)
class CardTable:
    """A table.

    Attributes:
        caption: What it shows.
        columns: Headings.
        rows: One text per heading.
        right: Headings of columns that hold numbers.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()
    kind: ClassVar[str] = "table"


@dataclass(frozen=True, slots=True)
class Commands:
    """Lines to copy into a terminal."""

    lines: tuple[str, ...]
    kind: ClassVar[str] = "commands"


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that a card should have and this one has not.

    Attributes:
        what: The part.
        how: How to get it, as a sentence.
    """

    what: str
    how: str
    kind: ClassVar[str] = "missing"


Block = Paragraph | Notice | Bullets | CardTable | Commands | Missing


@dataclass(frozen=True, slots=True)
class CardSection:
    """A section of a card.

    Attributes:
        key: Short name, fit for an anchor.
        title: Heading.
        blocks: At least one.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]


def facts(caption: str, rows: Iterable[tuple[str, object]]) -> CardTable:
    """Return a table of names and values; a value of None or an empty text is not stated."""
    stated = tuple(
        (name, NOT_STATED if value is None or value == "" else str(value)) for name, value in rows
    )
    return CardTable(caption, ("", "value"), stated)


def figure(value: MetricValue, *, digits: int = 3, signed: bool = False) -> str:
    """Return ``0.742 [0.691, 0.786]`` with real minus signs, or a dash and the reason."""
    text = format_value(value, digits=digits, signed=signed)
    return text.replace("-", "\u2212") if value.is_defined else text
