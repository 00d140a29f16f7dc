"""The life of a run: started or resumed, then completed, interrupted or failed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from huleedu_ml_training.domain.errors import HuleEduMLError, InfrastructureError
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.protocols import RunStoreProtocol
from huleedu_ml_training.registry.runs.records import NewRun, RunRecord, RunState
from huleedu_ml_training.training.errors import RunInterruptedError


@dataclass(slots=True)
class TrackedRun:
    """A run in progress.

    Attributes:
        record: Its row, as last read.
        resumed: Whether it goes on with an earlier attempt.
    """

    record: RunRecord
    resumed: bool
    _store: RunStoreProtocol

    async def complete(self, metrics: Mapping[str, Any]) -> None:
        """Set the run to completed; the last thing that happens to it."""
        self.record = await self._store.finish(self.record.id, RunState.COMPLETED, metrics=metrics)


@asynccontextmanager
async def tracked_run(
    store: RunStoreProtocol,
    metrics: MLMetrics,
    new: NewRun,
    *,
    may_resume: bool,
) -> AsyncIterator[TrackedRun]:
    """Keep the row of a run true to what happens inside the context.

    A context that ends without :meth:`TrackedRun.complete` leaves the run in state interrupted
    where the task was cancelled, else in state failed with the error.

    Args:
        store: Where the row is kept.
        metrics: Counts runs by kind and state.
        new: What is about to begin.
        may_resume: Whether to go on with an unfinished run of the same inputs.

    Raises:
        RunInterruptedError: The task was cancelled; the run is in state interrupted.
    """
    log = structlog.get_logger("huleedu_ml_training.runs")
    earlier = (
        await store.find_resumable(kind=new.kind, inputs_digest=new.inputs_digest)
        if may_resume
        else None
    )
    if earlier is None:
        record = await store.start(new)
    else:
        record = await store.resume(earlier.id, correlation_id=new.correlation_id)
    run = TrackedRun(record, earlier is not None, store)
    log.info("run_started", run_id=str(record.id), kind=new.kind.value, resumed=run.resumed)
    state = RunState.FAILED
    error: dict[str, Any] | None = None
    try:
        yield run
        state = RunState.COMPLETED
    except asyncio.CancelledError:
        state = RunState.INTERRUPTED
        raise RunInterruptedError(run_id=record.id, goes_on=new.kind.goes_on) from None
    except HuleEduMLError as problem:
        error = problem.to_dict()
        raise
    except BaseException as problem:
        error = {"code": type(problem).__name__, "what": str(problem)}
        raise
    finally:
        if state is not RunState.COMPLETED:
            try:
                run.record = await asyncio.shield(store.finish(record.id, state, error=error))
            except InfrastructureError as problem:
                # Whoever waits wants to know what ended the run, not that the row lacks it: the row
                # says running, nobody is at work on it, and so the run can go on.
                log.warning("run_not_recorded", run_id=str(record.id), reason=problem.what)
        metrics.runs.labels(new.kind.value, state.value).inc()
        log.info("run_finished", run_id=str(record.id), kind=new.kind.value, state=state.value)
