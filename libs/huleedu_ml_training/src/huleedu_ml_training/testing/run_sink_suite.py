"""Conformance suite of :class:`RunSinkProtocol`: inherit it and override three fixtures."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from huleedu_ml_training.registry.runs.records import RunKind, RunRecord, RunState
from huleedu_ml_training.registry.runs.sink import RunSinkError, RunSinkProtocol

Told = Callable[[UUID], list[tuple[str, float | None]]]
"""Run → its state and QWK as the sink has them, once for each entry that the sink has of it."""

STARTED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def ended_run(qwk: float | None = 0.7, *, state: RunState = RunState.COMPLETED) -> RunRecord:
    """Return a run with a figure of QWK."""
    figure = {"value": qwk, "low": None, "high": 0.8, "reason": None}
    return RunRecord(
        id=UUID("6b0c7d52-1111-4222-8333-444455556666"),
        kind=RunKind.TRAIN,
        experiment_name="spring",
        state=state,
        inputs_digest="a" * 64,
        config={"training": {"seed": 7}, "database_url": "postgresql://anna:secret@db/x"},
        dataset_digest="d" * 64,
        metrics={"values": {"qwk": figure}},
        error={"code": "x", "what": "y"} if state is RunState.FAILED else None,
        correlation_id="c-1",
        started_at=STARTED,
        finished_at=STARTED + timedelta(minutes=3),
        request={"model_name": "essay-scorer"},
        tags=("spring",),
    )


class RunSinkSuite:
    """What every sink of runs does. Override :meth:`sink`, :meth:`broken` and :meth:`told`."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def sink(self) -> RunSinkProtocol:
        """Return an empty sink."""
        raise NotImplementedError

    @pytest.fixture
    def broken(self) -> RunSinkProtocol:
        """Return a sink that cannot be reached."""
        raise NotImplementedError

    @pytest.fixture
    def told(self, sink: RunSinkProtocol) -> Told:
        """Return a function that says what the sink has of a run."""
        raise NotImplementedError

    async def test_is_told_and_told_again(self, sink: RunSinkProtocol, told: Told) -> None:
        """A run that went on and ended once more replaces what was told of it."""
        run = ended_run(None, state=RunState.INTERRUPTED)
        await sink.deliver(run)
        assert [("interrupted", None)] == told(run.id)
        await sink.deliver(ended_run(0.7))
        assert [("completed", 0.7)] == told(run.id)

    async def test_a_failure_is_its_own_error(self, broken: RunSinkProtocol) -> None:
        """Whatever goes wrong, the error is the one that the store of runs expects."""
        with pytest.raises(RunSinkError) as caught:
            await broken.deliver(ended_run())
        assert caught.value.reason
        assert "secret" not in str(caught.value)
