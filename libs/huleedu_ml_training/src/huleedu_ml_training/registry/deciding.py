"""Deciding a promotion on fresh evidence: gathered without locks, checked again under them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.registry import promotion
from huleedu_ml_training.registry.decision_errors import EvidenceOutdatedError
from huleedu_ml_training.registry.gating.evidence import PromotionEvidence
from huleedu_ml_training.registry.gating.protocol import BundleReader
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, PromotionGateProtocol
from huleedu_ml_training.registry.records import ModelRecord, PromotionPlan, Stage
from huleedu_ml_training.registry.verification import read_registered_bundle

_T = TypeVar("_T")

_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class PromotionRequest:
    """What somebody wants.

    Attributes:
        gate: Asked on every move up, forced or not, so that the ledger holds what it saw.
        target: Where the version is to go.
        reason: Why.
        force: Whether to skip stages, go back, or override the gate.
        expected_current: Who is expected to stand there; None does not ask.
    """

    gate: PromotionGateProtocol
    target: Stage
    reason: str | None
    force: bool
    expected_current: str | None

    def foresee(self, model: ModelRecord, inside: Sequence[ModelRecord]) -> ModelRecord | None:
        """Return the incumbent, if any, after all that can be said without asking the gate.

        Raises:
            StaleDecisionError: Another version than expected stands there.
            InvalidModelIdError: The expectation is neither version nor id.
            InvalidTransitionError: The move is not one stage up, and nobody forces it.
            MissingReasonError: A reason is needed, and there is none.
        """
        incumbent = promotion.standing_in(self.target, inside)
        promotion.check_current(
            self.expected_current, incumbent, model_name=model.model_name, stage=self.target
        )
        promotion.check_move(
            model, self.target, gate=self.gate, reason=self.reason, force=self.force
        )
        return incumbent

    def decision(self, evidence: PromotionEvidence) -> promotion.Decision:
        """Return the decision on locked rows; it raises what :meth:`foresee` does.

        It raises EvidenceOutdatedError too, where the evidence is about other rows.
        """

        def decide(model: ModelRecord, inside: Sequence[ModelRecord]) -> PromotionPlan:
            return promotion.plan(
                model,
                self.target,
                incumbent=self.foresee(model, inside),
                gate=self.gate,
                reason=self.reason,
                force=self.force,
                evidence=evidence,
            )

        return decide


async def decide_on_evidence(
    request: PromotionRequest,
    store: ArtifactStoreProtocol,
    *,
    look: Callable[[], Awaitable[tuple[ModelRecord, Sequence[ModelRecord]]]],
    act: Callable[[ModelRecord, promotion.Decision], Awaitable[_T]],
) -> _T:
    """Gather evidence and act on it; again from the start, a few times, if it is outdated by then.

    Args:
        request: What is wanted.
        store: Where bundles lie; each is read once at most.
        look: Returns the version, and those of its name in staging and production, as they are.
        act: Carries the decision out on locked rows, and changes nothing where it raises.

    Raises:
        EvidenceOutdatedError: Every time, somebody had moved a version meanwhile.
        DamagedModelError: The version's bundle is not whole, and services load from its new stage.
        HuleEduMLError: What the request, the gate or ``act`` raises.
    """
    read, attempts = _remembering_reader(store), 0
    while True:
        attempts += 1
        model, inside = await look()
        incumbent = request.foresee(model, inside)
        if request.target.is_exclusive:
            await read(model)
        evidence = await request.gate.gather(model, request.target, incumbent, read)
        try:
            return await act(model, request.decision(evidence))
        except EvidenceOutdatedError:
            if attempts == _ATTEMPTS:
                raise


def _remembering_reader(store: ArtifactStoreProtocol) -> BundleReader:
    """Return a reader of registered bundles that reads each of them once."""
    known: dict[tuple[str, str], Bundle] = {}

    async def read(model: ModelRecord) -> Bundle:
        key = (model.model_path, model.digest)
        if key not in known:
            known[key] = await read_registered_bundle(store, model)
        return known[key]

    return read
