"""``train-essay-grader registry``: versions, stages, the ledger, and the way back."""

from typing import Annotated, TypeVar

import typer

from huleedu_ml_training.cli import registry_policy
from huleedu_ml_training.cli.completion import complete_models
from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.registry_catalogue import list_models, tag
from huleedu_ml_training.cli.registry_diff import diff
from huleedu_ml_training.cli.registry_options import (
    DEFAULT_LIMIT,
    LimitOption,
    ModelNameOption,
    moment,
    registry_of,
)
from huleedu_ml_training.cli.registry_stages import archive, demote, promote, rollback
from huleedu_ml_training.cli.registry_transfer import export_model, import_model
from huleedu_ml_training.cli.runtime import CommandContext, run_command

app = typer.Typer(
    name="registry",
    help="List, move, roll back, verify and clear up registered models.",
    no_args_is_help=True,
)

_T = TypeVar("_T")
_MAX_GRACE_HOURS = 24.0 * 3650


app.command("list")(list_models)
app.command()(tag)


@app.command()
def show(
    model_id: Annotated[
        str,
        typer.Argument(
            help="Id, or its first digits (at least four).", autocompletion=complete_models
        ),
    ],
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show all that is known of one version, and what happened to it."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.registry_origin import show_origins
        from huleedu_ml_training.cli.registry_views import (
            event_document,
            model_document,
            show_events,
            show_model,
        )

        registry = await registry_of(context)
        model = await registry.get(model_id)
        events = await registry.events_of(str(model.id))
        show_model(context.output, model)
        show_events(context.output, f"History of {model.version}", events)
        show_origins(context.output, model)
        documents = [event_document(event) for event in events]
        context.output.document(
            "registry.show", {"model": model_document(model), "events": documents}
        )

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def history(
    model_name: ModelNameOption = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="Say what was in production at this ISO 8601 date or time (UTC unless it says).",
            show_default=False,
        ),
    ] = None,
    limit: LimitOption = DEFAULT_LIMIT,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show who moved which version when and why, oldest first; nothing of it can be changed."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.registry_views import show_history, show_production_at

        name = model_name or context.settings.registry.model_name
        then = None if at is None else moment(at, "--at")
        registry = await registry_of(context)
        if then is not None:
            event = await registry.production_at(name, then)
            show_production_at(context.output, name, then, event)
            return
        newest_first = (await registry.history(name, limit=limit + 1))[::-1]
        events, more = _cut(newest_first, limit)
        show_history(context.output, name, events[::-1])
        if more:
            context.output.note(f"the newest {limit} entries are shown; --limit shows more")

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


app.add_typer(registry_policy.app, name="policy")
app.command()(promote)
app.command()(demote)
app.command()(archive)
app.command()(rollback)
app.command()(diff)
app.command("export")(export_model)
app.command("import")(import_model)


@app.command()
def verify(
    model_id: Annotated[
        str | None,
        typer.Option(
            "--model-id",
            help="Only this version.",
            show_default=False,
            autocompletion=complete_models,
        ),
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

        registry = await registry_of(context)
        if model_id is None:
            models = await registry.list_models(model_name=model_name)
        else:
            models = [await registry.get(model_id)]
        await verify_bundles(await context.get(ArtifactStoreProtocol), models)
        context.output.line(f"{len(models)} bundles are as they were registered")
        context.output.document("registry.verify", {"n_checked": len(models)})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def gc(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed; remove nothing.")
    ] = False,
    grace: Annotated[
        float,
        typer.Option(
            "--grace",
            metavar="HOURS",
            min=0.0,
            max=_MAX_GRACE_HOURS,
            help="Leave bundles that were stored in the last so many hours.",
        ),
    ] = 24.0,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Remove bundles that no version names, and name the versions whose bundle is absent."""

    async def action(context: CommandContext) -> None:
        from datetime import timedelta

        from huleedu_ml_training.cli.registry_gc import show_collection
        from huleedu_ml_training.registry.collection import collect_garbage
        from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol

        period = timedelta(hours=grace)
        found = await collect_garbage(
            await registry_of(context),
            await context.get(ArtifactStoreProtocol),
            grace=period,
            dry_run=dry_run,
        )
        show_collection(context.output, found, period)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


def _cut(found: list[_T], limit: int) -> tuple[list[_T], bool]:
    return found[:limit], len(found) > limit
