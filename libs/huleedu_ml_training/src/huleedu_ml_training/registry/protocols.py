"""Contracts of keeping bundles, model versions and runs."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from huleedu_ml_training.registry.records import (
    ModelCandidate,
    ModelEvent,
    ModelRecord,
    RunKind,
    RunRecord,
    RunState,
    Stage,
)


class ArtifactStoreProtocol(Protocol):
    """Keeps bundles: named sets of small files that appear whole or not at all.

    Names match ``[a-z0-9][a-z0-9._-]*`` and file names are plain names without a directory; both
    are checked, not cleaned. Safe for concurrent use by tasks, threads and processes.
    """

    async def write(self, name: str, files: Mapping[str, bytes]) -> str:
        """Store a bundle durably and return its path relative to the store's root.

        ``manifest.json`` is written last and the bundle becomes visible in one step.

        Raises:
            ArtifactExistsError: A bundle of that name is there already; it is left as it is.
            InvalidArtifactNameError: A name is not plain.
            InfrastructureError: The store cannot be written; nothing of the bundle is visible.
        """
        ...

    async def read(self, path: str) -> dict[str, bytes]:
        """Return all files of the bundle at a path that :meth:`write` returned.

        Raises:
            ArtifactNotFoundError: No bundle is there.
            InvalidArtifactNameError: The path leaves the store.
            InfrastructureError: The store cannot be read.
        """
        ...

    async def list_paths(self) -> list[str]:
        """Return the paths of all bundles, ascending."""
        ...

    async def delete(self, path: str) -> None:
        """Remove a bundle; a bundle that is absent is not an error."""
        ...


class PromotionGateProtocol(Protocol):
    """Decides whether a model version may go to a stage."""

    def evaluate(
        self, candidate: ModelRecord, target: Stage, incumbent: ModelRecord | None
    ) -> "GateReport":
        """Return every check with its outcome; never raises for a mere refusal."""
        ...


class GateReport(Protocol):
    """Outcome of all checks of a gate."""

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return the checks as a JSON-ready document for the ledger."""
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
        """
        ...

    async def history(self, model_name: str) -> list[ModelEvent]:
        """Return the ledger of a name, oldest first."""
        ...


class RunStoreProtocol(Protocol):
    """Remembers runs. A state once terminal never changes; safe for concurrent use."""

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
        """Add a run in state running and return it."""
        ...

    async def resume(self, run_id: UUID, *, correlation_id: str | None) -> RunRecord:
        """Set an interrupted run, or one whose process died, to running again.

        Raises:
            RunNotFoundError: There is no such run.
            RunNotResumableError: It is completed or failed, or its process is alive.
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
        """Set a running run to interrupted, failed or completed."""
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

    async def find_resumable(self, *, kind: RunKind, inputs_digest: str) -> RunRecord | None:
        """Return the newest run of the same work that can go on, or None."""
        ...
