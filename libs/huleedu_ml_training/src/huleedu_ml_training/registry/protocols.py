"""Contracts of keeping model versions; those of bundles and runs are to be had here too."""

from datetime import datetime
from typing import Protocol

from huleedu_ml_training.registry.artifact_protocol import ArtifactStoreProtocol
from huleedu_ml_training.registry.gating.protocol import PromotionGateProtocol
from huleedu_ml_training.registry.records import (
    BundleReference,
    ModelCandidate,
    ModelEvent,
    ModelRecord,
    PromotionPlan,
    Stage,
)
from huleedu_ml_training.registry.runs.protocol import RunStoreProtocol

__all__ = [
    "ArtifactStoreProtocol",
    "ModelRegistryProtocol",
    "PromotionGateProtocol",
    "RunStoreProtocol",
]


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
            ArtifactNotFoundError: No bundle lies at its path.
            ArtifactExistsError: Another bundle lies there.
            InvalidArtifactNameError: Its path is none of the artifact store.
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
        self,
        *,
        model_name: str | None = None,
        stage: Stage | None = None,
        limit: int | None = None,
    ) -> list[ModelRecord]:
        """Return versions, newest first, at most ``limit`` of them."""
        ...

    async def promote(
        self,
        model_id: str,
        stage: Stage,
        *,
        actor: str,
        reason: str | None = None,
        force: bool = False,
        expected_current: str | None = None,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Move a version one stage up and the incumbent of that stage out of it, in one step.

        An incumbent of production goes to archived, an incumbent of staging back to dev.

        Args:
            model_id: The version's id or an unambiguous prefix of it.
            stage: Where it goes.
            actor: Who, for the ledger.
            reason: Why, for the ledger.
            force: Whether to skip stages, go back, or override the gate.
            expected_current: Version or id (prefix) that stands in the stage as far as the caller
                knows, ``none`` for nobody; None does not ask.
            correlation_id: Ties the ledger entries to logs.

        Raises:
            ModelNotFoundError: There is no such version.
            StaleDecisionError: Another than ``expected_current`` stands there; nothing moved.
            InvalidModelIdError: ``expected_current`` is neither version nor id.
            InvalidTransitionError: The move is not one stage up; ``force`` with a reason allows it.
            PromotionRefusedError: A gate refused; the refusal is in the ledger, nothing moved.
                ``force`` with a reason overrides it and is marked in the ledger.
            MissingReasonError: ``force`` without a reason, or none where the gate wants one.
            EvidenceOutdatedError: Others kept moving versions while the gate gathered evidence.
            DamagedModelError: The version's bundle is not whole, and the stage is one that
                services load from.
            HuleEduMLError: What the gate's ``gather`` raises.
        """
        ...

    async def plan_promotion(
        self,
        model_id: str,
        stage: Stage,
        *,
        reason: str | None = None,
        force: bool = False,
        expected_current: str | None = None,
    ) -> PromotionPlan:
        """Return what :meth:`promote` would do now; writes nothing, not even a refusal.

        Raises:
            HuleEduMLError: What :meth:`promote` raises, but for a refusal.
        """
        ...

    async def demote(
        self,
        model_id: str,
        stage: Stage | None = None,
        *,
        actor: str,
        reason: str | None = None,
        force: bool = False,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Move a version down: from production to staging, to dev, to archived.

        No gate is asked. A version that stands where this one goes makes room as in
        :meth:`promote`.

        Args:
            model_id: The version's id or an unambiguous prefix of it.
            stage: Where it goes; None for one stage down.
            actor: Who, for the ledger.
            reason: Why, for the ledger. Only what leaves dev may leave without.
            force: Whether to skip stages, or to take the version out of production.
            correlation_id: Ties the ledger entries to logs.

        Raises:
            ModelNotFoundError: There is no such version.
            InvalidTransitionError: The stage is not below the present one.
            ForceNeededError: It leaves production or skips a stage, without ``force``.
            MissingReasonError: No reason was given where one is needed.
            DamagedModelError: The version's bundle is not whole, and the stage is one that
                services load from.
        """
        ...

    async def rollback(
        self,
        model_name: str,
        *,
        actor: str,
        to_version: str | None = None,
        reason: str | None = None,
        expected_current: str | None = None,
        correlation_id: str | None = None,
    ) -> ModelRecord:
        """Put the previous production version of the ledger back; twice goes back two steps.

        Args:
            model_name: Whose production version changes.
            actor: Who, for the ledger.
            to_version: One of those that a row of rollbacks would reach, in one step; None for
                the first of them.
            reason: Why, for the ledger.
            expected_current: Version or id (prefix) that is in production as far as the caller
                knows; None does not ask.
            correlation_id: Ties the ledger entries to logs.

        Raises:
            ModelNotFoundError: The name has no version in production, or no such version.
            StaleDecisionError: Another than ``expected_current`` is in production; nothing moved.
            NothingToRollBackError: No version was in production before it.
            NoRollbackTargetError: ``to_version`` is not among those that were.
            RollbackTargetDamagedError: That version's bundle is not whole; nothing moved.
            MissingReasonError: The gate wants a reason, and there is none.
        """
        ...

    async def history(self, model_name: str, *, limit: int | None = None) -> list[ModelEvent]:
        """Return the ledger of a name, oldest first; with a limit, its newest entries."""
        ...

    async def events_of(self, model_id: str) -> list[ModelEvent]:
        """Return the entries of the ledger about one version, oldest first.

        Raises:
            ModelNotFoundError: No id begins with that.
            AmbiguousModelIdError: Several do.
            InvalidModelIdError: The text is no such prefix.
        """
        ...

    async def production_at(self, model_name: str, moment: datetime) -> ModelEvent | None:
        """Return the entry that put a version into production that was there at a moment.

        The ledger answers, not the stages of today. Of a moment at which one version replaced
        another, the newer one is returned.

        Args:
            model_name: Whose production version is asked for.
            moment: With a time zone.

        Returns:
            The entry, with version, actor and reason; None where nothing was in production.
        """
        ...

    async def bundle_references(self) -> list[BundleReference]:
        """Return which versions name which bundles, ordered by name and version."""
        ...

    async def discard_bundle(
        self, path: str, *, stored_before: datetime, digest: str | None = None
    ) -> bool:
        """Remove a bundle that no version names; nobody can register it meanwhile.

        Args:
            path: Of the artifact store.
            stored_before: With a time zone; a bundle stored then or later stays.
            digest: Of the one bundle that is meant: another at this path stays, and a version that
                names another at this path does not keep it. None for whatever lies there.

        Returns:
            Whether it was removed; not if a version names it, it is too young, or it is gone.

        Raises:
            InvalidArtifactNameError: It is no path of the store.
            InfrastructureError: Store or database failed.
        """
        ...
