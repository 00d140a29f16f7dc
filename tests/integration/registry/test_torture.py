"""Many processes at one name; the audit that judges them is judged here too."""

import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.records import EventAction, Stage
from huleedu_ml_training.testing.fakes.artifact_store import InMemoryArtifactStore
from huleedu_ml_training.testing.fakes.model_registry import InMemoryModelRegistry
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, NAME
from huleedu_ml_training.testing.torture.attempts import DOCUMENTED, DONE, REFUSED, Attempt
from huleedu_ml_training.testing.torture.audit import audit
from huleedu_ml_training.testing.torture.crew import Orders
from huleedu_ml_training.testing.torture.report import torture
from huleedu_ml_training.testing.torture.worker import Worker


async def test_a_crew_at_work(engine, database_url, tmp_path):
    """One production at every moment, one entry per success, and the ledger tells it all."""
    orders = Orders(
        url=database_url,
        home=str(tmp_path),
        processes=5,
        seconds=sys.maxsize,
        operations=25,
        seed=1,
    )
    report = await torture(engine, orders)
    assert [] == report.faults
    assert 5 * 25 == sum(a.correlation_id.startswith("process-") for a in report.attempts)
    assert (1, 0) == (report.seen.most_in_production, report.deadlocks)
    assert report.seen.looks > 25
    done = {operation for operation, outcome in report.outcomes if outcome == DONE}
    assert {"register", "promote", "demote", "rollback"} <= done
    assert report.outcomes.keys() - {(o, DONE) for o in DOCUMENTED}


@pytest.fixture(scope="module")
async def story():
    """Attempts of one worker, long enough for every kind of outcome, with ledger and versions."""
    artifacts = InMemoryArtifactStore()
    registry = InMemoryModelRegistry(MetricsGate(min_qwk_lower_bound=MIN_QWK), artifacts)
    worker = Worker("anna", registry, artifacts, seed=3)
    await worker.attempt("register")
    for _ in range(300):
        await worker.attempt()
    return worker.attempts, await registry.history(NAME), await registry.list_models()


def last(history, action, *, stage=None):
    return next(
        event
        for event in reversed(history)
        if event.action is action and stage in {None, event.to_stage}
    )


class TestAudit:
    async def test_nothing_to_find(self, story):
        attempts, history, models = story
        assert [] == audit(attempts, history, models)
        kinds = {(a.operation, a.outcome) for a in attempts}
        assert {("promote", REFUSED), ("promote", DONE), ("rollback", DONE)} <= kinds

    async def test_a_success_without_entry(self, story):
        attempts, history, models = story
        made = Attempt("anna-x", "demote", DONE, 0.1, str(models[0].id), "dev")
        [fault] = audit([*attempts, made], history, models)
        assert "demote anna-x: done, but the ledger has []" == fault

    async def test_a_failure_that_happened_after_all(self, story):
        attempts, history, models = story
        told = [replace(a, outcome="StaleDecisionError") for a in attempts[:1]]
        faults = audit([*told, *attempts[1:]], history, models)
        assert any("which is not documented" in fault for fault in faults)
        assert any("but the ledger has [('registered'" in fault for fault in faults)

    async def test_a_success_with_two_entries(self, story):
        attempts, history, models = story
        twice = last(history, EventAction.REFUSED)
        faults = audit(attempts, [*history, replace(twice, id=twice.id + 1000)], models)
        assert any("('refused'" in fault for fault in faults)

    async def test_an_entry_of_nobody(self, story):
        attempts, history, models = story
        faults = audit(attempts[1:], history, models)
        assert ["1 entries of a call that nobody made: anna-0"] == faults

    async def test_an_answer_that_names_another_version(self, story):
        attempts, history, models = story
        index = next(i for i, a in enumerate(attempts) if (a.operation, a.outcome) == PROMOTED)
        other = next(str(m.id) for m in models if str(m.id) != attempts[index].model_id)
        changed = [*attempts]
        changed[index] = replace(attempts[index], model_id=other)
        assert 1 == len(audit(changed, history, models))

    async def test_a_version_that_stands_elsewhere(self, story):
        attempts, history, models = story
        moved = replace(models[0], stage=next(s for s in Stage if s is not models[0].stage))
        [fault] = audit(attempts, history, [moved, *models[1:]])
        assert "1 versions stand elsewhere than the ledger says" == fault

    async def test_two_in_production(self, story):
        """An incumbent that was not moved out."""
        attempts, history, models = story
        entry = next(
            e for e in history if (e.reason or "").startswith("replaced") and e.to_stage == ARCHIVED
        )
        faults = audit(attempts, [e for e in history if e is not entry], models)
        assert any("there are 2 versions in production" in fault for fault in faults)

    async def test_a_time_that_runs_back(self, story):
        attempts, history, models = story
        early = replace(history[-1], occurred_at=history[-1].occurred_at - timedelta(days=1))
        [fault] = audit(attempts, [*history[:-1], early], models)
        assert f"entry {early.id} is earlier than entry {history[-2].id}" == fault

    async def test_a_rollback_that_went_too_far(self, story):
        attempts, history, models = story
        back = last(history, EventAction.ROLLED_BACK)
        never = next(m for m in models if not any(promoted_to_production(e, m) for e in history))
        wrong = replace(back, model_id=never.id, version=never.version)
        faults = audit(attempts, [wrong if e is back else e for e in history], models)
        assert any(f"entry {back.id} goes back to {never.version}" in fault for fault in faults)


PROMOTED, ARCHIVED = ("promote", DONE), Stage.ARCHIVED


def promoted_to_production(event, model):
    return event.model_id == model.id and event.to_stage is Stage.PRODUCTION
