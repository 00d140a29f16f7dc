"""Model ids as people type them: the first digits are enough."""

import re
from uuid import UUID

from huleedu_ml_training.registry.errors import InvalidModelIdError

_DIGITS = re.compile(r"[0-9a-f]{4,32}")


def id_digits(text: str) -> str:
    """Return the hexadecimal digits of an id or of its beginning, lower case, without dashes.

    Raises:
        InvalidModelIdError: The text is no UUID, nor the first four or more digits of one.
    """
    digits = text.strip().lower().replace("-", "")
    if not _DIGITS.fullmatch(digits):
        raise InvalidModelIdError(text=text)
    return digits


def id_range(digits: str) -> tuple[UUID, UUID]:
    """Return the lowest and the highest UUID that begin with the digits."""
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
