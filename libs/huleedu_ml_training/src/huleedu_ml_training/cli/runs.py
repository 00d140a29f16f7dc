"""``train-essay-grader runs``: what was trained, tuned and evaluated, and how it ended."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.registry.records import RunKind, RunRecord, RunState

if TYPE_CHECKING:
    from huleedu_ml_training.registry.protocols import RunStoreProtocol

app = typer.Typer(name="runs", help="List runs and look at one.", no_args_is_help=True)


@app.command("list")
def list_runs(
    kind: Annotated[
        RunKind | None, typer.Option("--kind", help="Only this kind.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 20,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """List runs, newest first."""

    async def action(context: CommandContext) -> None:
        store = await _runs(context)
        runs = await store.list_runs(kind=kind, limit=limit)
        alive = await store.alive()
        context.output.table(
            "Runs",
            ("id", "kind", "experiment", "state", "started", "seconds"),
            [
                (
                    run.id,
                    run.kind,
                    run.experiment_name,
                    _state(run, alive=run.id in alive),
                    run.started_at.isoformat(sep=" ", timespec="seconds"),
                    _seconds(run),
                )
                for run in runs
            ],
            whole=("id", "state"),
            right=("seconds",),
        )
        documents = [_document(run, alive=run.id in alive) for run in runs]
        context.output.document("runs.list", {"runs": documents})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def show(
    run_id: Annotated[str, typer.Argument(help="Id of the run.")],
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show all that is known of one run."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.registry.run_errors import parse_run_id

        store = await _runs(context)
        run = await store.get(parse_run_id(run_id))
        document = _document(run, alive=run.id in await store.alive())
        context.output.table(f"Run {run.id}", ("what", "value"), list(_leaves(document)))
        context.output.document("runs.show", {"run": document})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


async def _runs(context: CommandContext) -> "RunStoreProtocol":
    from huleedu_ml_training.registry.protocols import RunStoreProtocol

    return await context.get(RunStoreProtocol)


def _state(run: RunRecord, *, alive: bool) -> str:
    dead = run.state is RunState.RUNNING and not alive
    return "running, but its process is gone" if dead else run.state.value


def _seconds(run: RunRecord) -> str | None:
    if run.finished_at is None:
        return None
    return f"{(run.finished_at - run.started_at).total_seconds():.0f}"


def _document(run: RunRecord, *, alive: bool) -> dict[str, Any]:
    return {
        **asdict(run),
        "id": str(run.id),
        "started_at": run.started_at.isoformat(),
        "finished_at": None if run.finished_at is None else run.finished_at.isoformat(),
        "alive": alive,
        "can_resume": not alive and run.state in {RunState.RUNNING, RunState.INTERRUPTED},
    }


def _leaves(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            rows += _leaves(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", value))
    return rows
