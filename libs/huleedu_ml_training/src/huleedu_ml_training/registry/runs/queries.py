"""The statements by which runs are found, tagged and discarded, inside one transaction."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Float

from huleedu_ml_training.registry.conditions import VALUES, MetricCondition
from huleedu_ml_training.registry.filters import RunFilter
from huleedu_ml_training.registry.model_ids import id_range
from huleedu_ml_training.registry.rows import run_record
from huleedu_ml_training.registry.runs.errors import RunNotFoundError
from huleedu_ml_training.registry.runs.ids import run_id_digits, the_one
from huleedu_ml_training.registry.runs.records import Retention, RunRecord, RunState
from huleedu_ml_training.registry.storable import is_storable
from huleedu_ml_training.registry.tables import ModelRow, RunRow
from huleedu_ml_training.registry.tags import KEEP, changed_tags


def holds(condition: MetricCondition, metrics: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Return the expression that a condition on a column of metrics means.

    A figure that is missing, null or no number fulfils no condition.
    """
    # Metric and part are names of our own, see parse_condition; the bound is passed as a value.
    path = (
        f'$."{VALUES}"."{condition.metric}"."{condition.part}" ? (@ {condition.comparison} $bound)'
    )
    bound = func.jsonb_build_object("bound", literal(condition.bound, Float(53)))
    return func.jsonb_path_exists(metrics, cast(path, JSONPATH), bound)


CAN_GO_ON = (RunState.RUNNING, RunState.INTERRUPTED)
"""States of runs that another process may resume."""


async def find(session: AsyncSession, text: str) -> RunRecord:
    """Return the run whose id begins with the digits that a text holds.

    Raises:
        RunNotFoundError: No id begins with that.
        AmbiguousRunIdError: Several do.
        InvalidRunIdError: The text is no such prefix.
    """
    digits = run_id_digits(text)
    return the_one(digits, await _select(session, RunRow.id.between(*id_range(digits)), limit=11))


async def runs(session: AsyncSession, wanted: RunFilter, limit: int | None) -> list[RunRecord]:
    """Return the runs that a filter lets through, newest first."""
    texts = [*wanted.tags, *([] if wanted.model_name is None else [wanted.model_name])]
    if not all(map(is_storable, texts)):
        return []
    return await _select(session, *_criteria(wanted), limit=limit)


async def tag(
    session: AsyncSession, run_id: UUID, add: Iterable[str], remove: Iterable[str]
) -> RunRecord:
    """Change the tags of a run."""
    row = await locked_row(session, run_id)
    row.tags = list(changed_tags(row.tags, add=add, remove=remove))
    await session.flush()
    return run_record(row)


async def retained(session: AsyncSession, run_ids: Collection[UUID]) -> dict[UUID, Retention]:
    """Return those of the runs that must not be discarded, other than for being at work."""
    tagged = select(RunRow.id).where(RunRow.id.in_(run_ids), RunRow.tags.contains([KEEP]))
    named = select(ModelRow.run_id).where(ModelRow.run_id.in_(run_ids))
    found = dict.fromkeys(await session.scalars(tagged), Retention.TAGGED)
    for run_id in await session.scalars(named):
        if run_id is not None:
            found[run_id] = Retention.REGISTERED
    return found


async def discard(
    session: AsyncSession, run_id: UUID, remove_files: Callable[[], Awaitable[None]]
) -> Retention | None:
    """Remove a run that nobody is at work on: its files first, then its row.

    Killed in between, a run without files is left that the next attempt removes; the other way
    round would leave files that nothing names. The row is locked, so that nobody can tag the run,
    nor register a model of it, meanwhile.
    """
    row = await locked_row(session, run_id)
    reason = (await retained(session, [run_id])).get(run_id)
    if reason is None:
        await remove_files()
        await session.delete(row)
        await session.flush()
    return reason


async def locked_row(session: AsyncSession, run_id: UUID) -> RunRow:
    """Return the row of a run, locked until the transaction ends.

    Raises:
        RunNotFoundError: There is no such run.
    """
    row = await session.get(RunRow, run_id, with_for_update=True)
    if row is None:
        raise RunNotFoundError(run_id=run_id)
    return row


def _criteria(wanted: RunFilter) -> list[ColumnElement[bool]]:
    criteria = [holds(condition, RunRow.metrics) for condition in wanted.conditions]
    if wanted.kind is not None:
        criteria.append(RunRow.kind == wanted.kind.value)
    if wanted.states:
        criteria.append(RunRow.state.in_([state.value for state in wanted.states]))
    if wanted.since is not None:
        criteria.append(RunRow.started_at >= wanted.since)
    if wanted.until is not None:
        criteria.append(RunRow.started_at < wanted.until)
    if wanted.changed_before is not None:
        last_change = func.coalesce(RunRow.finished_at, RunRow.started_at)
        criteria.append(last_change < wanted.changed_before)
    if wanted.tags:
        criteria.append(RunRow.tags.contains(list(wanted.tags)))
    if wanted.model_name is not None:
        criteria.append(RunRow.request["model_name"].astext == wanted.model_name)
    return criteria


async def _select(
    session: AsyncSession, *criteria: ColumnElement[bool], limit: int | None
) -> list[RunRecord]:
    newest_first = select(RunRow).where(*criteria).order_by(RunRow.started_at.desc())
    return [run_record(row) for row in await session.scalars(newest_first.limit(limit))]
