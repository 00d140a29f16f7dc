"""``registry promote|demote|archive|rollback``: the commands by which versions move."""

from typing import Annotated

import typer

from huleedu_ml_training.cli.completion import complete_versions
from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.registry_options import (
    ForceDownOption,
    ModelIdOption,
    ModelNameOption,
    ReasonOption,
    registry_of,
)
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.registry.records import ModelRecord, PromotionPlan, Stage


def promote(
    model_id: ModelIdOption,
    stage: Annotated[Stage, typer.Option("--stage", help="Where it goes.")],
    reason: ReasonOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Skip stages, go back, or override the gate.")
    ] = False,
    expected_current: Annotated[
        str | None,
        typer.Option(
            "--expected-current",
            metavar="VERSION_OR_ID",
            help="Refuse unless this version, or 'none', stands in the stage now.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Move a version one stage up; whatever stands there makes room in the same step."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.reasons import with_reason
        from huleedu_ml_training.cli.registry_promotion import promote_version, show_plan

        registry = await registry_of(context)

        async def look_ahead(why: str | None) -> PromotionPlan:
            return await registry.plan_promotion(
                model_id, stage, reason=why, force=force, expected_current=expected_current
            )

        plan, why = await with_reason(context.output, reason, look_ahead)
        if dry_run:
            show_plan(context.output, plan)
        else:
            await promote_version(
                context, registry, plan, why, force=force, expected_current=expected_current
            )

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


def demote(
    model_id: ModelIdOption,
    stage: Annotated[
        Stage | None,
        typer.Option("--stage", help="Where it goes.", show_default="one stage down"),
    ] = None,
    reason: ReasonOption = None,
    force: ForceDownOption = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Move a version down; to put the previous one back into production, use rollback."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.registry_promotion import demote_version

        await demote_version(context, "demote", model_id, stage, reason=reason, force=force)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


def archive(
    model_id: ModelIdOption,
    reason: ReasonOption = None,
    force: ForceDownOption = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Put a version aside; its bundle and its history stay."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.registry_promotion import demote_version

        await demote_version(
            context, "archive", model_id, Stage.ARCHIVED, reason=reason, force=force
        )

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


def rollback(
    model_name: ModelNameOption = None,
    to_version: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="VERSION",
            help="Go back to this version in one step.",
            show_default="the previous one",
            autocompletion=complete_versions,
        ),
    ] = None,
    reason: ReasonOption = None,
    expected_current: Annotated[
        str | None,
        typer.Option(
            "--expected-current",
            metavar="VERSION_OR_ID",
            help="Refuse unless this version is in production now.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Put the previous production version back, after verifying its bundle."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.reasons import with_reason
        from huleedu_ml_training.cli.registry_views import model_document
        from huleedu_ml_training.registry.actor import current_actor

        registry = await registry_of(context)

        async def act(why: str | None) -> ModelRecord:
            return await registry.rollback(
                model_name or context.settings.registry.model_name,
                actor=current_actor(),
                to_version=to_version,
                reason=why,
                expected_current=expected_current,
                correlation_id=context.correlation_id,
            )

        model, _ = await with_reason(context.output, reason, act)
        context.output.line(f"{model.model_name} {model.version} is in production again")
        context.output.document("registry.rollback", {"model": model_document(model)})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)
