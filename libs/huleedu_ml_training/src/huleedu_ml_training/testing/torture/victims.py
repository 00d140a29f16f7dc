"""Processes that kill themselves at one step of an operation: with −9, without a word.

A step is a statement, a commit, a connection given back after it, or a change of the file system.
Statements and commits are seen through SQLAlchemy's events, files through Python's audit hooks, so
nothing is patched. Run as a program, it forks a victim for each line on its standard input.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK
from huleedu_ml_training.testing.torture.operations import OPERATIONS

_CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}
_FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True, slots=True)
class Order:
    """What a victim does.

    Attributes:
        url: The database, without a driver.
        home: Root of the artifact store.
        operation: A key of ``OPERATIONS``.
        subject: What its preparation returned.
        step: At which step it dies, from 1.
    """

    url: str
    home: str
    operation: str
    subject: str
    step: int


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a victim.

    Attributes:
        signal: What killed it; 0 where the operation has fewer steps.
        step: What it was about to do when it died.
        acknowledged: Whether it had been told that the operation was done.
    """

    signal: int
    step: str
    acknowledged: bool


class VictimSource:
    """Gives victims; an async context manager, because it runs a process of its own."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> "VictimSource":
        """Start the process that victims are forked from."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-B", "-m", __name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        assert self._process is not None
        await self._process.communicate(b"")

    async def send(self, order: Order) -> Fate:
        """Let a victim do an operation until it dies, and return what became of it."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(asdict(order))}\n".encode())
        step, acknowledged = "", False
        while True:
            line = json.loads(await self._process.stdout.readline())
            step = line.get("step", step)
            acknowledged = acknowledged or "acknowledged" in line
            if "status" in line:
                code = os.waitstatus_to_exitcode(line["status"])
                assert code <= 0, f"a victim failed at {step or 'no step'}"
                return Fate(-code, step, acknowledged)


def _say(**document: Any) -> None:
    os.write(1, f"{json.dumps(document)}\n".encode())


def _count(engine: AsyncEngine, last: int) -> None:
    """Have this process die at a step from now."""
    steps = 0

    def step(name: str) -> None:
        nonlocal steps
        steps += 1
        if steps == last:
            _say(step=name)
            os.kill(os.getpid(), signal.SIGKILL)

    def seen(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _CHANGES or (name == "open" and _writes(arguments)):
            step(f"{name} {Path(str(arguments[0])).name}")

    sync = engine.sync_engine
    event.listen(sync, "before_cursor_execute", lambda *a: step(" ".join(a[2].split()[:4])))
    event.listen(sync, "commit", lambda _: step("commit"))
    event.listen(sync.pool, "checkin", lambda *_: step("after the transaction"))
    sys.addaudithook(seen)


def _writes(arguments: tuple[Any, ...]) -> bool:
    path, _, flags = arguments
    return isinstance(path, str) and isinstance(flags, int) and bool(flags & _FOR_WRITING)


async def _suffer(order: Order) -> None:
    engine = create_engine(ResolvedDatabase(order.url, embedded=False))
    artifacts = LocalArtifactStore(Path(order.home))
    gate = MetricsGate(min_qwk_lower_bound=MIN_QWK)
    registry = PostgresModelRegistry(engine, gate, artifacts)
    _count(engine, order.step)
    await OPERATIONS[order.operation].do(registry, artifacts, order.subject)
    _say(acknowledged=True)
    await engine.dispose()


def main() -> None:
    """Fork a victim for each order, one at a time."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                asyncio.run(_suffer(Order(**json.loads(line))))
                code = 0
            finally:
                os._exit(code)
        _say(status=os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
