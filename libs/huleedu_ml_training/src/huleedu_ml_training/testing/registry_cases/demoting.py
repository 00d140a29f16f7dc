"""Moving versions down."""

import asyncio

import pytest

from huleedu_ml_training.registry.decision_errors import ForceNeededError, InvalidDemotionError
from huleedu_ml_training.registry.errors import DamagedModelError, ModelNotFoundError
from huleedu_ml_training.registry.promotion_errors import MissingReasonError
from huleedu_ml_training.registry.records import EventAction, ModelRecord, Stage
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf


class DemotingCases:
    """From production to staging, to dev, to archived."""

    pytestmark = pytest.mark.asyncio

    async def test_one_stage_down(self, shelf: Shelf) -> None:
        """A step down asks why, is one entry, and asks no gate."""
        registry = shelf.registry
        model = await shelf.promote(await shelf.add(), Stage.STAGING)
        with pytest.raises(MissingReasonError):
            await registry.demote(str(model.id), actor="anna", reason=" ")
        model = await registry.demote(str(model.id), actor="anna", reason="not yet")
        assert (Stage.DEV, model) == (model.stage, await registry.get(str(model.id)))
        event = (await registry.history(NAME))[-1]
        assert (EventAction.DEMOTED, Stage.STAGING, Stage.DEV, "anna", "not yet") == (
            event.action,
            event.from_stage,
            event.to_stage,
            event.actor,
            event.reason,
        )
        assert {"passed": True, "checks": [], "forced": False} == event.gate_report
        model = await registry.demote(str(model.id), Stage.ARCHIVED, actor="anna")
        assert Stage.ARCHIVED is model.stage
        for stage in (None, *Stage):
            with pytest.raises(InvalidDemotionError):
                await registry.demote(
                    str(model.id), stage, actor="anna", reason="why not", force=True
                )
        assert 4 == len(await registry.history(NAME))
        await shelf.check_invariants()

    async def test_production_is_left_by_force_only(self, shelf: Shelf) -> None:
        """Services find nothing afterwards; whoever wants that says so, and the ledger keeps it."""
        registry = shelf.registry
        model = await shelf.into_production()
        for stage in (None, Stage.STAGING, Stage.DEV, Stage.ARCHIVED):
            with pytest.raises(ForceNeededError):
                await registry.demote(str(model.id), stage, actor="anna", reason="recalled")
            with pytest.raises(MissingReasonError):
                await registry.demote(str(model.id), stage, actor="anna", force=True)
        await registry.demote(
            str(model.id), Stage.ARCHIVED, actor="anna", reason="recalled", force=True
        )
        with pytest.raises(ModelNotFoundError):
            await registry.find(NAME, stage=Stage.PRODUCTION)
        report = (await registry.history(NAME))[-1].gate_report
        assert report is not None
        assert report["forced"]

    async def test_skipping_a_stage_down_needs_force(self, shelf: Shelf) -> None:
        """From staging straight to archived is no ordinary step."""
        model = await shelf.promote(await shelf.add(), Stage.STAGING)
        with pytest.raises(ForceNeededError):
            await shelf.registry.demote(
                str(model.id), Stage.ARCHIVED, actor="anna", reason="useless"
            )
        model = await shelf.registry.demote(
            str(model.id), Stage.ARCHIVED, actor="anna", reason="useless", force=True
        )
        assert Stage.ARCHIVED is model.stage

    async def test_a_demoted_version_takes_the_place_of_another(self, shelf: Shelf) -> None:
        """Whoever stands where it goes makes room, in the same step."""
        first = await shelf.into_production()
        await shelf.promote(await shelf.add(), Stage.STAGING)
        await shelf.registry.demote(str(first.id), actor="anna", reason="again", force=True)
        assert [Stage.STAGING, Stage.DEV] == await shelf.stages()
        await shelf.check_invariants()

    async def test_a_damaged_version_goes_where_nothing_is_loaded(self, shelf: Shelf) -> None:
        """It leaves production for dev or archived, but not for staging."""
        model = await shelf.into_production()
        await shelf.damage(model)
        with pytest.raises(DamagedModelError):
            await shelf.registry.demote(str(model.id), actor="anna", reason="broken", force=True)
        model = await shelf.registry.demote(
            str(model.id), Stage.DEV, actor="anna", reason="broken", force=True
        )
        assert Stage.DEV is model.stage

    async def test_concurrent_demotions_of_one_version(self, shelf: Shelf) -> None:
        """Of many that demote a version by one stage one does; it never falls two stages."""
        model = await shelf.promote(await shelf.add(), Stage.STAGING)
        outcomes = await asyncio.gather(
            *(
                shelf.registry.demote(str(model.id), Stage.DEV, actor="anna", reason="race")
                for _ in range(5)
            ),
            return_exceptions=True,
        )
        assert 1 == sum(isinstance(outcome, ModelRecord) for outcome in outcomes)
        assert 4 == sum(isinstance(outcome, InvalidDemotionError) for outcome in outcomes)
        assert [Stage.DEV] == await shelf.stages()
