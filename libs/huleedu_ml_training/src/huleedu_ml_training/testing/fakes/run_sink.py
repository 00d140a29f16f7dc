"""A sink of runs in memory."""

from uuid import UUID

from huleedu_ml_training.registry.runs.records import RunRecord
from huleedu_ml_training.registry.runs.sink import RunSinkError


class InMemoryRunSink:
    """Remembers what it was told.

    Attributes:
        name: A word for logs and metrics.
        runs: Id → the run, as it was told of last.
        broken: Set it to let every delivery fail.
    """

    name = "memory"

    def __init__(self, *, broken: bool = False) -> None:
        self.runs: dict[UUID, RunRecord] = {}
        self.broken = broken

    async def deliver(self, run: RunRecord) -> None:
        """Remember a run."""
        if self.broken:
            raise RunSinkError(sink=self.name, reason="it is broken")
        self.runs[run.id] = run
