"""Moving versions up."""

import asyncio
import random

import pytest

from huleedu_ml_training.domain.errors import HuleEduMLError
from huleedu_ml_training.registry.errors import (
    DamagedModelError,
)
from huleedu_ml_training.registry.promotion_errors import (
    InvalidTransitionError,
)
from huleedu_ml_training.registry.records import (
    ModelRecord,
    Stage,
)
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf


class PromotingCases:
    """Moving versions from stage to stage."""

    pytestmark = pytest.mark.asyncio

    async def test_one_stage_at_a_time(self, shelf: Shelf) -> None:
        """The way up is dev, staging, production; nothing else goes without force."""
        model = await shelf.add()
        registry = shelf.registry
        for stage in (Stage.DEV, Stage.PRODUCTION, Stage.ARCHIVED):
            with pytest.raises(InvalidTransitionError):
                await registry.promote(str(model.id), stage, actor="anna")
        model = await shelf.promote(model, Stage.STAGING)
        with pytest.raises(InvalidTransitionError):
            await registry.promote(str(model.id), Stage.DEV, actor="anna")
        model = await shelf.promote(model, Stage.PRODUCTION)
        assert (Stage.PRODUCTION, model) == (model.stage, await registry.get(str(model.id)))
        for stage in (Stage.DEV, Stage.STAGING, Stage.ARCHIVED):
            with pytest.raises(InvalidTransitionError):
                await registry.promote(str(model.id), stage, actor="anna")
        assert await shelf.actions() == [
            ("registered", "1", Stage.DEV),
            ("promoted", "1", Stage.STAGING),
            ("promoted", "1", Stage.PRODUCTION),
        ]

    async def test_an_incumbent_leaves(self, shelf: Shelf) -> None:
        """From production to archived, from staging back to dev; each move is one entry."""
        await shelf.into_production()
        second = await shelf.promote(await shelf.add(), Stage.STAGING)
        third = await shelf.promote(await shelf.add(), Stage.STAGING)
        assert await shelf.stages() == [Stage.PRODUCTION, Stage.DEV, Stage.STAGING]
        await shelf.promote(third, Stage.PRODUCTION)
        await shelf.promote(second, Stage.STAGING)
        assert await shelf.stages() == [Stage.ARCHIVED, Stage.STAGING, Stage.PRODUCTION]
        assert (await shelf.actions())[6:] == [
            ("demoted", "2", Stage.DEV),
            ("promoted", "3", Stage.STAGING),
            ("demoted", "1", Stage.ARCHIVED),
            ("promoted", "3", Stage.PRODUCTION),
            ("promoted", "2", Stage.STAGING),
        ]
        demoted = (await shelf.registry.history(NAME))[-3]
        assert "replaced by 20250101_000003" == demoted.reason
        await shelf.check_invariants()

    async def test_names_do_not_meet(self, shelf: Shelf) -> None:
        """Stages are counted by name."""
        await shelf.into_production()
        other = await shelf.add(name="other")
        await shelf.promote(other, Stage.STAGING, Stage.PRODUCTION)
        assert await shelf.stages() == [Stage.PRODUCTION]
        assert await shelf.stages("other") == [Stage.PRODUCTION]
        assert 3 == len(await shelf.registry.history("other"))

    async def test_a_damaged_bundle_is_not_promoted(self, shelf: Shelf) -> None:
        """Services load from staging and production: what cannot be loaded stays out."""
        incumbent = await shelf.promote(await shelf.add(), Stage.STAGING)
        model = await shelf.add()
        await shelf.damage(model)
        with pytest.raises(DamagedModelError):
            await shelf.promote(model, Stage.STAGING)
        assert incumbent == await shelf.registry.find(NAME, stage=Stage.STAGING)

    async def test_concurrent_promotions(self, shelf: Shelf) -> None:
        """Of many versions promoted at once one is in production, and no success is lost."""
        models = [await shelf.add() for _ in range(8)]
        outcomes = await asyncio.gather(
            *(
                shelf.registry.promote(
                    str(model.id), Stage.PRODUCTION, actor="anna", reason="race", force=True
                )
                for model in models
            ),
            return_exceptions=True,
        )
        assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
        assert (await shelf.stages()).count(Stage.PRODUCTION) == 1
        promotions = [a for a in await shelf.actions() if a[0] == "promoted"]
        assert sorted(model.version[-1] for model in models) == sorted(a[1] for a in promotions)
        await shelf.check_invariants()

    async def test_concurrent_promotions_of_one_version(self, shelf: Shelf) -> None:
        """Of many promotions of one version one succeeds; the others find it there."""
        model = await shelf.add()
        outcomes = await asyncio.gather(
            *(shelf.promote(model, Stage.STAGING) for _ in range(6)), return_exceptions=True
        )
        assert 1 == sum(isinstance(outcome, ModelRecord) for outcome in outcomes)
        assert 5 == sum(isinstance(outcome, InvalidTransitionError) for outcome in outcomes)
        assert 2 == len(await shelf.registry.history(NAME))

    @pytest.mark.parametrize("seed", range(3))
    async def test_any_sequence_keeps_the_invariants(self, shelf: Shelf, seed: int) -> None:
        """Whatever is tried, replaying the ledger gives the present state."""
        choose = random.Random(seed)  # noqa: S311 - no secret
        models = [await shelf.add(qwk_low=choose.choice([0.2, 0.6])) for _ in range(3)]
        for _ in range(25):
            try:
                model, kind = choose.choice(models), choose.random()
                if kind < 0.15:
                    await shelf.registry.rollback(NAME, actor="anna")
                elif kind < 0.25:
                    await shelf.registry.rollback(NAME, actor="anna", to_version=model.version)
                elif kind < 0.4:
                    await shelf.registry.demote(
                        str(model.id), actor="anna", reason="any", force=choose.random() < 0.4
                    )
                else:
                    await shelf.registry.promote(
                        str(model.id),
                        choose.choice(list(Stage)),
                        actor="anna",
                        reason="any",
                        force=choose.random() < 0.4,
                    )
            except HuleEduMLError:
                continue
            await shelf.check_invariants()
        await shelf.check_invariants()
