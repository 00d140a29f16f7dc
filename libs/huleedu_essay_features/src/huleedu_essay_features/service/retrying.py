"""When to ask again, and after how long."""

import email.utils
import random
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a client is. Extraction changes nothing, so that asking again is always safe.

    Attributes:
        attempts: Times that a connection is tried before the server counts as gone.
        first_delay_s: Before the second attempt; each further delay is twice as long.
        max_delay_s: The longest delay, whatever the server asks for.
        patience_s: For how long a server may go on saying that it is busy.
    """

    attempts: int = 5
    first_delay_s: float = 0.25
    max_delay_s: float = 10.0
    patience_s: float = 120.0

    def delay_s(self, attempt: int, retry_after: str | None = None) -> float:
        """Return how long to wait after an attempt that failed.

        A quarter is left to chance, so that clients that were turned away together do not come
        back together.

        Args:
            attempt: Counted from 1.
            retry_after: The server's header, if it sent one.
        """
        grown = self.first_delay_s * 2.0 ** min(attempt - 1, 30)
        asked = parse_retry_after(retry_after) if retry_after else 0.0
        return min(max(grown, asked), self.max_delay_s) * random.uniform(1.0, 1.25)  # noqa: S311


def parse_retry_after(value: str) -> float:
    """Return the seconds that the header asks for; 0 where it cannot be read."""
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, moment.timestamp() - time.time())
