"""Going back."""

import pytest

from huleedu_ml_training.registry.decision_errors import NoRollbackTargetError
from huleedu_ml_training.registry.errors import ModelNotFoundError
from huleedu_ml_training.registry.promotion_errors import (
    NothingToRollBackError,
    PromotionRefusedError,
    RollbackTargetDamagedError,
)
from huleedu_ml_training.registry.records import (
    EventAction,
    Stage,
)
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf


class RollingBackCases:
    """Going back to what was in production before."""

    pytestmark = pytest.mark.asyncio

    async def test_rolls_back_step_by_step(self, shelf: Shelf) -> None:
        """Twice in a row goes two steps back, not back and forth; then there is no more."""
        first, second, third = [await shelf.into_production() for _ in range(3)]
        registry = shelf.registry
        back = await registry.rollback(NAME, actor="anna", reason="too strict")
        assert (second.id, Stage.PRODUCTION) == (back.id, back.stage)
        assert await shelf.stages() == [Stage.ARCHIVED, Stage.PRODUCTION, Stage.ARCHIVED]
        again = await registry.rollback(NAME, actor="anna")
        assert first.id == again.id
        with pytest.raises(NothingToRollBackError):
            await registry.rollback(NAME, actor="anna")
        assert await shelf.stages() == [Stage.PRODUCTION, Stage.ARCHIVED, Stage.ARCHIVED]
        events = (await registry.history(NAME))[-4:]
        assert [
            (EventAction.DEMOTED, third.id, "rolled back to 20250101_000002"),
            (EventAction.ROLLED_BACK, second.id, "too strict"),
            (EventAction.DEMOTED, second.id, "rolled back to 20250101_000001"),
            (EventAction.ROLLED_BACK, first.id, None),
        ] == [(e.action, e.model_id, e.reason) for e in events]
        await shelf.check_invariants()

    async def test_rolls_back_past_refusals_and_after_new_promotions(self, shelf: Shelf) -> None:
        """Refusals are no stops on the way, and what is promoted after a rollback counts."""
        first = await shelf.into_production()
        await shelf.into_production()
        weak = await shelf.promote(await shelf.add(qwk_low=0.1), Stage.STAGING)
        with pytest.raises(PromotionRefusedError):
            await shelf.promote(weak, Stage.PRODUCTION)
        registry = shelf.registry
        assert first.id == (await registry.rollback(NAME, actor="anna")).id
        await shelf.into_production()
        assert first.id == (await registry.rollback(NAME, actor="anna")).id
        with pytest.raises(NothingToRollBackError):
            await registry.rollback(NAME, actor="anna")

    async def test_goes_back_several_steps_at_once(self, shelf: Shelf) -> None:
        """To any version that single steps would reach, and from there on as they would."""
        registry = shelf.registry
        first, second, third, fourth = [await shelf.into_production() for _ in range(4)]
        never = await shelf.add()
        for version in (fourth.version, never.version):
            with pytest.raises(NoRollbackTargetError):
                await registry.rollback(NAME, actor="anna", to_version=version)
        for version in ("20300101_000000", "../x", "latest", ""):
            with pytest.raises(ModelNotFoundError):
                await registry.rollback(NAME, actor="anna", to_version=version)
        back = await registry.rollback(NAME, actor="anna", to_version=second.version)
        assert (second.id, Stage.PRODUCTION) == (back.id, back.stage)
        with pytest.raises(NoRollbackTargetError):
            await registry.rollback(NAME, actor="anna", to_version=third.version)
        assert first.id == (await registry.rollback(NAME, actor="anna")).id
        reasons = [e.reason for e in await registry.history(NAME) if e.model_id == fourth.id]
        assert f"rolled back to {second.version}" == reasons[-1]
        await shelf.check_invariants()

    async def test_a_damaged_target_is_not_rolled_back_to(self, shelf: Shelf) -> None:
        """Production stays with a version that works."""
        first, second = [await shelf.into_production() for _ in range(2)]
        await shelf.damage(first)
        before = await shelf.registry.history(NAME)
        with pytest.raises(RollbackTargetDamagedError):
            await shelf.registry.rollback(NAME, actor="anna")
        assert second == await shelf.registry.find(NAME, stage=Stage.PRODUCTION)
        assert before == await shelf.registry.history(NAME)
