"""Leave a server alone that keeps failing."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to send one request.

    Attributes:
        period: Which stretch between two changes of state it was given in.
    """

    period: int


class CircuitBreaker:
    """Closed: requests pass. Open: none does. Half-open: one tries. Safe for concurrent use.

    Failures in a row open it; after a while one request may try, which closes it or opens it again.
    What comes of a request that was sent before the last change of state counts for nothing.

    Args:
        failures: Failures in a row that open it.
        open_s: Seconds until a request may try.
        clock: Seconds that never run backwards.
    """

    def __init__(
        self, *, failures: int, open_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock = clock
        self._lock = threading.Lock()
        self._period = 0
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    def acquire(self) -> Permit | None:
        """Return leave to send a request, or None; whoever has it must settle or return it."""
        with self._lock:
            if self._opened_at is not None:
                if self._trying or self._clock() < self._opened_at + self._open_s:
                    return None
                self._trying = True
            return Permit(self._period)

    @property
    def wait_s(self) -> float:
        """Seconds until a request may try; 0 where one may now, or is trying."""
        with self._lock:
            if self._opened_at is None:
                return 0.0
            return max(0.0, self._opened_at + self._open_s - self._clock())

    def settle(self, permit: Permit, *, succeeded: bool) -> None:
        """Say what came of a request."""
        with self._lock:
            if permit.period != self._period:
                return
            if succeeded:
                if self._opened_at is not None:
                    self._change(None)
                self._failures = 0
                return
            self._failures += 1
            if self._trying or self._failures >= self._limit:
                self._change(self._clock())

    def give_back(self, permit: Permit) -> None:
        """Say that nothing is known of the request: it was not sent, or was interrupted."""
        with self._lock:
            if permit.period == self._period:
                self._trying = False

    def _change(self, opened_at: float | None) -> None:
        self._opened_at = opened_at
        self._period += 1
        self._trying = False
