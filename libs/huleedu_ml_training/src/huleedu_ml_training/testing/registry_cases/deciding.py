"""Compare and swap: decisions that hold only while nobody else has decided."""

import asyncio

import pytest

from huleedu_ml_training.registry.decision_errors import StaleDecisionError
from huleedu_ml_training.registry.errors import InvalidModelIdError
from huleedu_ml_training.registry.records import ModelRecord, Stage
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf


class DecidingCases:
    """What ``expected_current`` refuses."""

    pytestmark = pytest.mark.asyncio

    async def test_a_stale_promotion_is_refused(self, shelf: Shelf) -> None:
        """Version, id, beginning of an id and ``none`` are compared; a refusal leaves no trace."""
        registry = shelf.registry
        model = await shelf.add()
        promote = (str(model.id), Stage.STAGING)
        for stale in ("20300101_000000", str(model.id), model.id.hex[:8]):
            with pytest.raises(StaleDecisionError) as caught:
                await registry.promote(*promote, actor="anna", expected_current=stale)
            assert (stale, None) == (caught.value.expected, caught.value.current)
        await registry.promote(*promote, actor="anna", expected_current="none")
        other = await shelf.add()
        promote = (str(other.id), Stage.STAGING)
        before = await registry.history(NAME)
        for stale in ("none", other.version, str(other.id)):
            with pytest.raises(StaleDecisionError):
                await registry.promote(*promote, actor="anna", expected_current=stale)
            with pytest.raises(StaleDecisionError):
                await registry.plan_promotion(*promote, expected_current=stale)
        assert before == await registry.history(NAME)
        for hostile in ("", "latest", "\0", "../x", "２０２５0101_120000"):
            with pytest.raises(InvalidModelIdError):
                await registry.promote(*promote, actor="anna", expected_current=hostile)
        await registry.promote(*promote, actor="anna", expected_current=model.id.hex[:12].upper())
        assert [Stage.DEV, Stage.STAGING] == await shelf.stages()

    async def test_a_stale_rollback_is_refused(self, shelf: Shelf) -> None:
        """Two people who roll back the same version go back one step, not two."""
        _, second, third = [await shelf.into_production() for _ in range(3)]
        outcomes = await asyncio.gather(
            *(
                shelf.registry.rollback(NAME, actor="anna", expected_current=third.version)
                for _ in range(4)
            ),
            return_exceptions=True,
        )
        assert [second.id] == [o.id for o in outcomes if isinstance(o, ModelRecord)]
        assert 3 == sum(isinstance(outcome, StaleDecisionError) for outcome in outcomes)
        current = await shelf.registry.find(NAME, stage=Stage.PRODUCTION)
        assert second.id == current.id
        await shelf.check_invariants()

    async def test_one_of_many_who_saw_the_same_wins(self, shelf: Shelf) -> None:
        """The others are told that it is no longer so."""
        incumbent = await shelf.into_production()
        models = [await shelf.add() for _ in range(5)]
        outcomes = await asyncio.gather(
            *(
                shelf.registry.promote(
                    str(model.id),
                    Stage.PRODUCTION,
                    actor="anna",
                    reason="race",
                    force=True,
                    expected_current=incumbent.version,
                )
                for model in models
            ),
            return_exceptions=True,
        )
        assert 1 == sum(isinstance(outcome, ModelRecord) for outcome in outcomes)
        assert 4 == sum(isinstance(outcome, StaleDecisionError) for outcome in outcomes)
        await shelf.check_invariants()
