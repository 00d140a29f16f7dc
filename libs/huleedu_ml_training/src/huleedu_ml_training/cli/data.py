"""``train-essay-grader data``: essays in, a look at them, essays out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
from huleedu_ml_training.cli.selection import SELECTION, SelectionOptions
from huleedu_ml_training.data.formats import FileFormat

if TYPE_CHECKING:
    from huleedu_ml_training.data.importer import EssayImporter

app = typer.Typer(name="data", help="Import, describe and export essays.", no_args_is_help=True)

_ELLIPSE_SCALE = "ellipse_overall"

ForceOption = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
FormatOption = Annotated[
    FileFormat | None,
    typer.Option("--format", help="What the file is.", show_default="by the file's suffix"),
]


@app.command(name="import")
def import_essays(
    file: Annotated[Path, typer.Argument(help="CSV, Parquet or JSONL file of graded essays.")],
    file_format: FormatOption = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help="Where a field is, e.g. --map text=Essay --map metadata.school=School. "
            "Fields: id, text, grade, prompt, prompt_text, language, created_at, source, rating "
            "(once per rater), ratings, metadata. Repeatable.",
            show_default="columns of these names",
        ),
    ] = None,
    encoding: Annotated[
        str, typer.Option("--encoding", help="Encoding of a CSV or JSONL file.")
    ] = "utf-8",
    source: Annotated[
        str | None,
        typer.Option(
            "--source", help="Name of the corpus, for rows that name none.", show_default=False
        ),
    ] = None,
    language: Annotated[
        str, typer.Option("--language", help="Language, for rows that name none.")
    ] = "en",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report what would happen; write nothing.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Write nothing if any row is rejected.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Replace stored essays whose content differs.")
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Import graded essays from a file, all good rows in one transaction.

    Importing a file again changes nothing. Rows that cannot be used are listed and left out.
    """

    async def action(context: CommandContext) -> None:
        import asyncio

        from huleedu_ml_training.cli.render_data import show_import
        from huleedu_ml_training.data.columns import parse_mapping
        from huleedu_ml_training.data.files import EssayFile
        from huleedu_ml_training.domain.grades import GradeScale
        from huleedu_ml_training.training.protocols import ProgressProtocol

        essays = await asyncio.to_thread(
            EssayFile,
            file,
            GradeScale.resolve(context.settings.scale),
            file_format=file_format,
            mapping=parse_mapping(mapping or ()),
            encoding=encoding,
            source=source,
            language=language,
        )
        importer = await _importer(context)
        progress = await context.get(ProgressProtocol)
        with progress.phase(f"Importing {file.name}") as phase:
            report = await importer.import_file(
                essays, update=update, strict=strict, dry_run=dry_run, progress=phase.update
            )
        show_import(context.output, report)

    scale_of_format = _ELLIPSE_SCALE if file_format == "ellipse" else None
    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale) or scale_of_format},
        as_json=as_json,
        verbose=verbose,
    )


@app.command()
@with_option_groups
def describe(
    selected: SelectionOptions = SELECTION,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Count essays by grade and prompt, with lengths, languages, sources, dates and raters."""

    async def action(context: CommandContext) -> None:
        import asyncio

        from huleedu_ml_training.cli.render_data import show_description
        from huleedu_ml_training.data.description import describe as describe_dataset
        from huleedu_ml_training.data.protocols import DataLoaderProtocol

        selection = selected.within(context.settings.selection)
        loader = await context.get(DataLoaderProtocol)
        dataset = await loader.load(selection)
        show_description(context.output, await asyncio.to_thread(describe_dataset, dataset))

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
    file: Annotated[Path, typer.Argument(help="Where to; .csv, .parquet or .jsonl.")],
    file_format: FormatOption = None,
    force: ForceOption = False,
    selected: SelectionOptions = SELECTION,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write essays to a file that can be imported again; whole, or not at all."""

    async def action(context: CommandContext) -> None:
        import asyncio

        from huleedu_ml_training.cli.render_data import show_export
        from huleedu_ml_training.data.protocols import DataLoaderProtocol
        from huleedu_ml_training.data.writers import require_writable, write_dataset

        require_writable(file, file_format, force=force)
        selection = selected.within(context.settings.selection)
        loader = await context.get(DataLoaderProtocol)
        dataset = await loader.load(selection)
        await asyncio.to_thread(write_dataset, dataset, file, file_format=file_format, force=force)
        show_export(context.output, file, dataset)

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )


@app.command()
def demo(
    essays: Annotated[int, typer.Option("--essays", min=1, help="How many to write.")] = 1400,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Equal seeds, equal essays.")] = 2026,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Write them to this file (.csv, .parquet or .jsonl) instead of importing them.",
            show_default=False,
        ),
    ] = None,
    force: ForceOption = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write synthetic essays with Swedish grades and import them as the corpus synthetic-demo.

    No pupil wrote them: use them to try the commands, never to report a figure.
    """

    async def action(context: CommandContext) -> None:
        import asyncio

        from huleedu_ml_training.cli.render_data import show_export, show_import
        from huleedu_ml_training.data.demo_corpus import generate_demo_corpus
        from huleedu_ml_training.data.writers import require_writable, write_dataset
        from huleedu_ml_training.training.protocols import ProgressProtocol

        if output is not None:
            require_writable(output, None, force=force)
        progress = await context.get(ProgressProtocol)
        with progress.phase(f"Writing {essays:,} synthetic essays"):
            corpus = await asyncio.to_thread(generate_demo_corpus, essays, seed)
        if output is not None:
            await asyncio.to_thread(write_dataset, corpus, output, force=force)
            show_export(context.output, output, corpus)
            return
        importer = await _importer(context)
        with progress.phase("Importing synthetic essays", essays) as phase:
            # Another seed or size gives other essays under the same ids: the last one stays.
            report = await importer.import_dataset(
                corpus, name="synthetic essays", update=True, progress=phase.update
            )
        show_import(context.output, report)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


async def _importer(context: CommandContext) -> "EssayImporter":
    from huleedu_ml_training.data.importer import EssayImporter

    if context.settings.database_url is None:
        from huleedu_ml_training.database.host_tables import HostTables

        # The embedded database has no host that could have created its tables.
        await (await context.get(HostTables)).create()
    return await context.get(EssayImporter)
