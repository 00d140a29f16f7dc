"""``train-essay-grader db``: migrations, host tables, and the embedded server."""

from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.db_roles import grant, grants
from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.config_loader import mask_url
from huleedu_ml_training.database.errors import NotEmbeddedError

if TYPE_CHECKING:
    from huleedu_ml_training.database.migrations import Migrator

app = typer.Typer(
    name="db", help="Migrate the database and look after the embedded one.", no_args_is_help=True
)

app.command()(grant)
app.command()(grants)

RevisionArgument = Annotated[str, typer.Argument(help="Where to stop: a revision, +1, -1, base.")]


@app.command()
def upgrade(
    revision: RevisionArgument = "head",
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Bring the tables of this library up to date; harmless when they are."""

    async def action(context: CommandContext) -> None:
        migrator = await _migrator(context)
        before = await migrator.current()
        await migrator.upgrade(revision)
        _print_move(context, "db.upgrade", before, await migrator.current())

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def downgrade(
    revision: RevisionArgument = "-1",
    yes: Annotated[bool, typer.Option("--yes", help="Even if rows are lost by it.")] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Undo migrations, one of them unless told otherwise."""

    async def action(context: CommandContext) -> None:
        migrator = await _migrator(context)
        before = await migrator.current()
        await migrator.downgrade(revision, allow_loss=yes)
        _print_move(context, "db.downgrade", before, await migrator.current())

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def current(
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Print the revision of the database."""

    async def action(context: CommandContext) -> None:
        migrator = await _migrator(context)
        revision = await migrator.current()
        up_to_date = revision == migrator.head()
        context.output.line(f"{revision or 'none'}{' (head)' if up_to_date else ''}")
        payload = {"revision": revision, "head": migrator.head(), "up_to_date": up_to_date}
        context.output.document("db.current", payload)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def history(
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """List all migrations, oldest first, and which of them the database has."""

    async def action(context: CommandContext) -> None:
        from dataclasses import asdict

        revisions = await (await _migrator(context)).history()
        rows = [(item.id, item.title, "yes" if item.applied else "no") for item in revisions]
        context.output.table("Migrations", ("revision", "title", "applied"), rows)
        context.output.document("db.history", {"revisions": [asdict(item) for item in revisions]})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def create_host_tables(
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Create tables for essays and features, where no host has any; harmless when they exist."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.database.host_tables import HostTables

        tables = await (await context.get(HostTables)).create()
        rows = [(table.name, table.state.value) for table in tables]
        context.output.table("Host tables", ("table", "state"), rows)
        payload = {"tables": [{"name": name, "state": state} for name, state in rows]}
        context.output.document("db.create-host-tables", payload)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def status(
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Say which database is used and how it is; starts nothing."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.database.engine import embedded_server

        url = context.settings.database_url
        payload: dict[str, object] = {"embedded": url is None}
        running = True
        if url is None:
            server = embedded_server(context.settings)
            running = server.is_running()
            payload |= {"data": str(server.process.data), "log": str(server.process.log_path)}
        else:
            payload["url"] = mask_url(url.get_secret_value())
        payload["running"] = running
        if running:
            migrator = await _migrator(context)
            payload |= {"revision": await migrator.current(), "head": migrator.head()}
        context.output.table("Database", ("what", "value"), list(payload.items()))
        context.output.document("db.status", payload)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def stop(
    force: Annotated[
        bool, typer.Option("--force", help="Even if commands use it; they will fail.")
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Stop the embedded server; normally the last command that uses it does."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.database.engine import embedded_server

        url = context.settings.database_url
        if url is not None:
            raise NotEmbeddedError(url=mask_url(url.get_secret_value()))
        stopped = await embedded_server(context.settings).stop(force=force)
        context.output.line("stopped" if stopped else "it was not running")
        context.output.document("db.stop", {"stopped": stopped})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


async def _migrator(context: CommandContext) -> "Migrator":
    from huleedu_ml_training.database.migrations import Migrator

    return await context.get(Migrator)


def _print_move(context: CommandContext, kind: str, before: str | None, after: str | None) -> None:
    if before == after:
        context.output.line(f"{after or 'none'}, as before")
    else:
        context.output.line(f"{before or 'none'} → {after or 'none'}")
    context.output.document(kind, {"before": before, "after": after})
