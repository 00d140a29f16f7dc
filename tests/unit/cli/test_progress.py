"""Progress where there is no terminal: lines, now and then, with the time that is left."""

from io import StringIO

import pytest
from rich.console import Console

from huleedu_ml_training.cli import progress


class _Clock:
    now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = _Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_lines_say_how_long_it_will_take(clock):
    stream = StringIO()
    with progress.ConsoleProgress(Console(file=stream, width=200)).phase("Work", 100) as phase:
        for seconds, done in ((0, 40), (5, 45), (12, 52), (13, 53), (24, 64)):
            clock.now = seconds
            phase.update(done)
    # The 40 that were done before took none of the time.
    assert [
        "Work …",
        "  Work: 52 of 100 after 12 s, about 48 s left",
        "  Work: 64 of 100 after 24 s, about 36 s left",
        "Work: done in 24.0 s",
    ] == stream.getvalue().splitlines()


@pytest.mark.parametrize(("total", "done"), [(None, 3), (10, 0)])
def test_what_cannot_be_known_is_not_said(clock, total, done):
    stream = StringIO()
    with progress.ConsoleProgress(Console(file=stream, width=200)).phase("Work", total) as phase:
        phase.update(0)
        clock.now = 20
        phase.update(done)
    assert "left" not in stream.getvalue()
    assert "after 20 s" in stream.getvalue()
