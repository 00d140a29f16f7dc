"""``features extract-distributed``: features of more essays than one process should do."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.runtime import CommandContext, run_command

if TYPE_CHECKING:
    from huleedu_ml_training.distributed.extraction import ExtractionReport
    from huleedu_ml_training.distributed.protocols import EssaySourceProtocol, FeatureSinkProtocol

_DATABASE = "database"


def extract_distributed(
    essays: Annotated[
        str,
        typer.Option(
            "--input",
            help="A Parquet file, or a directory of them, with columns id and text; "
            "or database: all essays of the table, graded or not.",
        ),
    ] = _DATABASE,
    output: Annotated[
        str,
        typer.Option(
            "--output", help="A directory for Parquet shards, or database: the feature store."
        ),
    ] = _DATABASE,
    shards: Annotated[
        int | None,
        typer.Option(
            "--shards",
            min=1,
            help="Parts that are done, and kept, one by one.",
            show_default="one per 2,000 essays",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=1, help="Processes that extract.", show_default="features.workers"
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            help="Ray cluster to work on, e.g. auto or 10.0.0.1:6379.",
            show_default="this machine",
        ),
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Extract features of millions of essays with Ray, shard by shard.

    Run again, the same command does the shards that are not done yet. Needs the extra
    distributed of the package.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.distributed.extraction import prepare_extraction
        from huleedu_ml_training.training.protocols import ProgressProtocol

        source, sink = await _source(context, essays), await _sink(context, output)
        features = context.settings.features
        progress = await context.get(ProgressProtocol)
        with progress.phase("Dividing the essays"):
            prepared = await prepare_extraction(source, sink, features, n_shards=shards)
        # Ray itself tells of workers that died on stdout, where only results belong.
        with (
            redirect_stdout(sys.stderr),
            progress.phase("Extracting features", prepared.job.n_essays) as phase,
        ):
            report = await prepared.run(
                workers=workers or features.workers, address=address, progress=phase.update
            )
        _show(context, report, output)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


async def _source(context: CommandContext, given: str) -> "EssaySourceProtocol":
    if given == _DATABASE:
        from huleedu_ml_training.database.engine import ResolvedDatabase
        from huleedu_ml_training.distributed.database_source import DatabaseEssaySource

        database = await context.get(ResolvedDatabase)
        return DatabaseEssaySource(database, context.settings.essays)
    from huleedu_ml_training.distributed.parquet_source import ParquetEssaySource

    return ParquetEssaySource(Path(given))


async def _sink(context: CommandContext, given: str) -> "FeatureSinkProtocol":
    if given == _DATABASE:
        from huleedu_ml_training.database.engine import ResolvedDatabase
        from huleedu_ml_training.distributed.store_sink import StoreSink

        return StoreSink(await context.get(ResolvedDatabase))
    from huleedu_ml_training.distributed.shard_files import ShardDirectory

    return ShardDirectory(Path(given))


def _show(context: CommandContext, report: "ExtractionReport", output: str) -> None:
    from dataclasses import asdict

    context.output.document(
        "features.extract-distributed", {"output": output, "report": asdict(report)}
    )
    before = f", {report.n_shards_before} of them before" if report.n_shards_before else ""
    skipped = f"; {report.n_skipped:,} rows have no text" if report.n_skipped else ""
    context.output.line(
        f"{report.n_essays:,} essays have {report.n_features} features each, "
        f"{report.n_computed:,} of them since now{skipped}"
    )
    context.output.line(f"{report.n_shards} shards done{before}; features are in {output}")
