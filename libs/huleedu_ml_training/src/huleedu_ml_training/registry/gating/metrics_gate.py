"""What a version must show before it may go up."""

import math

from huleedu_ml_training.registry.gating.evidence import NO_EVIDENCE, PromotionEvidence
from huleedu_ml_training.registry.gating.figures import figure, mapping
from huleedu_ml_training.registry.gating.protocol import BundleReader
from huleedu_ml_training.registry.records import GateCheck, GateReport, ModelRecord, Stage


class MetricsGate:
    """Lets a version up on the strength of its own metrics and of its parity certificate.

    Staging asks for the parity certificate. Production asks for it too, and for agreement with
    the teachers that is good enough even at the lower end of its interval: a point estimate on
    few essays would let luck through. Moves to dev and archived are free.

    Args:
        min_qwk_lower_bound: What the lower bound of the interval of QWK must reach.
    """

    def __init__(self, *, min_qwk_lower_bound: float) -> None:
        self._min_qwk_lower_bound = min_qwk_lower_bound

    def demands_reason(self, *, touches_production: bool) -> bool:
        """Return that no reason is needed where nobody forces."""
        del touches_production
        return False

    async def gather(
        self,
        candidate: ModelRecord,
        target: Stage,
        incumbent: ModelRecord | None,
        read: BundleReader,
    ) -> PromotionEvidence:
        """Return that rows are enough."""
        del candidate, target, incumbent, read
        return NO_EVIDENCE

    def evaluate(
        self,
        candidate: ModelRecord,
        target: Stage,
        incumbent: ModelRecord | None,
        evidence: PromotionEvidence = NO_EVIDENCE,
    ) -> GateReport:
        """Return the checks that the target stage asks for, with their outcomes."""
        del incumbent, evidence
        if not target.is_exclusive:
            return GateReport()
        checks = [check_parity(candidate)]
        if target is Stage.PRODUCTION:
            checks.append(self._qwk(candidate))
        return GateReport(tuple(checks))

    def _qwk(self, candidate: ModelRecord) -> GateCheck:
        qwk = figure("qwk", mapping(candidate.metrics.get("values")).get("qwk"))
        unknown = f"unknown ({qwk.reason})" if qwk.reason else "unknown"
        return GateCheck(
            name="QWK, lower bound",
            passed=qwk.low >= self._min_qwk_lower_bound,
            observed=f"{qwk.low:.3f}" if math.isfinite(qwk.low) else unknown,
            required=f"at least {self._min_qwk_lower_bound:.3f}",
        )


def check_parity(candidate: ModelRecord) -> GateCheck:
    """Ask for the certificate that the exported graph answers as the model does."""
    passed = mapping(candidate.metadata.get("parity")).get("passed")
    return GateCheck(
        name="parity certificate",
        passed=passed is True,
        observed="passed" if passed is True else "failed" if passed is False else "absent",
        required="passed",
    )
