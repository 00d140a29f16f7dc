"""Whether what many processes were told is what the ledger says and what the registry holds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from uuid import UUID

from huleedu_ml_training.registry.records import EventAction, ModelEvent, ModelRecord, Stage
from huleedu_ml_training.registry.rollbacks import earlier_in_production
from huleedu_ml_training.testing.torture.attempts import DONE, REFUSED, Attempt

_ACTIONS = {
    "register": {EventAction.REGISTERED},
    "promote": {EventAction.PROMOTED, EventAction.DEMOTED},
    "demote": {EventAction.DEMOTED},
    "rollback": {EventAction.ROLLED_BACK},
}
_MAKES_ROOM = ("replaced by ", "rolled back to ")


def audit(
    attempts: Iterable[Attempt], history: Sequence[ModelEvent], models: Iterable[ModelRecord]
) -> list[str]:
    """Return everything that is wrong, in words; nothing where all is well.

    Args:
        attempts: What the processes asked and were told, those of the set-up included.
        history: The whole ledger of the name, oldest first.
        models: Its versions as they stand in the end.
    """
    return [
        *_answers(attempts, history),
        *_order(history),
        *_replay(history, {model.id: model.stage for model in models}),
        *_rollbacks(attempts, history),
    ]


def _answers(attempts: Iterable[Attempt], history: Sequence[ModelEvent]) -> Iterator[str]:
    """Yield successes without their one entry, and entries without a success."""
    by_call: dict[str | None, list[ModelEvent]] = defaultdict(list)
    for event in history:
        by_call[event.correlation_id].append(event)
    for attempt in attempts:
        entries = by_call.pop(attempt.correlation_id, [])
        told = f"{attempt.operation} {attempt.correlation_id}: {attempt.outcome}"
        if not attempt.is_documented:
            yield f"{told}, which is not documented"
        if not _fits(attempt, entries):
            yield f"{told}, but the ledger has {[(e.action.value, e.version) for e in entries]}"
    for correlation_id, entries in by_call.items():
        yield f"{len(entries)} entries of a call that nobody made: {correlation_id}"


def _fits(attempt: Attempt, entries: Sequence[ModelEvent]) -> bool:
    if attempt.outcome == REFUSED:
        return [EventAction.REFUSED] == [entry.action for entry in entries]
    if attempt.outcome != DONE or attempt.operation == "collect":
        return not entries
    own = [entry for entry in entries if str(entry.model_id) == attempt.model_id]
    room = [entry for entry in entries if (entry.reason or "").startswith(_MAKES_ROOM)]
    return (
        len(own) == 1
        and own[0].action in _ACTIONS[attempt.operation]
        and own[0].to_stage == attempt.stage
        and len(room) == len(entries) - 1 <= 1
    )


def _order(history: Sequence[ModelEvent]) -> Iterator[str]:
    """Yield entries that bear an earlier time than the one before them."""
    for before, after in pairwise(history):
        if after.occurred_at < before.occurred_at:
            yield f"entry {after.id} is earlier than entry {before.id}"


def _replay(history: Sequence[ModelEvent], now: dict[UUID, Stage]) -> Iterator[str]:
    """Yield entries that do not follow from those before, and where the end is another."""
    stages: dict[UUID, Stage] = {}
    inside: dict[Stage, set[UUID]] = {stage: set() for stage in Stage}
    for event in history:
        if stages.get(event.model_id) is not event.from_stage:
            yield f"entry {event.id} leaves {event.from_stage}, where {event.version} is not"
        if event.action is EventAction.REFUSED:
            continue
        for versions in inside.values():
            versions.discard(event.model_id)
        inside[event.to_stage].add(event.model_id)
        stages[event.model_id] = event.to_stage
        for stage, versions in inside.items():
            if stage.is_exclusive and len(versions) > 1:
                yield f"after entry {event.id} there are {len(versions)} versions in {stage}"
    if stages != now:
        others = {i for i in stages.keys() | now.keys() if stages.get(i) is not now.get(i)}
        yield f"{len(others)} versions stand elsewhere than the ledger says"


def _rollbacks(attempts: Iterable[Attempt], history: Sequence[ModelEvent]) -> Iterator[str]:
    """Yield rollbacks to where the ledger before them did not lead."""
    single = {a.correlation_id for a in attempts if a.single_step}
    entered = [
        event
        for event in history
        if event.to_stage is Stage.PRODUCTION and event.action is not EventAction.REFUSED
    ]
    for index, event in enumerate(entered):
        if event.action is not EventAction.ROLLED_BACK:
            continue
        earlier = earlier_in_production((e.action, e.model_id) for e in entered[:index])
        allowed = earlier[:1] if event.correlation_id in single else earlier
        if event.model_id not in allowed:
            yield f"entry {event.id} goes back to {event.version}, which was not next"
