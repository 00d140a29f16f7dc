"""``tune``: searching hyperparameters."""

from pathlib import Path
from typing import Annotated

import typer

from huleedu_ml_training.cli.files import require_absent, write_file
from huleedu_ml_training.cli.options import (
    ConfigOption,
    JsonOption,
    ScaleOption,
    SetOption,
    VerboseOption,
    scale_setting,
)
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.cli.selection import SourceOption, build_selection


def tune(
    n_trials: Annotated[
        int,
        typer.Option("--n-trials", min=1, help="Finished trials the study shall hold in the end."),
    ] = 50,
    experiment_name: Annotated[
        str, typer.Option("--experiment-name", help="Your name for this search.")
    ] = "tune",
    study_name: Annotated[
        str | None,
        typer.Option(
            "--study-name",
            help="Go on with, or share, the study of this name.",
            show_default="made from the inputs",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", help="Where the best configuration is written.")
    ] = Path("best-config.yaml"),
    force: Annotated[
        bool, typer.Option("--force", help="Replace an existing output file.")
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    sources: SourceOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Search hyperparameters by 5-fold cross-validation, never touching the test part.

    Trials are kept in the database: after Ctrl-C the same command goes on. The best configuration
    is written as YAML that ``train --config`` takes.
    """

    async def action(context: CommandContext) -> None:
        import optuna

        from huleedu_ml_training.cli.render import show_tuning
        from huleedu_ml_training.registry.actor import current_actor
        from huleedu_ml_training.training.protocols import TrainingRequest, TunerProtocol
        from huleedu_ml_training.training.tuned_config import tuned_yaml

        # Trials are told by our own progress; a host that tunes keeps Optuna's lines as it likes.
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        require_absent(output, force=force)
        tuner = await context.get(TunerProtocol)
        result = await tuner.tune(
            TrainingRequest(
                experiment_name=experiment_name,
                selection=build_selection(context.settings.selection, sources=sources),
                actor=current_actor(),
                correlation_id=context.correlation_id,
            ),
            n_trials=n_trials,
            study_name=study_name,
        )
        write_file(output, tuned_yaml(context.settings, result), force=force)
        show_tuning(context, result, output)

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )
