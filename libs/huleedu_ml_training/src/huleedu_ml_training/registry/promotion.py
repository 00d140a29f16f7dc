"""The rules of moving between stages, apart from where versions are kept.

Everything here is a pure function of records, so that every registry obeys the same rules.
"""

from collections.abc import Callable, Iterable, Sequence

from huleedu_ml_training.export.manifest import VERSION
from huleedu_ml_training.registry.decision_errors import (
    ForceNeededError,
    InvalidDemotionError,
    StaleDecisionError,
)
from huleedu_ml_training.registry.gating.evidence import NO_EVIDENCE, PromotionEvidence
from huleedu_ml_training.registry.model_ids import id_digits
from huleedu_ml_training.registry.promotion_errors import (
    InvalidTransitionError,
    MissingReasonError,
)
from huleedu_ml_training.registry.protocols import PromotionGateProtocol
from huleedu_ml_training.registry.records import (
    GateReport,
    ModelRecord,
    PromotionPlan,
    Stage,
)

Decision = Callable[[ModelRecord, Sequence[ModelRecord]], PromotionPlan]
"""From a version and those of its name in staging and production to what becomes of it.

A registry asks it on rows that it has locked, so that nothing changes between asking and moving.
"""

NOBODY = "none"
"""What is expected in a stage where no version is."""

_ONE_STAGE_UP = {Stage.DEV: Stage.STAGING, Stage.STAGING: Stage.PRODUCTION}
_ONE_STAGE_DOWN = {
    Stage.PRODUCTION: Stage.STAGING,
    Stage.STAGING: Stage.DEV,
    Stage.DEV: Stage.ARCHIVED,
}


def plan(
    model: ModelRecord,
    target: Stage,
    *,
    incumbent: ModelRecord | None,
    gate: PromotionGateProtocol,
    reason: str | None,
    force: bool,
    evidence: PromotionEvidence = NO_EVIDENCE,
) -> PromotionPlan:
    """Return what a promotion does to the version and to the incumbent of the target stage.

    Args:
        model: The version to move.
        target: Where it is to go.
        incumbent: The version of the same name that stands there, if the stage takes only one.
        gate: Asked on every move up, forced or not, so that the ledger holds what it saw.
        reason: Why; must not be blank where ``force`` is given, or where the gate says so.
        force: Whether to skip stages, go back, or override the gate.
        evidence: What the gate gathered about the two versions.

    Raises:
        InvalidTransitionError: The move is not one stage up, and nobody forces it; or the version
            is there already.
        MissingReasonError: A reason is needed, and there is none.
        EvidenceOutdatedError: The evidence is about other versions.
    """
    one_up = check_move(model, target, gate=gate, reason=reason, force=force)
    report = gate.evaluate(model, target, incumbent, evidence)
    return PromotionPlan(
        model=model,
        target=target,
        incumbent=incumbent,
        report=report,
        forced=force and not (one_up and report.passed),
        refused=not (report.passed or force),
    )


def check_move(
    model: ModelRecord,
    target: Stage,
    *,
    gate: PromotionGateProtocol,
    reason: str | None,
    force: bool,
) -> bool:
    """Return whether a promotion is the ordinary one, one stage up; the gate is not asked yet.

    Raises:
        InvalidTransitionError: As for :func:`plan`.
        MissingReasonError: As for :func:`plan`.
    """
    if force and not (reason and reason.strip()):
        raise MissingReasonError
    one_up = _ONE_STAGE_UP.get(model.stage) is target
    if model.stage is target or not (one_up or force):
        raise InvalidTransitionError(model=model, target=target)
    check_reason(
        gate,
        reason,
        touches_production=Stage.PRODUCTION in {model.stage, target},
        asked_for=f"a promotion to {target}",
    )
    return one_up


