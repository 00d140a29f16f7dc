"""``train-essay-grader runs``: what was trained, tuned and evaluated, and how it ended."""

from typing import Annotated

import typer

from huleedu_ml_training.cli.completion import complete_runs
from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.registry_filters import (
    SinceOption,
    TagOption,
    UntilOption,
    WhereOption,
    conditions_of,
    moment_of,
)
from huleedu_ml_training.cli.registry_options import ModelNameOption
from huleedu_ml_training.cli.runs_options import (
    KindOption,
    RunArgument,
    StateOption,
    runs_of,
)
from huleedu_ml_training.cli.runs_prune import prune
from huleedu_ml_training.cli.runs_reproduce import reproduce
from huleedu_ml_training.cli.runtime import CommandContext, run_command

app = typer.Typer(
    name="runs", help="List, compare, tag, reproduce and prune runs.", no_args_is_help=True
)


@app.command("list")
def list_runs(
    kind: KindOption = None,
    states: StateOption = None,
    model_name: ModelNameOption = None,
    tags: TagOption = None,
    where: WhereOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 20,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """List runs, newest first; options that leave out runs are combined."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.render_runs import show_runs
        from huleedu_ml_training.registry.filters import RunFilter

        wanted = RunFilter(
            kind=kind,
            states=frozenset(states or ()),
            since=moment_of(since, "--since"),
            until=moment_of(until, "--until"),
            tags=tuple(tags or ()),
            conditions=conditions_of(where),
            model_name=model_name,
        )
        store = await runs_of(context)
        found = await store.list_runs(wanted, limit=limit + 1)
        show_runs(context.output, found[:limit], await store.alive())
        if len(found) > limit:
            context.output.note(f"the newest {limit} are shown; --limit shows more")

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def show(
    run_id: RunArgument,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show all that is known of one run."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.render_runs import show_run

        store = await runs_of(context)
        run = await store.find(run_id)
        show_run(context.output, run, alive=run.id in await store.alive())

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def compare(
    run_id: RunArgument,
    others: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN…",
            help="One or more others, by their ids.",
            autocompletion=complete_runs,
        ),
    ],
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show runs side by side: settings that differ, data, and figures with intervals.

    Intervals of two runs that overlap do not say which is better; compare does, for their models.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.render_runs import show_comparison
        from huleedu_ml_training.registry.runs.comparison import compare_runs

        store = await runs_of(context)
        runs = [await store.find(text) for text in (run_id, *others)]
        show_comparison(context.output, compare_runs(runs))

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def tag(
    run_id: RunArgument,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", help="Tag to add; keep saves from prune. Repeatable."),
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="Tag to remove. Repeatable.")
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Add and remove tags of a run, and show those that it has then."""

    async def action(context: CommandContext) -> None:
        store = await runs_of(context)
        run = await store.find(run_id)
        if add or remove:
            run = await store.tag(run.id, add=add or (), remove=remove or ())
        context.output.line(f"run {run.id}: {', '.join(run.tags) or 'no tags'}")
        context.output.document("runs.tag", {"run_id": str(run.id), "tags": list(run.tags)})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


app.command()(reproduce)
app.command()(prune)
