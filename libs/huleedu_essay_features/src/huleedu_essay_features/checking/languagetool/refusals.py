"""What a server says when it does not give what was asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_QUOTED = 300


class TextTooLongError(Exception):
    """The server takes shorter texts only. Never leaves this package.

    Attributes:
        said: What it said.
    """

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed that may be repeated.

    Attributes:
        reason: On one line.
        retry_after_s: For how long the server asks to be left alone; None where it does not say.
        is_down: Whether it counts for the circuit breaker: a busy server is not a broken one.
    """

    reason: str
    retry_after_s: float | None = None
    is_down: bool = True


def one_line(text: str) -> str:
    """Return the beginning of a text on one line, without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"


def seconds_to_wait(retry_after: str) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date; None where it is neither."""
    value = retry_after.strip()
    if value.isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