def check_reason(
    gate: PromotionGateProtocol, reason: str | None, *, touches_production: bool, asked_for: str
) -> None:
    """Check that a reason is given where the gate's policy wants one.

    Raises:
        MissingReasonError: There is none.
    """
    given = reason is not None and bool(reason.strip())
    if not given and gate.demands_reason(touches_production=touches_production):
        raise MissingReasonError(asked_for=asked_for)


def stage_below(model: ModelRecord) -> Stage:
    """Return the stage one below that of a version.

    Raises:
        InvalidDemotionError: It is archived, and nothing is below that.
    """
    below = _ONE_STAGE_DOWN.get(model.stage)
    if below is None:
        raise InvalidDemotionError(model=model, target=model.stage)
    return below


def standing_in(stage: Stage, inside: Iterable[ModelRecord]) -> ModelRecord | None:
    """Return the version of one name that stands in a stage which takes only one, if any does."""
    if not stage.is_exclusive:
        return None
    return next((model for model in inside if model.stage is stage), None)


def plan_demotion(
    model: ModelRecord,
    target: Stage,
    *,
    incumbent: ModelRecord | None,
    reason: str | None,
    force: bool,
) -> PromotionPlan:
    """Return what a demotion does to the version and to the incumbent of the target stage.

    Args:
        model: The version to move.
        target: Where it is to go.
        incumbent: The version of the same name that stands there, if the stage takes only one.
        reason: Why; may be blank only for a version that leaves dev, which nobody used.
        force: Whether to skip stages, or to leave the name without a version in production.

    Raises:
        InvalidDemotionError: The target is not below.
        ForceNeededError: The version leaves production or skips a stage, and nobody forces it.
        MissingReasonError: There is no reason where one is needed.
    """
    if target.rank >= model.stage.rank:
        raise InvalidDemotionError(model=model, target=target)
    ordinary = model.stage is not Stage.PRODUCTION and stage_below(model) is target
    if not (ordinary or force):
        raise ForceNeededError(model=model, target=target)
    if not (reason and reason.strip()) and (force or model.stage is not Stage.DEV):
        raise MissingReasonError(asked_for="--force" if force else "a demotion")
    return PromotionPlan(
        model=model,
        target=target,
        incumbent=incumbent,
        report=GateReport(),
        forced=not ordinary,
        refused=False,
    )


def check_current(
    expected: str | None, current: ModelRecord | None, *, model_name: str, stage: Stage
) -> None:
    """Check that the version in a stage is the one that somebody decided about.

    Args:
        expected: A version, an id or its beginning, or ``none``; None for no expectation.
        current: The version that stands in the stage.
        model_name: Whose versions, for the error.
        stage: Which stage, for the error.

    Raises:
        StaleDecisionError: It is another.
        InvalidModelIdError: The expectation is neither version nor id.
    """
    if expected is None:
        return
    if expected == NOBODY:
        fits = current is None
    elif VERSION.fullmatch(expected):
        fits = current is not None and current.version == expected
    else:
        digits = id_digits(expected)
        fits = current is not None and current.id.hex.startswith(digits)
    if not fits:
        raise StaleDecisionError(
            model_name=model_name, stage=stage, expected=expected, current=current
        )


def decide_demotion(
    target: Stage, *, gate: PromotionGateProtocol, reason: str | None, force: bool
) -> Decision:
    """Return the decision that a demotion is; it raises what planning raises.

    Args:
        target: Where the version is to go.
        gate: Not asked about the version; only whether it wants a reason.
        reason: As for :func:`plan_demotion`.
        force: As for :func:`plan_demotion`.
    """

    def decide(model: ModelRecord, inside: Sequence[ModelRecord]) -> PromotionPlan:
        incumbent = standing_in(target, inside)
        plan = plan_demotion(model, target, incumbent=incumbent, reason=reason, force=force)
        check_reason(
            gate,
            reason,
            touches_production=model.stage is Stage.PRODUCTION,
            asked_for="a demotion",
        )
        return plan

    return decide
