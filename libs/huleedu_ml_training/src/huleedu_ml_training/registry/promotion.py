"""The rules of moving between stages, apart from where versions are kept.

Everything here is a pure function of records, so that every registry obeys the same rules.
"""

from collections.abc import Iterable
from uuid import UUID

from huleedu_ml_training.registry.promotion_errors import (
    InvalidTransitionError,
    MissingReasonError,
)
from huleedu_ml_training.registry.protocols import PromotionGateProtocol
from huleedu_ml_training.registry.records import (
    EventAction,
    ModelRecord,
    PromotionPlan,
    Stage,
)

_ONE_STAGE_UP = {Stage.DEV: Stage.STAGING, Stage.STAGING: Stage.PRODUCTION}


def plan(
    model: ModelRecord,
    target: Stage,
    *,
    incumbent: ModelRecord | None,
    gate: PromotionGateProtocol,
    reason: str | None,
    force: bool,
) -> PromotionPlan:
    """Return what a promotion does to the version and to the incumbent of the target stage.

    Args:
        model: The version to move.
        target: Where it is to go.
        incumbent: The version of the same name that stands there, if the stage takes only one.
        gate: Asked on every move up, forced or not, so that the ledger holds what it saw.
        reason: Why; must not be blank where ``force`` is given.
        force: Whether to skip stages, go back, or override the gate.

    Raises:
        InvalidTransitionError: The move is not one stage up, and nobody forces it; or the version
            is there already.
        MissingReasonError: ``force`` without a reason.
    """
    if force and not (reason and reason.strip()):
        raise MissingReasonError
    one_up = _ONE_STAGE_UP.get(model.stage) is target
    if model.stage is target or not (one_up or force):
        raise InvalidTransitionError(model=model, target=target)
    report = gate.evaluate(model, target, incumbent)
    return PromotionPlan(
        model=model,
        target=target,
        incumbent=incumbent,
        report=report,
        forced=force and not (one_up and report.passed),
        refused=not (report.passed or force),
    )


def previous_in_production(entries: Iterable[tuple[EventAction, UUID]]) -> UUID | None:
    """Return the version that was in production before the present one.

    The ledger is read as a stack: a promotion puts a version on top, a rollback takes the top
    away. So a second rollback goes a second step back, not forth again.

    Args:
        entries: Action and version of the ledger's entries about production as target stage, for
            one model name, oldest first; refusals may be among them.

    Returns:
        Id of the version, or None where nothing was in production before.
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
    return stack[-2] if len(stack) > 1 else None
