"""What PostgreSQL can keep of texts and documents that come from outside."""

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from huleedu_ml_training.domain.errors import UsageError

_REPLACEMENT = "\ufffd"


class InvalidTextError(UsageError):
    """A text cannot be kept: it is blank, too long, or holds characters that no text has.

    Attributes:
        what_for: What the text is, e.g. ``reason``.
        problem: What is wrong with it.
    """

    code = "invalid-text"

    def __init__(self, *, what_for: str, problem: str) -> None:
        super().__init__()
        self.what_for = what_for
        self.problem = problem

    @property
    def what(self) -> str:
        """Name the text and the problem."""
        return f"the {self.what_for} {self.problem}"

    @property
    def remedy(self) -> str:
        """Ask for another."""
        return f"give a {self.what_for} of plain text"


def checked_text(text: str, what_for: str, *, limit: int = 2000) -> str:
    """Return a text as it is, if a ledger can keep it.

    Args:
        text: The text.
        what_for: What it is, for the error.
        limit: Characters at most.

    Raises:
        InvalidTextError: It is blank, too long, or holds NUL or half a surrogate pair.
    """
    if not text.strip():
        raise InvalidTextError(what_for=what_for, problem="is blank")
    if len(text) > limit:
        raise InvalidTextError(what_for=what_for, problem=f"is longer than {limit} characters")
    if _storable(text) != text:
        raise InvalidTextError(what_for=what_for, problem="holds characters that no text has")
    return text


def json_ready(value: Any) -> Any:
    """Return a value as JSONB can keep it.

    NaN and infinity, which JSON lacks, become null; characters that PostgreSQL cannot keep become
    U+FFFD; NumPy's numbers become plain ones; tuples become lists; anything else its text.
    """
    if value is None or isinstance(value, bool):
        return value
    plain: Any
    if isinstance(value, Mapping):
        plain = {_storable(str(key)): json_ready(item) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        plain = [json_ready(item) for item in value]
    elif isinstance(value, Integral):
        plain = int(value)
    elif isinstance(value, Real):
        plain = float(value) if math.isfinite(value) else None
    else:
        plain = _storable(str(value))
    return plain


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can keep a text as it is, and so whether any row can hold it."""
    return _storable(text) == text


def _storable(text: str) -> str:
    without_nul = text.replace("\0", _REPLACEMENT)
    return without_nul.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
