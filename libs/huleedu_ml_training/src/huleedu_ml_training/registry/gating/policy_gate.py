"""The gate that a promotion policy describes."""

import asyncio
from collections import OrderedDict
from typing import Protocol

from huleedu_ml_training.domain.errors import InvalidDataError
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.held_out import HeldOutEssays
from huleedu_ml_training.registry.decision_errors import EvidenceOutdatedError
from huleedu_ml_training.registry.errors import DamagedModelError
from huleedu_ml_training.registry.gating.checks import (
    check_data_digest,
    check_groups,
    check_held_out,
    check_metric,
    check_papers,
    check_synthetic,
    check_worst_prompt,
)
from huleedu_ml_training.registry.gating.evidence import (
    NO_EVIDENCE,
    PairedEvidence,
    PromotionEvidence,
)
from huleedu_ml_training.registry.gating.metrics_gate import check_parity
from huleedu_ml_training.registry.gating.paired import (
    check_comparison,
    compare_held_out,
    held_out_of,
    incomparable,
)
from huleedu_ml_training.registry.gating.papers import read_papers
from huleedu_ml_training.registry.gating.policy import PromotionPolicy, StageContract, SyntheticData
from huleedu_ml_training.registry.gating.policy_rules import ComparisonRule, FrozenEssays
from huleedu_ml_training.registry.gating.protocol import BundleReader
from huleedu_ml_training.registry.records import GateCheck, GateReport, ModelRecord, Stage

_KEPT = 16
"""Comparisons that are remembered: a dry run, its promotion, and their retries cost one."""


class FrozenEssayScorerProtocol(Protocol):
    """Runs graders on a file of graded essays that nobody changes."""

    async def score(self, bundle: Bundle, essays: FrozenEssays) -> HeldOutEssays:
        """Return what a grader says of the essays that it did not learn from.

        Raises:
            DataFileNotFoundError: There is no such file.
            FrozenEssaysChangedError: It is not the one that the policy means.
            InvalidDataError: Its essays cannot be used, or not by this grader.
        """
        ...


class PolicyGate:
    """Decides by a policy; implements PromotionGateProtocol.

    Args:
        policy: What is asked for.
        scorer: Runs graders on the essays of a file; None if the policy names no file.
    """

    def __init__(
        self, policy: PromotionPolicy, scorer: FrozenEssayScorerProtocol | None = None
    ) -> None:
        self.policy = policy
        self._scorer = scorer
        self._compared: OrderedDict[tuple[Stage, str, str], PairedEvidence] = OrderedDict()

    def demands_reason(self, *, touches_production: bool) -> bool:
        """Return whether the policy wants a move explained where nobody forces it."""
        return self.policy.demands_reason(touches_production=touches_production, forced=False)

    async def gather(
        self,
        candidate: ModelRecord,
        target: Stage,
        incumbent: ModelRecord | None,
        read: BundleReader,
    ) -> PromotionEvidence:
        """Return what the papers say, and the two versions side by side."""
        contract = self.policy.contract(target)
        if contract is None or (contract.model_card is None and contract.comparison is None):
            return NO_EVIDENCE
        bundle = await read(candidate)
        comparison = None
        if contract.comparison is not None and incumbent is not None:
            comparison = await self._compare(
                bundle, candidate, target, incumbent, contract.comparison, read
            )
        return PromotionEvidence(bundle.digest, read_papers(bundle), comparison)

    def evaluate(
        self,
        candidate: ModelRecord,
        target: Stage,
        incumbent: ModelRecord | None,
        evidence: PromotionEvidence,
    ) -> GateReport:
        """Return the checks that the policy asks for in the target stage."""
        contract = self.policy.contract(target)
        if contract is None:
            return GateReport()
        checks = _rows_alone(contract, candidate, incumbent)
        if contract.model_card is not None:
            if evidence.candidate != candidate.digest:
                raise EvidenceOutdatedError(model=candidate, target=target)
            checks.append(check_papers(evidence.papers, contract.model_card))
        comparison = evidence.comparison
        if contract.comparison is not None:
            seen = None if comparison is None else comparison.incumbent
            there = None if incumbent is None else incumbent.digest
            if seen != there or (comparison and evidence.candidate != candidate.digest):
                raise EvidenceOutdatedError(model=candidate, target=target)
            if comparison is not None:
                checks += check_comparison(comparison, contract.comparison)
        return GateReport(
            tuple(checks),
            policy={
                "name": self.policy.name,
                "policy_version": self.policy.policy_version,
                "digest": self.policy.digest,
            },
            comparison=None if comparison is None else comparison.to_dict(),
        )

    async def _compare(
        self,
        bundle: Bundle,
        candidate: ModelRecord,
        target: Stage,
        incumbent: ModelRecord,
        rule: ComparisonRule,
        read: BundleReader,
    ) -> PairedEvidence:
        key = (target, candidate.digest, incumbent.digest)
        if key in self._compared:
            self._compared.move_to_end(key)
            return self._compared[key]
        frozen = rule.essays if isinstance(rule.essays, FrozenEssays) else None
        essays = "held_out" if frozen is None else frozen.sha256
        if candidate.scale != incumbent.scale:
            return incomparable(incumbent, essays, f"{incumbent.version} grades on another scale")
        own = await self._predictions(bundle, frozen)
        try:
            other = await self._predictions(await read(incumbent), frozen)
        except (DamagedModelError, InvalidDataError) as error:
            # Not remembered: it may be mended.
            problem = f"the bundle of {incumbent.version} cannot be used ({error.what})"
            return incomparable(incumbent, essays, problem)
        found = await asyncio.to_thread(compare_held_out, own, other, incumbent, rule, essays)
        self._compared[key] = found
        while len(self._compared) > _KEPT:
            self._compared.popitem(last=False)
        return found

    async def _predictions(
        self, bundle: Bundle, frozen: FrozenEssays | None
    ) -> HeldOutEssays | None:
        if frozen is None:
            return await asyncio.to_thread(held_out_of, bundle)
        if self._scorer is None:
            msg = "the policy names a file of essays, and nothing runs graders on it"
            raise ValueError(msg)
        return await self._scorer.score(bundle, frozen)


def _rows_alone(
    contract: StageContract, candidate: ModelRecord, incumbent: ModelRecord | None
) -> list[GateCheck]:
    checks = []
    if contract.parity_certificate:
        checks.append(check_parity(candidate))
    if contract.data_digest:
        checks.append(check_data_digest(candidate))
    if contract.synthetic_data is not SyntheticData.ALWAYS:
        checks.append(check_synthetic(candidate, incumbent, contract.synthetic_data))
    if contract.held_out is not None:
        checks.append(check_held_out(candidate, contract.held_out))
    checks += [check_metric(candidate, name, bound) for name, bound in contract.metrics.items()]
    if contract.groups is not None:
        checks.append(check_groups(candidate, contract.groups))
    if contract.worst_prompt is not None:
        checks.append(check_worst_prompt(candidate, contract.worst_prompt))
    return checks
