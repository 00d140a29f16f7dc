"""``train-essay-grader features``: extracting features, and looking after what is stored."""

from pathlib import Path
from typing import Annotated

import typer

from huleedu_ml_training.cli import feature_jobs, feature_models
from huleedu_ml_training.cli.option_groups import with_option_groups
from huleedu_ml_training.cli.options import (
    ConfigOption,
    JsonOption,
    ScaleOption,
    SetOption,
    VerboseOption,
    scale_setting,
)
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.cli.selection import (
    SELECTION,
    FileFormatOption,
    FileOption,
    SelectionOptions,
)

app = typer.Typer(
    name="features",
    help="Extract features of essays; list, verify and export what is stored.",
    no_args_is_help=True,
)

app.command()(feature_models.prepare_model)
app.command()(feature_models.probe_layers)
app.command()(feature_jobs.extract_distributed)


@app.command()
@with_option_groups
def extract(
    file: FileOption = None,
    file_format: FileFormatOption = None,
    selected: SelectionOptions = SELECTION,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Compute and store the features that essays lack, and report on the columns.

    What is stored is not computed again; an interrupted extraction goes on where it stopped when
    the same command is run again.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.features_work import essays_of, extract_features
        from huleedu_ml_training.cli.render_features import show_extraction

        selection = selected.within(context.settings.selection)
        dataset = await essays_of(context, file, file_format, selection)
        show_extraction(context.output, await extract_features(context, dataset))

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )


@app.command()
@with_option_groups
def status(
    file: FileOption = None,
    file_format: FileFormatOption = None,
    selected: SelectionOptions = SELECTION,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """List what is stored by feature schema, and count the essays that lack features.

    Schemas that are not the current pipeline's are named with what differs.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.features_work import essays_of, inventory
        from huleedu_ml_training.cli.render_features import show_inventory
        from huleedu_ml_training.data.errors import EmptyDatasetError

        selection = selected.within(context.settings.selection)
        try:
            dataset = await essays_of(context, file, file_format, selection)
        except EmptyDatasetError as error:
            context.output.note(f"no essays to look for: {error.what}")
            dataset = None
        show_inventory(context, await inventory(context, dataset))

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )


@app.command()
@with_option_groups
def export(
    output: Annotated[Path, typer.Argument(help="Where to; .csv or .parquet.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    file: FileOption = None,
    file_format: FileFormatOption = None,
    selected: SelectionOptions = SELECTION,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write id, grade, prompt and stored features of essays to a table; whole, or not at all.

    Nothing is computed. A Parquet file has the feature schema and its digest in its metadata.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.features_work import essays_of, export_features
        from huleedu_ml_training.cli.render_features import show_export
        from huleedu_ml_training.features.exporting import require_exportable

        require_exportable(output, None, force=force)
        selection = selected.within(context.settings.selection)
        dataset = await essays_of(context, file, file_format, selection)
        featured = await export_features(context, dataset, output, force=force)
        show_export(context.output, output, featured)

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )


@app.command()
@with_option_groups
def verify(
    sample: Annotated[
        int, typer.Option("--sample", min=1, help="How many essays to compute anew.")
    ] = 50,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Equal seeds, equal essays.")] = 42,
    file: FileOption = None,
    file_format: FileFormatOption = None,
    selected: SelectionOptions = SELECTION,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Compute stored features of a random sample of essays anew, and compare every bit.

    Exit code 5 if any differs; essays and columns are named.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.features_work import essays_of, verify_sample
        from huleedu_ml_training.cli.render_features import show_verification

        selection = selected.within(context.settings.selection)
        dataset = await essays_of(context, file, file_format, selection)
        show_verification(
            context.output, await verify_sample(context, dataset, sample=sample, seed=seed)
        )

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )
