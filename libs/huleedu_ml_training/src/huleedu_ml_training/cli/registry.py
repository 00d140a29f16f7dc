"""``train-essay-grader registry``: versions, stages, the ledger, and the way back."""

from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.registry.records import Stage

if TYPE_CHECKING:
    from huleedu_ml_training.registry.protocols import ModelRegistryProtocol

app = typer.Typer(
    name="registry",
    help="List, promote, roll back and verify registered models.",
    no_args_is_help=True,
)

ModelNameOption = Annotated[
    str | None, typer.Option("--model-name", help="Name of the model.", show_default=False)
]
ModelIdOption = Annotated[
    str, typer.Option("--model-id", help="Id, or its first digits (at least four).")
]
ReasonOption = Annotated[
    str | None,
    typer.Option("--reason", help="Why, for the ledger; --force needs it.", show_default=False),
]


@app.command("list")
def list_models(
    model_name: ModelNameOption = None,
    stage: Annotated[
        Stage | None, typer.Option("--stage", help="Only this stage.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """List registered versions, newest first."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.registry_views import model_document, show_models

        registry = await _registry(context)
        models = await registry.list_models(model_name=model_name, stage=stage)
        show_models(context.output, models)
        if not models:
            context.output.note(
                "no registered model fits; train one with: train-essay-grader train"
            )
        documents = [model_document(model) for model in models]
        context.output.document("registry.list", {"models": documents})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def show(
    model_id: Annotated[str, typer.Argument(help="Id, or its first digits (at least four).")],
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show all that is known of one version."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.registry_views import model_document, show_model

        model = await (await _registry(context)).get(model_id)
        show_model(context.output, model)
        context.output.document("registry.show", {"model": model_document(model)})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def history(
    model_name: ModelNameOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show who moved which version when and why, oldest first; nothing of it can be changed."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.registry_views import event_document, show_history

        name = model_name or context.settings.registry.model_name
        events = await (await _registry(context)).history(name)
        show_history(context.output, name, events)
        documents = [event_document(event) for event in events]
        context.output.document("registry.history", {"model_name": name, "events": documents})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def register(
    path: Annotated[str, typer.Argument(help="A bundle's directory.")],
    model_name: ModelNameOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Verify a bundle, copy it into the artifact store and register it in stage dev."""

    async def action(context: CommandContext) -> None:
        import asyncio

        from huleedu_ml_training.cli.registry_views import model_document
        from huleedu_ml_training.export.bundle_directory import read_bundle_directory
        from huleedu_ml_training.registry.actor import current_actor
        from huleedu_ml_training.registry.bundle_paths import resolve_bundle_path
        from huleedu_ml_training.registry.publishing import ModelPublisher

        place = resolve_bundle_path(path, context.settings)
        bundle = await asyncio.to_thread(read_bundle_directory, place)
        publisher = await context.get(ModelPublisher)
        model = await publisher.adopt(
            bundle,
            actor=current_actor(),
            model_name=model_name,
            correlation_id=context.correlation_id,
        )
        context.output.line(f"registered {model.model_name} {model.version} as {model.id}")
        context.output.document("registry.register", {"model": model_document(model)})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def promote(
    model_id: ModelIdOption,
    stage: Annotated[Stage, typer.Option("--stage", help="Where it goes.")],
    reason: ReasonOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Skip stages, go back, or override the gate.")
    ] = False,
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
        from huleedu_ml_training.cli.registry_promotion import promote_version, show_plan

        registry = await _registry(context)
        plan = await registry.plan_promotion(model_id, stage, reason=reason, force=force)
        if dry_run:
            show_plan(context.output, plan)
        else:
            await promote_version(context, registry, plan, reason=reason, force=force)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def rollback(
    model_name: ModelNameOption = None,
    reason: ReasonOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Put the previous production version back, after verifying its bundle."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.registry_views import model_document
        from huleedu_ml_training.registry.actor import current_actor

        model = await (await _registry(context)).rollback(
            model_name or context.settings.registry.model_name,
            actor=current_actor(),
            reason=reason,
            correlation_id=context.correlation_id,
        )
        context.output.line(f"{model.model_name} {model.version} is in production again")
        context.output.document("registry.rollback", {"model": model_document(model)})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def verify(
    model_id: Annotated[
        str | None, typer.Option("--model-id", help="Only this version.", show_default=False)
    ] = None,
    model_name: ModelNameOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Read every byte of the registered bundles and compare it with what was registered."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol
        from huleedu_ml_training.registry.verification import verify_bundles

        registry = await _registry(context)
        if model_id is None:
            models = await registry.list_models(model_name=model_name)
        else:
            models = [await registry.get(model_id)]
        await verify_bundles(await context.get(ArtifactStoreProtocol), models)
        context.output.line(f"{len(models)} bundles are as they were registered")
        context.output.document("registry.verify", {"n_checked": len(models)})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


async def _registry(context: CommandContext) -> "ModelRegistryProtocol":
    from huleedu_ml_training.registry.protocols import ModelRegistryProtocol

    return await context.get(ModelRegistryProtocol)
