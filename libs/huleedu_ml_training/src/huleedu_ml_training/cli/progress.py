"""Progress for people: bars on a terminal, heartbeat lines elsewhere. Always on stderr."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from huleedu_ml_training.training.protocols import PhaseProtocol

_HEARTBEAT_S = 10.0


class _BarPhase:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self, steps: int = 1) -> None:
        self._progress.advance(self._task, steps)

    def update(self, done: int, total: int | None = None) -> None:
        self._progress.update(self._task, completed=done, total=total)


class _LinePhase:
    def __init__(self, console: Console, title: str, total: int | None) -> None:
        self._console = console
        self._title = title
        self._total = total
        self._done = 0
        self._begun: int | None = None
        self._started = self._last = time.monotonic()

    def advance(self, steps: int = 1) -> None:
        self.update(self._done + steps)

    def update(self, done: int, total: int | None = None) -> None:
        self._done = done
        self._total = self._total if total is None else total
        # What was done before the first report took none of the time that is measured here.
        self._begun = done if self._begun is None else self._begun
        now = time.monotonic()
        if now - self._last >= _HEARTBEAT_S:
            self._last = now
            of = f" of {self._total}" if self._total else ""
            seconds = now - self._started
            left = self._seconds_left(seconds)
            self._console.print(
                f"  {self._title}: {done}{of} after {seconds:.0f} s{left}", markup=False
            )

    def _seconds_left(self, seconds: float) -> str:
        steps = self._done - (self._begun or 0)
        if not self._total or steps <= 0:
            return ""
        return f", about {(self._total - self._done) * seconds / steps:.0f} s left"


class ConsoleProgress:
    """Progress on stderr, one phase after the other.

    Args:
        console: Rich console on stderr.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def phase(self, title: str, total: int | None = None) -> Iterator[PhaseProtocol]:
        """Open a phase."""
        started = time.monotonic()
        if self._console.is_terminal:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                *((MofNCompleteColumn(), TimeRemainingColumn()) if total else ()),
                TimeElapsedColumn(),
            )
            with Progress(*columns, console=self._console, transient=True) as progress:
                yield _BarPhase(progress, progress.add_task(title, total=total))
        else:
            self._console.print(f"{title} …", markup=False)
            yield _LinePhase(self._console, title, total)
        seconds = time.monotonic() - started
        self._console.print(f"{title}: done in {seconds:.1f} s", style="green", markup=False)
