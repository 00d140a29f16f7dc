"""The processes: forked from one that has imported everything, so that all start at once.

Run as a program, with a document on its standard input; see :class:`Orders`.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from huleedu_ml_training.config import DatabaseSettings, RegistrySettings
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.gating.policy_file import policy_in_force
from huleedu_ml_training.registry.gating.policy_gate import PolicyGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.protocols import PromotionGateProtocol
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK
from huleedu_ml_training.testing.torture.attempts import save
from huleedu_ml_training.testing.torture.worker import Worker

_POLICY_EVERY = 4
"""One process in so many decides by the built-in policy, the others by figures alone."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a crew does.

    Attributes:
        url: The database, without a driver.
        home: Root of the artifact store; attempts are written beside it.
        processes: How many.
        seconds: How long; the last attempt of each may take longer.
        operations: How many attempts each makes at most.
        seed: Decides what everybody chooses.
    """

    url: str
    home: str
    processes: int
    seconds: float
    operations: int
    seed: int

    def attempts_of(self, number: int) -> Path:
        """Return where the attempts of one process are written."""
        return Path(self.home) / f"attempts-{number}.jsonl"


async def send_out(orders: Orders) -> None:
    """Run a crew to its end.

    Raises:
        RuntimeError: One of its processes crashed.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__), stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(json.dumps(asdict(orders)).encode())
    if process.returncode:
        raise RuntimeError(f"a process of the crew ended with code {process.returncode}")


async def _work(orders: Orders, number: int) -> None:
    engine = create_engine(
        ResolvedDatabase(orders.url, embedded=False), DatabaseSettings(pool_size=1)
    )
    artifacts = LocalArtifactStore(Path(orders.home))
    registry = PostgresModelRegistry(engine, _gate(number), artifacts)
    worker = Worker(f"process-{number}", registry, artifacts, seed=orders.seed * 1000 + number)
    end = time.monotonic() + orders.seconds
    while time.monotonic() < end and len(worker.attempts) < orders.operations:
        await worker.attempt()
    await engine.dispose()
    save(worker.attempts, orders.attempts_of(number))


def _gate(number: int) -> PromotionGateProtocol:
    """Return the gate of a process: comparing versions leaves less time for getting in the way."""
    if number % _POLICY_EVERY == 0:
        return PolicyGate(policy_in_force(RegistrySettings()))
    return MetricsGate(min_qwk_lower_bound=MIN_QWK)


def _fork(orders: Orders, number: int) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            asyncio.run(_work(orders, number))
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    return child


def main() -> None:
    """Fork the processes and wait for all of them."""
    orders = Orders(**json.load(sys.stdin))
    children = [_fork(orders, number) for number in range(orders.processes)]
    statuses = [os.waitpid(child, 0)[1] for child in children]
    sys.exit(max(abs(os.waitstatus_to_exitcode(status)) for status in statuses))


if __name__ == "__main__":
    main()
