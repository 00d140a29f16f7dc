"""A rollback finds its way without reading the whole ledger, and finds the same."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.registry import ledger, rollbacks
from huleedu_ml_training.registry.decision_errors import NoRollbackTargetError
from huleedu_ml_training.registry.records import EventAction, Stage
from huleedu_ml_training.registry.tables import ModelEventRow
from huleedu_ml_training.testing.registry_cases.shelf import NAME

UP, BACK, REFUSED = EventAction.PROMOTED, EventAction.ROLLED_BACK, EventAction.REFUSED

# Rollbacks to versions that were never there are among them: nobody but a hand writes those.
ledgers = st.lists(st.tuples(st.sampled_from([UP, UP, BACK, REFUSED]), st.integers(0, 3)))


def production_entry(action: EventAction, model_id: UUID, *, name: str = NAME) -> dict[str, object]:
    return {
        "model_id": model_id,
        "model_name": name,
        "version": "20250101_000001",
        "actor": "anna",
        "action": action.value,
        "from_stage": Stage.STAGING.value,
        "to_stage": Stage.PRODUCTION.value,
    }


async def check(session: AsyncSession, entries: Sequence[tuple[EventAction, UUID]]) -> None:
    """Assert that one step, every step, and none are what the rule says."""
    expected = rollbacks.earlier_in_production(entries)
    assert expected[:1] == await ledger.earlier_in_production(session, NAME)
    for wanted in {model_id for _, model_id in entries}:
        found = await ledger.earlier_in_production(session, NAME, wanted=wanted)
        until = expected.index(wanted) + 1 if wanted in expected else len(expected)
        assert expected[:until] == found


@pytest.fixture
async def ids(shelf) -> list[UUID]:
    return [(await shelf.add()).id for _ in range(4)]


@pytest.fixture
def try_ledgers(engine, ids):
    """Return a check of one ledger, whose entries are gone again afterwards."""

    async def try_ledger(drawn: list[tuple[EventAction, int]]) -> None:
        entries = [(action, ids[number]) for action, number in drawn]
        async with AsyncSession(engine) as session:
            for action, model_id in entries:
                # Another name's entries lie in between, and are nobody's concern.
                for name in (NAME, "other"):
                    await session.execute(
                        insert(ModelEventRow).values(production_entry(action, model_id, name=name))
                    )
            await check(session, entries)
            await session.rollback()

    return try_ledger


@pytest.mark.parametrize(
    "drawn",
    [
        [],
        [(UP, 0), (UP, 1), (UP, 2), (BACK, 1), (BACK, 0)],
        [(UP, 0), (UP, 1), (UP, 0), (UP, 0), (BACK, 1), (REFUSED, 2), (UP, 3)],
        [(UP, 0), (UP, 1), (BACK, 2), (UP, 1)],
    ],
)
async def test_pointers_of_entries(try_ledgers, drawn):
    await try_ledgers(drawn)


async def test_pointers_of_any_ledger(try_ledgers):
    """Every ledger that can be thought of, so also those that the registry never writes."""
    drawn: list[list[tuple[EventAction, int]]] = []

    @hypothesis_settings(
        max_examples=40, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(ledgers)
    def draw(entries: list[tuple[EventAction, int]]) -> None:
        drawn.append(entries)

    draw()
    for entries in drawn:
        await try_ledgers(entries)


async def test_ledgers_from_before(engine, ids):
    """The migration gives entries that are there already the pointers that new ones get."""
    numbers = [(UP, 0), (UP, 1), (UP, 2), (BACK, 1), (REFUSED, 3), (UP, 3), (UP, 0), (BACK, 3)]
    entries = [(action, ids[number]) for action, number in numbers]
    pointers = select(ModelEventRow.id, ModelEventRow.beneath).order_by(ModelEventRow.id)
    async with AsyncSession(engine) as session, session.begin():
        for action, model_id in entries:
            await session.execute(insert(ModelEventRow).values(production_entry(action, model_id)))
        written = (await session.execute(pointers)).all()
    migrator = Migrator(engine)
    await migrator.downgrade("0005", allow_loss=True)
    await migrator.upgrade()
    async with AsyncSession(engine) as session:
        assert written == (await session.execute(pointers)).all()
        assert any(beneath is not None for _, beneath in written)
        await check(session, entries)
        with pytest.raises(Exception, match="append-only"):
            await session.execute(text("UPDATE ml_training.ml_model_events SET beneath = NULL"))


async def test_a_rollback_in_a_deep_ledger(shelf, engine):
    """From the top of a stack of hundreds to its bottom, and no further."""
    first, *_, last = [await shelf.into_production() for _ in range(3)]
    async with AsyncSession(engine) as session, session.begin():
        middle = first.id
        for _ in range(100):
            middle = last.id if middle == first.id else first.id
            await session.execute(insert(ModelEventRow).values(production_entry(UP, middle)))
        await session.execute(insert(ModelEventRow).values(production_entry(UP, last.id)))
        earlier = await ledger.earlier_in_production(session, NAME, wanted=last.id)
    assert [first.id, last.id] == earlier
    with pytest.raises(NoRollbackTargetError):
        await shelf.registry.rollback(NAME, actor="anna", to_version=(await shelf.add()).version)
    assert first.id == (await shelf.registry.rollback(NAME, actor="anna")).id
