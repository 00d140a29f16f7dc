"""Getting rid of runs that nobody needs any more, with what they left on disk."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from huleedu_ml_training.domain.errors import InfrastructureError
from huleedu_ml_training.registry.filters import RunFilter
from huleedu_ml_training.registry.runs.errors import RunNotFoundError
from huleedu_ml_training.registry.runs.protocol import RunStoreProtocol
from huleedu_ml_training.registry.runs.records import Retention, RunRecord


class RunFilesError(InfrastructureError):
    """The files of a run could not be removed; its row is still there.

    Attributes:
        path: Their directory.
        cause: What the operating system said.
    """

    code = "run-files"

    def __init__(self, *, path: Path, cause: OSError) -> None:
        super().__init__()
        self.path = path
        self.cause = cause

    @property
    def what(self) -> str:
        """Name the place."""
        return f"cannot remove {self.path}: {self.cause.strerror or self.cause}"

    @property
    def remedy(self) -> str:
        """Say what to do."""
        return "correct the permissions, then run the same command again: it goes on from there"


@dataclass(frozen=True, slots=True)
class PrunedRun:
    """A run that is old enough, and what became of it.

    Attributes:
        run: The run.
        size: Bytes of its files on this machine.
        kept: Why it stays; None for a run that goes.
    """

    run: RunRecord
    size: int
    kept: Retention | None


async def plan_pruning(
    store: RunStoreProtocol, wanted: RunFilter, runs_dir: Path
) -> list[PrunedRun]:
    """Return the runs that a filter lets through, newest first, and which of them would go.

    Args:
        store: Where runs are kept.
        wanted: Which runs are old enough.
        runs_dir: Where runs keep their files, a directory each.
    """
    runs = await store.list_runs(wanted, limit=None)
    reasons = await store.retained([run.id for run in runs])
    return [
        PrunedRun(run, await asyncio.to_thread(_size, runs_dir / str(run.id)), reasons.get(run.id))
        for run in runs
    ]


async def prune_runs(
    store: RunStoreProtocol, plan: Sequence[PrunedRun], runs_dir: Path
) -> list[PrunedRun]:
    """Remove the runs of a plan, each with its files first, and return what became of them.

    Whatever has come to need a run since the plan was made keeps it.

    Raises:
        RunFilesError: A directory cannot be removed; runs before it are gone, the others stay.
        InfrastructureError: The store failed.
    """
    done = []
    for planned in plan:
        reason = planned.kept
        if reason is None:
            try:
                reason = await _discard(store, planned.run.id, runs_dir)
            except RunNotFoundError:  # somebody else was quicker
                reason = None
        done.append(PrunedRun(planned.run, planned.size, reason))
    return done


async def _discard(store: RunStoreProtocol, run_id: UUID, runs_dir: Path) -> Retention | None:
    # Of an id only: nothing that came from outside is ever part of the path.
    directory = runs_dir / str(run_id)

    async def remove_files() -> None:
        try:
            await asyncio.to_thread(shutil.rmtree, directory)
        except FileNotFoundError:
            return
        except OSError as error:
            raise RunFilesError(path=directory, cause=error) from error

    return await store.discard(run_id, remove_files)


def _size(directory: Path) -> int:
    return sum(path.lstat().st_size for path in directory.rglob("*") if not path.is_dir())
