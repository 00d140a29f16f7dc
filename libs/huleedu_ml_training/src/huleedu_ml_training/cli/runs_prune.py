"""``runs prune``: getting rid of old runs."""

import sys
from typing import Annotated

import typer

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.runs_options import (
    KindOption,
    StateOption,
    moment_before,
    runs_of,
)
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.domain.errors import UsageError


class ConfirmationNeededError(UsageError):
    """Something would be removed for good, and nobody is there to be asked.

    Attributes:
        n_runs: How many runs would go.
    """

    code = "confirmation-needed"

    def __init__(self, *, n_runs: int) -> None:
        super().__init__()
        self.n_runs = n_runs

    @property
    def what(self) -> str:
        """Say what would go."""
        return f"{self.n_runs} runs would be removed for good, and nobody has agreed to it"

    @property
    def remedy(self) -> str:
        """Say how to look and how to agree."""
        return "--dry-run shows which; --yes agrees"


def prune(
    older_than: Annotated[
        str,
        typer.Option(
            "--older-than",
            metavar="AGE",
            help="Only runs that ended so long ago, as in 36h, 90d or 12w.",
        ),
    ],
    kind: KindOption = None,
    states: StateOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed; remove nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Remove old runs with their checkpoints.

    A run stays whose model is registered, that is tagged keep, or that a process is at work on.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.render_runs import show_pruning
        from huleedu_ml_training.registry.filters import RunFilter
        from huleedu_ml_training.registry.runs.pruning import plan_pruning, prune_runs

        wanted = RunFilter(
            kind=kind,
            states=frozenset(states or ()),
            changed_before=moment_before(older_than, "--older-than"),
        )
        store, runs_dir = await runs_of(context), context.settings.runs_dir
        plan = await plan_pruning(store, wanted, runs_dir)
        n_going = sum(each.kept is None for each in plan)
        if dry_run or not n_going:
            show_pruning(context.output, plan, dry_run=True)
            return
        if not yes:
            if context.output.as_json or not sys.stdin.isatty():
                raise ConfirmationNeededError(n_runs=n_going)
            show_pruning(context.output, plan, dry_run=True)
            if not typer.confirm(f"Remove {n_going} runs for good?", err=True):
                context.output.note("nothing was removed")
                return
        show_pruning(context.output, await prune_runs(store, plan, runs_dir), dry_run=False)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)
