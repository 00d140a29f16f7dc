"""The contract of what decides whether a version may go to a stage."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.registry.gating.evidence import PromotionEvidence
from huleedu_ml_training.registry.records import GateReport, ModelRecord, Stage

BundleReader = Callable[[ModelRecord], Awaitable[Bundle]]
"""Returns the bundle of a registered version, every byte verified.

Raises:
    DamagedModelError: It is absent, altered, or not the one that was registered.
    InfrastructureError: The store cannot be read.
"""


class PromotionGateProtocol(Protocol):
    """Decides whether a model version may go to a stage.

    A registry asks in three steps. Before any lock is held it lets the gate :meth:`gather` what
    takes time: bundles are read there, versions compared. Inside the transaction, on the rows that
    are locked, :meth:`evaluate` decides on rows and evidence alone. If the evidence turns out to be
    about other versions than the locked ones, because somebody moved a version meanwhile,
    :meth:`evaluate` says so, and the registry gathers anew.

    Safe for concurrent use by tasks of one event loop.
    """

    def demands_reason(self, *, touches_production: bool) -> bool:
        """Return whether a move must be explained where nobody forces it.

        Args:
            touches_production: Whether another version is in production after it, or none.
        """
        ...

    async def gather(
        self,
        candidate: ModelRecord,
        target: Stage,
        incumbent: ModelRecord | None,
        read: BundleReader,
    ) -> PromotionEvidence:
        """Return what :meth:`evaluate` needs beside the rows; changes nothing.

        Args:
            candidate: The version that wants to go up.
            target: Where to.
            incumbent: The version that stands there now, if any.
            read: Reads bundles; a damaged incumbent must not keep others from taking its place.

        Raises:
            DamagedModelError: The candidate's bundle is not whole.
            HuleEduMLError: What evidence is made of cannot be had, such as a file that a policy
                names.
        """
        ...

    def evaluate(
        self,
        candidate: ModelRecord,
        target: Stage,
        incumbent: ModelRecord | None,
        evidence: PromotionEvidence,
    ) -> GateReport:
        """Return every check with its outcome; never raises for a mere refusal.

        Called inside a transaction: it neither waits nor reads.

        Args:
            candidate: The version, as its locked row has it.
            target: Where it is to go.
            incumbent: The version that stands there, as its locked row has it.
            evidence: What :meth:`gather` returned.

        Raises:
            EvidenceOutdatedError: The evidence is about other versions than these.
        """
        ...
