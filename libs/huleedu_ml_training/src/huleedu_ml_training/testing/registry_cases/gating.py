"""Gates, and setting them aside."""

import pytest

from huleedu_ml_training.registry.promotion_errors import (
    MissingReasonError,
    PromotionRefusedError,
)
from huleedu_ml_training.registry.records import (
    EventAction,
    Stage,
)
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, NAME, Shelf


class GatingCases:
    """What is asked before a version moves."""

    pytestmark = pytest.mark.asyncio

    async def test_force_needs_a_reason(self, shelf: Shelf) -> None:
        """Rules are set aside only by somebody who says why; the ledger keeps it for ever."""
        model = await shelf.add()
        for reason in (None, "", "  "):
            with pytest.raises(MissingReasonError):
                await shelf.registry.promote(
                    str(model.id), Stage.PRODUCTION, actor="anna", reason=reason, force=True
                )
        await shelf.registry.promote(
            str(model.id), Stage.PRODUCTION, actor="anna", reason="school starts", force=True
        )
        event = (await shelf.registry.history(NAME))[-1]
        assert (
            event.action,
            event.actor,
            event.reason,
        ) == (EventAction.PROMOTED, "anna", "school starts")
        assert event.gate_report is not None
        assert event.gate_report["forced"]
        demoted = await shelf.registry.promote(
            str(model.id), Stage.ARCHIVED, actor="anna", reason="recalled", force=True
        )
        assert Stage.ARCHIVED is demoted.stage
        assert (await shelf.actions())[-1] == ("demoted", "1", Stage.ARCHIVED)

    async def test_the_gate_refuses(self, shelf: Shelf) -> None:
        """A refusal moves nothing, and the ledger holds it with what the gate saw."""
        incumbent = await shelf.into_production()
        weak = await shelf.promote(await shelf.add(qwk_low=MIN_QWK - 0.01), Stage.STAGING)
        with pytest.raises(PromotionRefusedError) as caught:
            await shelf.registry.promote(
                str(weak.id), Stage.PRODUCTION, actor="anna", reason="please", correlation_id="c-9"
            )
        assert not caught.value.report.passed
        assert await shelf.stages() == [Stage.PRODUCTION, Stage.STAGING]
        assert incumbent == await shelf.registry.find(NAME, stage=Stage.PRODUCTION)
        event = (await shelf.registry.history(NAME))[-1]
        assert (EventAction.REFUSED, weak.id, Stage.STAGING, Stage.PRODUCTION) == (
            event.action,
            event.model_id,
            event.from_stage,
            event.to_stage,
        )
        assert (event.actor, event.reason, event.correlation_id) == ("anna", "please", "c-9")
        assert {**caught.value.report.to_dict(), "forced": False} == event.gate_report

    async def test_a_gate_can_be_overridden(self, shelf: Shelf) -> None:
        """Force with a reason overrides a refusal and is marked in the ledger."""
        weak = await shelf.promote(await shelf.add(qwk_low=0.1), Stage.STAGING)
        model = await shelf.registry.promote(
            str(weak.id), Stage.PRODUCTION, actor="anna", reason="no other", force=True
        )
        assert Stage.PRODUCTION is model.stage
        report = (await shelf.registry.history(NAME))[-1].gate_report
        assert report is not None
        assert (report["passed"], report["forced"]) == (False, True)

    async def test_force_that_was_not_needed_is_no_override(self, shelf: Shelf) -> None:
        """Only what set a rule aside is marked as forced."""
        model = await shelf.add()
        await shelf.registry.promote(
            str(model.id), Stage.STAGING, actor="anna", reason="in a hurry", force=True
        )
        report = (await shelf.registry.history(NAME))[-1].gate_report
        assert report is not None
        assert (report["passed"], report["forced"]) == (True, False)

    async def test_parity_is_asked_for_before_staging(self, shelf: Shelf) -> None:
        """A graph that does not answer as the model does goes nowhere."""
        model = await shelf.add(parity_passed=False)
        with pytest.raises(PromotionRefusedError):
            await shelf.promote(model, Stage.STAGING)
        assert await shelf.stages() == [Stage.DEV]

    async def test_planning_writes_nothing(self, shelf: Shelf) -> None:
        """A plan says what would happen, refusals included, and leaves no trace."""
        incumbent = await shelf.into_production()
        weak = await shelf.promote(await shelf.add(qwk_low=0.1), Stage.STAGING)
        before = await shelf.registry.history(NAME)
        plan = await shelf.registry.plan_promotion(str(weak.id), Stage.PRODUCTION)
        assert (True, weak, incumbent) == (plan.refused, plan.model, plan.incumbent)
        assert Stage.ARCHIVED is plan.incumbent_goes_to
        forced = await shelf.registry.plan_promotion(
            str(weak.id), Stage.PRODUCTION, reason="x", force=True
        )
        assert (forced.refused, forced.forced) == (False, True)
        with pytest.raises(MissingReasonError):
            await shelf.registry.plan_promotion(str(weak.id), Stage.PRODUCTION, force=True)
        assert before == await shelf.registry.history(NAME)
