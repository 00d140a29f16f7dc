"""Evidence: gathered without a lock, and never decided on once it is outdated."""

import asyncio

import pytest

from huleedu_ml_training.registry.decision_errors import EvidenceOutdatedError
from huleedu_ml_training.registry.errors import DamagedModelError
from huleedu_ml_training.registry.promotion_errors import (
    InvalidTransitionError,
    MissingReasonError,
    PromotionRefusedError,
)
from huleedu_ml_training.registry.records import ModelRecord, Stage
from huleedu_ml_training.testing.fakes.promotion_gate import WatchedGate
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf


class EvidencingCases:
    """What a registry does with a gate that takes its time."""

    pytestmark = pytest.mark.asyncio

    async def test_outdated_evidence_is_gathered_anew(
        self, shelf: Shelf, gate: WatchedGate
    ) -> None:
        """Who replaces the incumbent meanwhile changes what the candidate is held against."""
        first = await shelf.into_production()
        rival, candidate = await shelf.add(), await shelf.add()
        candidate = await shelf.promote(candidate, Stage.STAGING)
        gate.compares = True

        async def overtake() -> None:
            await shelf.registry.promote(
                str(rival.id), Stage.PRODUCTION, actor="berit", reason="overtakes", force=True
            )

        gate.meanwhile = overtake
        await shelf.promote(candidate, Stage.PRODUCTION)
        assert [
            (candidate.version, first.version),
            (rival.version, first.version),
            (candidate.version, rival.version),
        ] == gate.gathered
        assert [
            (rival.version, first.version),
            (candidate.version, rival.version),
        ] == gate.decided[-2:]
        assert [Stage.ARCHIVED, Stage.ARCHIVED, Stage.PRODUCTION] == await shelf.stages()
        await shelf.check_invariants()

    async def test_an_incumbent_that_goes_away_meanwhile(
        self, shelf: Shelf, gate: WatchedGate
    ) -> None:
        """Evidence about somebody who left is outdated too."""
        first = await shelf.into_production()
        candidate = await shelf.promote(await shelf.add(), Stage.STAGING)
        gate.compares = True

        async def demote() -> None:
            await shelf.registry.demote(
                str(first.id), Stage.ARCHIVED, actor="berit", reason="recalled", force=True
            )

        gate.meanwhile = demote
        plan = await shelf.registry.plan_promotion(str(candidate.id), Stage.PRODUCTION)
        assert plan.incumbent is None
        assert [(candidate.version, first.version), (candidate.version, None)] == gate.gathered

    async def test_a_decision_is_given_up_when_it_never_settles(
        self, shelf: Shelf, gate: WatchedGate
    ) -> None:
        """It changes nothing, and leaves no trace in the ledger of its own."""
        await shelf.into_production()
        rivals = [await shelf.add() for _ in range(2)]
        candidate = await shelf.promote(await shelf.add(), Stage.STAGING)
        gate.compares = True
        registry, turn = shelf.registry, 0

        async def take_turns() -> None:
            nonlocal turn
            turn += 1
            gate.compares = False
            await registry.promote(
                str(rivals[turn % 2].id), Stage.PRODUCTION, actor="berit", reason="x", force=True
            )
            gate.compares, gate.meanwhile = True, take_turns

        gate.meanwhile = take_turns
        with pytest.raises(EvidenceOutdatedError):
            await shelf.promote(candidate, Stage.PRODUCTION)
        assert turn == len(gate.gathered) > 1
        assert Stage.STAGING is (await registry.get(str(candidate.id))).stage
        entries = [e.action for e in await registry.events_of(str(candidate.id))]
        assert ["registered", "promoted"] == entries
        await shelf.check_invariants()

    async def test_a_refusal_is_decided_on_fresh_evidence_too(
        self, shelf: Shelf, gate: WatchedGate
    ) -> None:
        """One refusal is written, not one per attempt."""
        await shelf.into_production()
        rival = await shelf.add()
        weak = await shelf.promote(await shelf.add(qwk_low=0.1), Stage.STAGING)
        gate.compares = True

        async def overtake() -> None:
            await shelf.registry.promote(
                str(rival.id), Stage.PRODUCTION, actor="berit", reason="overtakes", force=True
            )

        gate.meanwhile = overtake
        with pytest.raises(PromotionRefusedError):
            await shelf.promote(weak, Stage.PRODUCTION)
        entries = [e.action for e in await shelf.registry.events_of(str(weak.id))]
        assert ["registered", "promoted", "refused"] == entries

    async def test_what_cannot_be_is_said_before_evidence_is_gathered(
        self, shelf: Shelf, gate: WatchedGate
    ) -> None:
        """Nobody waits for a comparison to learn that a stage was skipped."""
        model = await shelf.add()
        gate.compares = True
        with pytest.raises(InvalidTransitionError):
            await shelf.promote(model, Stage.PRODUCTION)
        with pytest.raises(MissingReasonError):
            await shelf.registry.plan_promotion(str(model.id), Stage.STAGING, force=True)
        assert [] == gate.gathered
        await shelf.damage(model)
        with pytest.raises(DamagedModelError):
            await shelf.registry.plan_promotion(str(model.id), Stage.STAGING)

    async def test_concurrent_promotions_with_evidence(
        self, shelf: Shelf, gate: WatchedGate
    ) -> None:
        """Every success was decided against the incumbent that it replaced."""
        await shelf.into_production()
        models = [await shelf.add() for _ in range(4)]
        gate.compares = True
        outcomes = await asyncio.gather(
            *(
                shelf.registry.promote(
                    str(model.id), Stage.PRODUCTION, actor="anna", reason="race", force=True
                )
                for model in models
            ),
            return_exceptions=True,
        )
        done = [each for each in outcomes if isinstance(each, ModelRecord)]
        others = [each for each in outcomes if not isinstance(each, ModelRecord)]
        assert done
        assert all(isinstance(each, EvidenceOutdatedError) for each in others)
        moves = [(e.version, e.reason) for e in await shelf.registry.history(NAME)]
        for candidate, incumbent in gate.decided[-len(done) :]:
            assert (incumbent, f"replaced by {candidate}") in moves
        await shelf.check_invariants()

    async def test_a_policy_that_wants_reasons(self, shelf: Shelf, gate: WatchedGate) -> None:
        """Promotions, demotions and rollbacks are explained where the gate says so."""
        registry = shelf.registry
        first, second = [await shelf.into_production() for _ in range(2)]
        third = await shelf.add()
        gate.reasons = True
        for reason in (None, "", " "):
            with pytest.raises(MissingReasonError) as caught:
                await registry.promote(str(third.id), Stage.STAGING, actor="anna", reason=reason)
            assert "staging" in caught.value.what
            with pytest.raises(MissingReasonError):
                await registry.plan_promotion(str(third.id), Stage.STAGING, reason=reason)
            with pytest.raises(MissingReasonError):
                await registry.rollback(NAME, actor="anna", reason=reason)
            with pytest.raises(MissingReasonError):
                await registry.demote(str(third.id), actor="anna", reason=reason)
        assert [Stage.ARCHIVED, Stage.PRODUCTION, Stage.DEV] == await shelf.stages()
        await registry.promote(str(third.id), Stage.STAGING, actor="anna", reason="new")
        assert first.id == (await registry.rollback(NAME, actor="anna", reason="too strict")).id
        assert second.id != first.id

    async def test_the_entries_of_one_version(self, shelf: Shelf) -> None:
        """Forced ones say so, and name the checks that were overridden."""
        registry = shelf.registry
        other = await shelf.into_production()
        weak = await shelf.promote(await shelf.add(qwk_low=0.1), Stage.STAGING)
        await registry.promote(
            str(weak.id), Stage.PRODUCTION, actor="anna", reason="no other", force=True
        )
        events = await registry.events_of(weak.id.hex[:12])
        assert ["registered", "promoted", "promoted"] == [e.action for e in events]
        assert [False, False, True] == [e.is_forced for e in events]
        assert [(), (), ("QWK, lower bound",)] == [e.overridden for e in events]
        history = await registry.history(NAME)
        assert [e for e in history if e.model_id == other.id] == await registry.events_of(
            str(other.id)
        )
