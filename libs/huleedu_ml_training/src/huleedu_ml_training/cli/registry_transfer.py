"""``registry export`` and ``registry import``: versions between environments."""

from pathlib import Path
from typing import Annotated

import typer

from huleedu_ml_training.cli.completion import complete_models
from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.registry_options import ModelNameOption, registry_of
from huleedu_ml_training.cli.runtime import CommandContext, run_command

ReferenceArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="Id, or its first digits (at least four), or models:/NAME/STAGE_OR_VERSION.",
        autocompletion=complete_models,
    ),
]


def export_model(
    model: ReferenceArgument,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="File to write, or a directory for it."),
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write a version, its bundle and its history into one file, for another registry."""

    async def action(context: CommandContext) -> None:
        import asyncio

        from huleedu_ml_training.cli.files import require_absent
        from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol
        from huleedu_ml_training.registry.references import ModelResolver
        from huleedu_ml_training.registry.transfer.moving import export_version, write_export

        record = await (await context.get(ModelResolver)).record(model)
        file = f"{record.model_name}-{record.version}.zip"
        path = output / file if output.is_dir() else output
        require_absent(path, force=force)
        store = await context.get(ArtifactStoreProtocol)
        export = await export_version(await registry_of(context), store, record)
        data = export.to_bytes()
        await asyncio.to_thread(write_export, path, data)
        context.output.line(f"exported {record.model_name} {record.version} to {path}")
        context.output.line(f"its digest is {export.digest}")
        context.output.document(
            "registry.export",
            {
                "id": str(record.id),
                "model_name": record.model_name,
                "version": record.version,
                "path": str(path),
                "digest": export.digest,
                "bytes": len(data),
                "n_events": len(export.events),
            },
        )

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


def import_model(
    path: Annotated[Path, typer.Argument(help="File that registry export wrote.")],
    model_name: ModelNameOption = None,
    digest: Annotated[
        str | None,
        typer.Option(
            "--digest",
            help="Refuse any other export than the one for which registry export printed this.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Verify an exported version and register it in stage dev, with its history for reference."""

    async def action(context: CommandContext) -> None:
        import asyncio

        from huleedu_ml_training.cli.registry_views import model_document
        from huleedu_ml_training.registry.actor import current_actor
        from huleedu_ml_training.registry.publishing import ModelPublisher
        from huleedu_ml_training.registry.transfer.moving import import_version, read_export

        arrival = await import_version(
            await registry_of(context),
            await context.get(ModelPublisher),
            await asyncio.to_thread(read_export, path),
            actor=current_actor(),
            model_name=model_name,
            expected_digest=digest,
            correlation_id=context.correlation_id,
        )
        found, export = arrival.model, arrival.export
        if arrival.is_new:
            context.output.line(f"imported {found.model_name} {found.version} as {found.id}")
            context.output.line(
                f"it was {export.model_id} in {export.stage} where it comes from; it is in dev here"
            )
        else:
            context.output.line(
                f"{found.model_name} {found.version} is here already, as {found.id} in "
                f"{found.stage}; nothing was changed"
            )
        context.output.line(f"the digest of the export is {export.digest}")
        context.output.document(
            "registry.import",
            {
                "imported": arrival.is_new,
                "model": model_document(found),
                "export_digest": export.digest,
            },
        )

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)
