"""A gate that tests can watch and interfere with."""

from collections.abc import Awaitable, Callable

from huleedu_ml_training.registry.decision_errors import EvidenceOutdatedError
from huleedu_ml_training.registry.gating.evidence import (
    NO_EVIDENCE,
    PairedEvidence,
    PromotionEvidence,
)
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.gating.protocol import BundleReader
from huleedu_ml_training.registry.records import GateReport, ModelRecord, Stage

Meanwhile = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """What happens meanwhile, if nobody says otherwise."""


class WatchedGate(MetricsGate):
    """A gate that remembers what it was asked, and that tests can interfere with.

    Attributes:
        compares: Whether its evidence is about the incumbent, and so can be outdated.
        reasons: Whether every move needs a reason.
        meanwhile: Happens while evidence is gathered; runs once, unless it sets itself again.
        gathered: Candidate and incumbent of every gathering.
        decided: Candidate and incumbent of every evaluation that was not outdated.
    """

    def __init__(self, *, min_qwk_lower_bound: float) -> None:
        super().__init__(min_qwk_lower_bound=min_qwk_lower_bound)
        self.compares = False
        self.reasons = False
        self.meanwhile: Meanwhile = _nothing
        self.gathered: list[tuple[str, str | None]] = []
        self.decided: list[tuple[str, str | None]] = []

    def demands_reason(self, *, touches_production: bool) -> bool:
        """Return what the test says."""
        del touches_production
        return self.reasons

    async def gather(
        self,
        candidate: ModelRecord,
        target: Stage,
        incumbent: ModelRecord | None,
        read: BundleReader,
    ) -> PromotionEvidence:
        """Read both bundles, and let happen what happens meanwhile."""
        del target
        if not self.compares:
            return NO_EVIDENCE
        self.gathered.append((candidate.version, None if incumbent is None else incumbent.version))
        await read(candidate)
        meanwhile, self.meanwhile = self.meanwhile, _nothing
        await meanwhile()
        comparison = None
        if incumbent is not None:
            comparison = PairedEvidence(incumbent.digest, incumbent.version, "held_out")
        return PromotionEvidence(candidate.digest, comparison=comparison)

    def evaluate(
        self,
        candidate: ModelRecord,
        target: Stage,
        incumbent: ModelRecord | None,
        evidence: PromotionEvidence = NO_EVIDENCE,
    ) -> GateReport:
        """Refuse evidence about another incumbent."""
        seen = None if evidence.comparison is None else evidence.comparison.incumbent
        if self.compares and seen != (None if incumbent is None else incumbent.digest):
            raise EvidenceOutdatedError(model=candidate, target=target)
        self.decided.append((candidate.version, None if incumbent is None else incumbent.version))
        return super().evaluate(candidate, target, incumbent, evidence)
