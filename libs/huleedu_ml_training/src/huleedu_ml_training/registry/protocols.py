"""Contracts of keeping bundles, model versions and runs."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from huleedu_ml_training.registry.records import (
    GateReport,
    ModelCandidate,
    ModelEvent,
    ModelRecord,
    PromotionPlan,
    RunKind,
    RunRecord,
    RunState,
    Stage,
)


class ArtifactStoreProtocol(Protocol):
    """Keeps bundles: named sets of small files that appear whole or not at all.

    Names match ``[a-z0-9][a-z0-9._-]{0,127}`` and file names are those that
    :func:`~huleedu_ml_training.export.bundle.size_limit` knows; both are checked, not cleaned.
    Safe for concurrent use by tasks, threads and processes.
    """

    async def write(self, name: str, files: Mapping[str, bytes]) -> str:
        """Store a bundle durably and return its path relative to the store's root.

        ``manifest.json`` is written last and the bundle becomes visible in one step.

        Raises:
            ArtifactExistsError: A bundle of that name is there already; it is left as it is.
            InvalidArtifactNameError: The name is not plain.
            UnknownBundleFileError: A file has a name that no bundle may contain.
            MissingBundleFileError: ``manifest.json`` is not among the files.
            InfrastructureError: The store cannot be written; nothing of the bundle is visible.
        """
        ...

    async def read(self, path: str) -> dict[str, bytes]:
        """Return all files of the bundle at a path that :meth:`write` returned.

        Raises:
            ArtifactNotFoundError: No bundle is there.
            InvalidArtifactNameError: It is no path of this store.
            BundleError: Something lies there that no bundle may contain.
            InfrastructureError: The store cannot be read.
        """
        ...

    async def list_paths(self) -> list[str]:
        """Return the paths of all bundles, ascending."""
        ...

    async def delete(self, path: str) -> None:
        """Remove a bundle in one step; a bundle that is absent is not an error.

        Raises:
            InvalidArtifactNameError: It is no path of this store.
            InfrastructureError: The store cannot be written.
        """
        ...


class PromotionGateProtocol(Protocol):
    """Decides whether a model version may go to a stage."""

    def evaluate(
        self, candidate: ModelRecord, target: Stage, incumbent: ModelRecord | None
    ) -> GateReport:
        """Return every check with its outcome; never raises for a mere refusal."""
        ...


class ModelRegistryProtocol(Protocol):
    """Versions, stages and the ledger.

    Every change is one transaction that writes exactly one ledger entry per model version it
    touches. At most one version of a name is in production and at most one in staging, at every
    moment. A call that returned is visible to all later reads. Safe for concurrent use by tasks
    and processes.
    """

    async def register(
        self, candidate: ModelCandidate, *, actor: str, correlation_id: str | None = None
    ) -> ModelRecord:
        """Add a version in stage dev.

        Raises:
            VersionExistsError: The name has that version already.
        """
        ...

    async def get(self, model_id: str) -> ModelRecord:
        """Return a version by its id or an unambiguous prefix of at least four digits.

        Raises:
            ModelNotFoundError: No id begins with that.
            AmbiguousModelIdError: Several do; the error lists them.
            InvalidModelIdError: The text is no such prefix.
        """
        ...

    async def find(
        self, model_name: str, *, stage: Stage | None = None, version: str | None = None
    ) -> ModelRecord:
        """Return the one version of a name in a stage, or with a version.

        Raises:
            ModelNotFoundError: There is none.
        """
        ...

    async def list_models(
        self, *, model_name: str | None = None, stage: Stage | None = None
    ) -> list[ModelRecord]:
        """Return versions, newest first."""
        ...

    async def promote(
        self,
        model_id: str,
        stage: Stage,
        *,
        actor: str,
        reason: str | None = None,
        force: bool = False,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Move a version one stage up and the incumbent of that stage out of it, in one step.

        An incumbent of production goes to archived, an incumbent of staging back to dev.

        Raises:
            ModelNotFoundError: There is no such version.
            InvalidTransitionError: The move is not one stage up; ``force`` with a reason allows it.
            PromotionRefusedError: A gate refused; the refusal is in the ledger, nothing moved.
                ``force`` with a reason overrides it and is marked in the ledger.
            MissingReasonError: ``force`` without a reason.
            DamagedModelError: The version's bundle is not whole, and the stage is one that
                services load from.
        """
        ...

    async def plan_promotion(
        self, model_id: str, stage: Stage, *, reason: str | None = None, force: bool = False
    ) -> PromotionPlan:
        """Return what :meth:`promote` would do now; writes nothing, not even a refusal.

        Raises:
            ModelNotFoundError: There is no such version.
            InvalidTransitionError: As for :meth:`promote`.
            MissingReasonError: As for :meth:`promote`.
        """
        ...

    async def rollback(
        self,
        model_name: str,
        *,
        actor: str,
        reason: str | None = None,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Put the previous production version of the ledger back; twice goes back two steps.

        Raises:
            ModelNotFoundError: The name has no version in production.
            NothingToRollBackError: No version was in production before it.
            RollbackTargetDamagedError: That version's bundle is not whole; nothing moved.
        """
        ...

    async def history(self, model_name: str) -> list[ModelEvent]:
        """Return the ledger of a name, oldest first."""
        ...


class RunStoreProtocol(Protocol):
    """Remembers runs, and which of them a process is at work on.

    The store that started or resumed a run holds it until it finishes the run or is closed; when
    its process dies, however suddenly, the run is free at once and can be resumed by another. A
    state once terminal (failed, completed) never changes. Safe for concurrent use by tasks and
    processes.
    """

    async def start(
        self,
        *,
        kind: RunKind,
        experiment_name: str,
        inputs_digest: str,
        config: Mapping[str, Any],
        dataset_digest: str | None,
        correlation_id: str | None,
    ) -> RunRecord:
        """Add a run in state running, hold it and return it.

        Raises:
            InvalidTextError: The name of the experiment cannot be kept.
            InfrastructureError: The store cannot be written.
        """
        ...

    async def resume(self, run_id: UUID, *, correlation_id: str | None) -> RunRecord:
        """Set an interrupted run, or one whose process died, to running again and hold it.

        Raises:
            RunNotFoundError: There is no such run.
            RunNotResumableError: It is completed or failed, or a process is at work on it. Also
                when another process was quicker after :meth:`find_resumable`.
        """
        ...

    async def finish(
        self,
        run_id: UUID,
        state: RunState,
        *,
        metrics: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> RunRecord:
        """Set a running run to interrupted, failed or completed and let go of it.

        A run whose process died can be finished by anybody.

        Args:
            run_id: The run.
            state: Any state but running.
            metrics: Results; None keeps what is there.
            error: Code and text of a failure.

        Raises:
            RunNotFoundError: There is no such run.
            RunFinishedError: It is not running any more.
            RunElsewhereError: Another process is at work on it.
        """
        ...

    async def get(self, run_id: UUID) -> RunRecord:
        """Return a run.

        Raises:
            RunNotFoundError: There is no such run.
        """
        ...

    async def list_runs(self, *, kind: RunKind | None = None, limit: int = 50) -> list[RunRecord]:
        """Return runs, newest first."""
        ...

    async def alive(self) -> frozenset[UUID]:
        """Return the runs that a process is at work on at this moment.

        A run in state running that is not among them has lost its process and can be resumed.
        """
        ...

    async def find_resumable(self, *, kind: RunKind, inputs_digest: str) -> RunRecord | None:
        """Return the newest run of the same work that can go on, or None."""
        ...

    async def close(self) -> None:
        """Let go of every run that this store holds, without changing its state."""
        ...
