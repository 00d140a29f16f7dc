"""A policy's gate on a real database, while others keep promoting."""

import asyncio
import itertools

import pytest

from huleedu_ml_training.registry.decision_errors import EvidenceOutdatedError
from huleedu_ml_training.registry.gating.policy_file import default_policy
from huleedu_ml_training.registry.gating.policy_gate import PolicyGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.promotion_errors import PromotionRefusedError
from huleedu_ml_training.registry.records import EventAction, ModelRecord, Stage
from huleedu_ml_training.testing.bundles import held_out_essays, small_bundle, small_files
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf

NOISE = {"good": 0.5, "fair": 0.9, "bad": 1.8}


@pytest.fixture
def gate():
    return PolicyGate(default_policy())


@pytest.fixture
def registry(engine, artifacts, gate):
    return PostgresModelRegistry(engine, gate, artifacts)


class _Shelf(Shelf):
    """A shelf of versions that grade well or badly."""

    async def graded(self, quality: str) -> ModelRecord:
        number = len(await self.registry.list_models()) + 1
        held_out = held_out_essays(300, noise=NOISE[quality], seed=number)
        version = f"20260101_{number:06d}"
        bundle = small_bundle(version, files=small_files(held_out=held_out))
        return await self.add_bundle(bundle)


@pytest.fixture
def shelf(registry, artifacts):
    return _Shelf(registry, artifacts)


async def test_each_decision_is_about_the_version_that_was_replaced(shelf):
    """Of many promotions at once, every one that succeeded beat the very incumbent it replaced."""
    await shelf.promote(await shelf.graded("bad"), Stage.STAGING, Stage.PRODUCTION)
    models = [await shelf.graded(quality) for quality in ("bad", "fair", "good", "fair", "bad")]

    async def up(model: ModelRecord) -> ModelRecord:
        return await shelf.registry.promote(
            str(model.id), Stage.PRODUCTION, actor="anna", reason="race", force=True
        )

    outcomes = await asyncio.gather(*map(up, models), return_exceptions=True)
    assert all(isinstance(each, ModelRecord | EvidenceOutdatedError) for each in outcomes)
    await shelf.check_invariants()
    history = await shelf.registry.history(NAME)
    replaced = [
        (before.version, event.gate_report["comparison"])
        for before, event in itertools.pairwise(history)
        if (before.action, event.action) == (EventAction.DEMOTED, EventAction.PROMOTED)
    ]
    assert sum(isinstance(each, ModelRecord) for each in outcomes) == len(replaced) > 0
    for version, comparison in replaced:
        assert (version, 300) == (comparison["incumbent_version"], comparison["n"])


async def test_a_rival_that_overtakes_changes_the_verdict(shelf, gate):
    """Better than the incumbent that was there at first, worse than the one that is there now."""
    await shelf.promote(await shelf.graded("bad"), Stage.STAGING, Stage.PRODUCTION)
    best = await shelf.promote(await shelf.graded("good"), Stage.STAGING)
    candidate = await shelf.graded("fair")
    gather, overtaken = gate.gather, False

    async def gather_slowly(model, target, incumbent, read):
        nonlocal overtaken
        evidence = await gather(model, target, incumbent, read)
        if model.id == candidate.id and target is Stage.PRODUCTION and not overtaken:
            overtaken = True
            await shelf.promote(best, Stage.PRODUCTION)
        return evidence

    gate.gather = gather_slowly
    # The rival stands in staging, so the candidate would skip it: by force, yet not overriding.
    plan = await shelf.registry.plan_promotion(
        str(candidate.id), Stage.PRODUCTION, force=True, reason="x"
    )
    assert (best.id, False) == (plan.incumbent.id, plan.report.passed)
    candidate = await shelf.promote(candidate, Stage.STAGING)
    with pytest.raises(PromotionRefusedError) as caught:
        await shelf.promote(candidate, Stage.PRODUCTION)
    assert best.version == caught.value.report.comparison["incumbent_version"]
    refused = (await shelf.registry.events_of(str(candidate.id)))[-1]
    assert (EventAction.REFUSED, "default") == (
        refused.action,
        refused.gate_report["policy"]["name"],
    )
    assert best.id == (await shelf.registry.find(NAME, stage=Stage.PRODUCTION)).id
