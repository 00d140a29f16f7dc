"""The life of a run: started or resumed, then completed, interrupted or failed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from huleedu_ml_training.domain.errors import HuleEduMLError
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.protocols import RunStoreProtocol
from huleedu_ml_training.registry.records import RunKind, RunRecord, RunState
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
    *,
    kind: RunKind,
    experiment_name: str,
    inputs_digest: str,
    config: Mapping[str, Any],
    dataset_digest: str | None,
    correlation_id: str | None,
    may_resume: bool,
) -> AsyncIterator[TrackedRun]:
    """Keep the row of a run true to what happens inside the context.

    Raises:
        RunInterruptedError: The task was cancelled; the run is in state interrupted.
    """
    log = structlog.get_logger("huleedu_ml_training.runs")
    earlier = (
        await store.find_resumable(kind=kind, inputs_digest=inputs_digest) if may_resume else None
    )
    if earlier is None:
        record = await store.start(
            kind=kind,
            experiment_name=experiment_name,
            inputs_digest=inputs_digest,
            config=config,
            dataset_digest=dataset_digest,
            correlation_id=correlation_id,
        )
    else:
        record = await store.resume(earlier.id, correlation_id=correlation_id)
    run = TrackedRun(record, earlier is not None, store)
    log.info("run_started", run_id=str(record.id), kind=kind.value, resumed=run.resumed)
    state = RunState.FAILED
    error: dict[str, Any] | None = None
    try:
        yield run
        state = RunState.COMPLETED
    except asyncio.CancelledError:
        state = RunState.INTERRUPTED
        raise RunInterruptedError(run_id=record.id) from None
    except HuleEduMLError as problem:
        error = problem.to_dict()
        raise
    except BaseException as problem:
        error = {"code": type(problem).__name__, "what": str(problem)}
        raise
    finally:
        if state is not RunState.COMPLETED:
            run.record = await asyncio.shield(store.finish(record.id, state, error=error))
        metrics.runs.labels(kind.value, state.value).inc()
        log.info("run_finished", run_id=str(record.id), kind=kind.value, state=state.value)
