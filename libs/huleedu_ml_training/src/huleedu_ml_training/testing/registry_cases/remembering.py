"""Asking what was."""

from datetime import UTC, datetime, timedelta

import pytest

from huleedu_ml_training.registry.promotion_errors import PromotionRefusedError
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf

_TICK = timedelta(microseconds=1)


class RememberingCases:
    """What the ledger answers, and how much of it."""

    pytestmark = pytest.mark.asyncio

    async def test_what_was_in_production_then(self, shelf: Shelf) -> None:
        """At every moment, by the ledger alone, through promotions, rollbacks and demotions."""
        registry = shelf.registry
        first, second = [await shelf.into_production() for _ in range(2)]
        weak = await shelf.promote(await shelf.add(qwk_low=0.1), Stage.STAGING)
        with pytest.raises(PromotionRefusedError):
            await shelf.promote(weak, Stage.PRODUCTION)
        await registry.rollback(NAME, actor="anna", reason="too strict")
        await registry.demote(str(first.id), Stage.DEV, actor="anna", reason="recalled", force=True)
        history = await registry.history(NAME)
        entered = [e for e in history if e.to_stage is Stage.PRODUCTION and e.action != "refused"]
        assert [first.id, second.id, first.id] == [event.model_id for event in entered]
        left = history[-1].occurred_at
        ends = [*(event.occurred_at for event in entered[1:]), left]
        for event, until in zip(entered, ends, strict=True):
            for moment in (event.occurred_at, until - _TICK):
                assert event == await registry.production_at(NAME, moment)
        assert entered[-1].reason == "too strict"
        for moment in (
            entered[0].occurred_at - _TICK,
            left,
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(9999, 12, 31, tzinfo=UTC),
        ):
            assert await registry.production_at(NAME, moment) is None
        for name in ("other", "../x", "a\0b"):
            assert await registry.production_at(name, entered[0].occurred_at) is None

    async def test_one_step_happens_at_one_moment(self, shelf: Shelf) -> None:
        """The one that leaves and the one that comes bear one time; times never run backwards."""
        for _ in range(3):
            await shelf.into_production()
        await shelf.registry.rollback(NAME, actor="anna")
        history = await shelf.registry.history(NAME)
        times = [event.occurred_at for event in history]
        assert sorted(times) == times
        swaps = [i for i, event in enumerate(history) if event.action.value == "demoted"]
        assert 3 == len(swaps)
        assert all(times[i] == times[i + 1] for i in swaps)

    async def test_as_many_as_are_asked_for(self, shelf: Shelf) -> None:
        """A limit keeps the newest."""
        registry = shelf.registry
        models = [await shelf.add() for _ in range(3)]
        await shelf.promote(models[0], Stage.STAGING)
        history = await registry.history(NAME)
        assert history[-2:] == await registry.history(NAME, limit=2)
        assert history == await registry.history(NAME, limit=99)
        assert models[:0:-1] == await registry.list_models(limit=2)
        assert [models[1]] == (await registry.list_models(stage=Stage.DEV, limit=2))[1:]
