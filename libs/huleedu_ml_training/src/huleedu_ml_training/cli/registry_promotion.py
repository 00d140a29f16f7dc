"""What ``registry promote``, ``demote`` and ``archive`` do and print."""

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.cli.reasons import with_reason
from huleedu_ml_training.cli.registry_gate import recorded_report, show_gate
from huleedu_ml_training.cli.registry_views import model_document, plan_document
from huleedu_ml_training.cli.runtime import CommandContext
from huleedu_ml_training.registry.actor import current_actor
from huleedu_ml_training.registry.promotion_errors import PromotionRefusedError
from huleedu_ml_training.registry.protocols import ModelRegistryProtocol
from huleedu_ml_training.registry.records import ModelRecord, PromotionPlan, Stage


def show_plan(output: Output, plan: PromotionPlan) -> None:
    """Print what a promotion would do.

    Raises:
        PromotionRefusedError: It would be refused, so that the exit code says so too.
    """
    show_gate(output, plan.target, plan.report)
    if plan.refused:
        raise PromotionRefusedError(model=plan.model, target=plan.target, report=plan.report)
    model, incumbent = plan.model, plan.incumbent
    output.line(f"{model.model_name} {model.version} would go from {model.stage} to {plan.target}")
    if incumbent is not None:
        output.line(f"{incumbent.version} would leave it for {plan.incumbent_goes_to}")
    output.line("nothing was changed")
    output.document("registry.promote", {"dry_run": True, "plan": plan_document(plan)})


async def promote_version(
    context: CommandContext,
    registry: ModelRegistryProtocol,
    plan: PromotionPlan,
    reason: str | None,
    *,
    force: bool,
    expected_current: str | None,
) -> None:
    """Promote the version of a plan and print what became of it and of the incumbent.

    Raises:
        PromotionRefusedError: The gate refused; its table is printed.
    """
    output = context.output
    try:
        model = await registry.promote(
            str(plan.model.id),
            plan.target,
            actor=current_actor(),
            reason=reason,
            force=force,
            expected_current=expected_current,
            correlation_id=context.correlation_id,
        )
    except PromotionRefusedError as error:
        show_gate(output, plan.target, error.report)
        raise
    report = recorded_report(await registry.events_of(str(model.id)), context.correlation_id)
    show_gate(output, plan.target, report)
    output.line(f"{model.model_name} {model.version} is in {model.stage}")
    replaced = None
    if plan.incumbent is not None:
        replaced = await registry.get(str(plan.incumbent.id))
        output.line(f"{replaced.version}, which was there before, is in {replaced.stage}")
    output.document(
        "registry.promote",
        {
            "dry_run": False,
            "model": model_document(model),
            "replaced": None if replaced is None else model_document(replaced),
            "gate_report": report.to_dict(),
        },
    )


async def demote_version(
    context: CommandContext,
    command: str,
    model_id: str,
    stage: Stage | None,
    *,
    reason: str | None,
    force: bool,
) -> None:
    """Move a version down and print where it is; say so where production is left empty."""
    registry = await context.get(ModelRegistryProtocol)
    before = await registry.get(model_id)

    async def act(why: str | None) -> ModelRecord:
        return await registry.demote(
            str(before.id),
            stage,
            actor=current_actor(),
            reason=why,
            force=force,
            correlation_id=context.correlation_id,
        )

    model, _ = await with_reason(context.output, reason, act)
    context.output.line(f"{model.model_name} {model.version} is in {model.stage}")
    if before.stage is Stage.PRODUCTION:
        context.output.note(f"no version of {model.model_name} is in production now")
    context.output.document(f"registry.{command}", {"model": model_document(model)})
