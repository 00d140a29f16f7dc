"""Tables of a report: texts for people, and numbers to sort by."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from huleedu_ml_training.metrics.format import DASH, format_interval, format_number
from huleedu_ml_training.metrics.values import MetricValue

_DENSE_COLUMNS = 8
_TALL_ROWS = 14


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        title: Its heading.
        is_number: Whether it is set to the right and sorted by number.
        is_choice: Whether its values are few, so that readers may pick one of them.
    """

    title: str
    is_number: bool = False
    is_choice: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell.

    Attributes:
        text: What it says.
        order: What it is sorted by in a column of numbers; None for last, whichever way.
        tone: CSS class of the text; empty for none.
        detail: What stands after it in small print.
    """

    text: str
    order: float | None = None
    tone: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names its rows.

    Attributes:
        caption: What it shows.
        columns: Its columns.
        rows: A cell per column.
        is_interactive: Whether readers may sort it, and filter it where it is long.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_interactive: bool = False

    @property
    def style(self) -> str:
        """CSS classes."""
        parts = [
            "wide",
            "interactive" if self.is_interactive else "",
            "dense" if len(self.columns) > _DENSE_COLUMNS else "",
        ]
        return " ".join(filter(None, parts))

    @property
    def is_tall(self) -> bool:
        """Whether it is so long that it scrolls in a window of its own."""
        return len(self.rows) > _TALL_ROWS


def columns(*names: str, numbers: Iterable[str]) -> tuple[Column, ...]:
    """Return columns of texts, then columns of numbers."""
    return (*map(Column, names), *(Column(title, is_number=True) for title in numbers))


def count(n: int) -> Cell:
    """Return a number of things."""
    return Cell(f"{n:,}".replace(",", "\u202f"), float(n))


def number(value: float, digits: int = 3, *, signed: bool = False) -> Cell:
    """Return a number with fixed decimals; a dash for NaN."""
    return Cell(minus(format_number(value, digits=digits, signed=signed)), _order(value))


def percent(value: float, digits: int = 0) -> Cell:
    """Return a share as per cent; a dash for NaN."""
    text = format_number(value * 100, digits=digits)
    return Cell(text if text == DASH else f"{text}%", _order(value))


def figure(
    value: MetricValue, digits: int = 3, *, signed: bool = False, tone: str = "", why: bool = False
) -> Cell:
    """Return a metric with its interval in small print.

    Args:
        value: The metric.
        digits: Decimals.
        signed: Whether a plus is printed.
        tone: CSS class of the number.
        why: Whether the reason of a missing figure or interval is told.
    """
    text = minus(format_number(value.value, digits=digits, signed=signed))
    interval = minus(format_interval(value, digits=digits, signed=signed))
    reason = (value.reason or "") if why else ""
    return Cell(text, _order(value.value), tone, interval or reason)


def share_figure(value: MetricValue) -> Cell:
    """Return a metric that is a share, as per cent with its interval in small print."""
    detail = ""
    if value.has_interval:
        detail = f"[{value.low:.0%}, {value.high:.0%}]"
    return Cell(percent(value.value).text, _order(value.value), detail=detail)


def _order(value: float) -> float | None:
    return value if math.isfinite(value) else None


def minus(text: str) -> str:
    """Set a real minus sign, as wide as the plus."""
    return text.replace("-", "\u2212")
