"""Progress for programs: structured log lines, or nothing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from huleedu_ml_training.training.protocols import PhaseProtocol

_HEARTBEAT_S = 10.0


class _LoggedPhase:
    """Logs a heartbeat at most every ten seconds."""

    def __init__(self, title: str, total: int | None) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._last = time.monotonic()
        self._log = structlog.get_logger("huleedu_ml_training.progress")

    def advance(self, steps: int = 1) -> None:
        self.update(self._done + steps)

    def update(self, done: int, total: int | None = None) -> None:
        self._done = done
        self._total = self._total if total is None else total
        now = time.monotonic()
        if now - self._last >= _HEARTBEAT_S:
            self._last = now
            self._log.info("phase_heartbeat", phase=self._title, done=done, total=self._total)


class LogProgress:
    """Progress as log lines: one at the start of a phase, heartbeats, one at its end."""

    @contextmanager
    def phase(self, title: str, total: int | None = None) -> Iterator[PhaseProtocol]:
        """Open a phase."""
        log = structlog.get_logger("huleedu_ml_training.progress")
        log.info("phase_started", phase=title, total=total)
        started = time.monotonic()
        yield _LoggedPhase(title, total)
        log.info("phase_finished", phase=title, seconds=round(time.monotonic() - started, 3))
