"""Where a rollback leads: the ledger's entries about production, read as a stack."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from huleedu_ml_training.registry.decision_errors import NoRollbackTargetError
from huleedu_ml_training.registry.promotion_errors import NothingToRollBackError
from huleedu_ml_training.registry.records import EventAction, ModelRecord


def earlier_in_production(entries: Iterable[tuple[EventAction, UUID]]) -> list[UUID]:
    """Return the versions that were in production before the present one, the latest first.

    The ledger is read as a stack: a promotion puts a version on top, a rollback takes away what
    lies above its target. So a second rollback goes a second step back, not forth again.

    Args:
        entries: Action and version of the ledger's entries about production as target stage, for
            one model name, oldest first; refusals may be among them.

    Returns:
        Their ids, in the order in which a row of rollbacks reaches them.
    """
    stack: list[UUID] = []
    for action, model_id in entries:
        if action is EventAction.ROLLED_BACK:
            while stack and stack[-1] != model_id:
                stack.pop()
        elif action is not EventAction.PROMOTED:
            continue
        if not stack or stack[-1] != model_id:
            stack.append(model_id)
    return stack[-2::-1]


def rollback_target(
    current: ModelRecord, earlier: Sequence[UUID], wanted: ModelRecord | None
) -> UUID:
    """Return the version that a rollback puts into production.

    Args:
        current: The version in production.
        earlier: What :func:`earlier_in_production` returned.
        wanted: Where to go back to; None for one step.

    Raises:
        NothingToRollBackError: No version was in production before.
        NoRollbackTargetError: The wanted version was not.
    """
    if wanted is None:
        if not earlier:
            raise NothingToRollBackError(model_name=current.model_name, version=current.version)
        return earlier[0]
    if wanted.id == current.id or wanted.id not in earlier:
        raise NoRollbackTargetError(current=current, wanted=wanted)
    return wanted.id
