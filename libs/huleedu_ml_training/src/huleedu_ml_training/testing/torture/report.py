"""Sending out a crew, watching it, and judging what came of it."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.errors import DamagedModelsError
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.records import ModelRecord
from huleedu_ml_training.registry.verification import verify_bundles
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, NAME
from huleedu_ml_training.testing.torture.attempts import Attempt, load
from huleedu_ml_training.testing.torture.audit import audit
from huleedu_ml_training.testing.torture.crew import Orders, send_out
from huleedu_ml_training.testing.torture.observer import Observations, deadlocks, observe
from huleedu_ml_training.testing.torture.worker import Worker

_FIRST_VERSIONS = 4


@dataclass(frozen=True, slots=True)
class TortureReport:
    """What came of it.

    Attributes:
        attempts: Of all processes.
        events: Entries of the ledger in the end.
        versions: Registered versions in the end.
        seen: What was seen meanwhile.
        seconds: How long the longest process was at it.
        deadlocks: How many the server broke.
        faults: Everything that is wrong, in words.
    """

    attempts: list[Attempt]
    events: int
    versions: int
    seen: Observations
    seconds: float
    deadlocks: int
    faults: list[str]

    @property
    def outcomes(self) -> Counter[tuple[str, str]]:
        """Operation and outcome → how often."""
        return Counter((attempt.operation, attempt.outcome) for attempt in self.attempts)


async def torture(engine: AsyncEngine, orders: Orders) -> TortureReport:
    """Send out a crew against an empty registry and audit what came of it.

    Args:
        engine: On the database of the orders.
        orders: What the crew does.

    Raises:
        RuntimeError: A process crashed.
    """
    artifacts = LocalArtifactStore(Path(orders.home))
    registry = PostgresModelRegistry(engine, MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts)
    before = Worker("before", registry, artifacts, seed=orders.seed)
    attempts = [await before.attempt("register") for _ in range(_FIRST_VERSIONS)]
    broken, stop = await deadlocks(engine), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(observe(engine, NAME, stop))
        try:
            await send_out(orders)
        finally:
            stop.set()
    by_process = [load(orders.attempts_of(number)) for number in range(orders.processes)]
    seconds = max(sum(attempt.seconds for attempt in own) for own in by_process)
    attempts += chain.from_iterable(by_process)
    history = await registry.history(NAME)
    models = await registry.list_models(model_name=NAME)
    damaged = await _damaged(artifacts, models)
    seen, broken = watching.result(), await deadlocks(engine) - broken
    faults = [*audit(attempts, history, models), *_visible(seen), *damaged]
    if broken:
        faults.append(f"{broken} deadlocks")
    return TortureReport(attempts, len(history), len(models), seen, seconds, broken, faults)


async def _damaged(artifacts: LocalArtifactStore, models: list[ModelRecord]) -> list[str]:
    try:
        await verify_bundles(artifacts, models)
    except DamagedModelsError as error:
        return [failure.what for failure in error.failures]
    return []


def _visible(seen: Observations) -> list[str]:
    faults = []
    if max(seen.most_in_production, seen.most_in_staging) > 1:
        faults.append(f"at a moment {seen.most_in_production} versions were in production")
    if seen.disagreements:
        faults.append(f"stages and ledger disagreed at {seen.disagreements} moments")
    return faults
