"""``train``: from graded essays to a registered version."""

from typing import Annotated

import typer

from huleedu_ml_training.cli.completion import complete_model_names
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


@with_option_groups
def train(
    experiment_name: Annotated[
        str, typer.Option("--experiment-name", help="Your name for this run.")
    ] = "default",
    model_name: Annotated[
        str | None,
        typer.Option(
            "--model-name",
            help="Register under this name.",
            show_default=False,
            autocompletion=complete_model_names,
        ),
    ] = None,
    no_resume: Annotated[
        bool, typer.Option("--no-resume", help="Start anew even if an interrupted run could go on.")
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    selected: SelectionOptions = SELECTION,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Train, calibrate, evaluate, export and register a grader.

    The new version starts in stage dev. An interrupted training goes on where it stopped when the
    same command is run again.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.render import show_training
        from huleedu_ml_training.registry.actor import current_actor
        from huleedu_ml_training.training.protocols import TrainerProtocol, TrainingRequest

        selection = selected.within(context.settings.selection)
        trainer = await context.get(TrainerProtocol)
        result = await trainer.train(
            TrainingRequest(
                experiment_name=experiment_name,
                selection=selection,
                model_name=model_name,
                actor=current_actor(),
                correlation_id=context.correlation_id,
            )
        )
        show_training(context, result)

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={
            "scale": scale_setting(scale),
            "training.resume": False if no_resume else None,
        },
        as_json=as_json,
        verbose=verbose,
    )
