"""``cv``: how good a grader of these essays would be, by cross-validation."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from huleedu_ml_training.cli.files import require_absent, write_file
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

_REPEATS = 3


class Scheme(StrEnum):
    """How essays are dealt into folds."""

    STRATIFIED = "stratified"
    PROMPT_HOLDOUT = "prompt-holdout"
    TEMPORAL = "temporal"
    REPEATED = "repeated"


class Protocol(StrEnum):
    """What is fitted on what."""

    HONEST = "honest"
    LEGACY = "legacy"


@with_option_groups
def cv(
    scheme: Annotated[
        Scheme | None,
        typer.Option(
            "--scheme",
            help="How folds are made; repeated: stratified, several times over.",
            show_default="split.scheme of the settings",
        ),
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, max=50, help="Outer folds.")] = 5,
    repeats: Annotated[
        int | None,
        typer.Option(
            "--repeats",
            min=1,
            max=50,
            help="Passes, each with another split.",
            show_default=f"{_REPEATS} with --scheme repeated, else 1",
        ),
    ] = None,
    protocol: Annotated[
        Protocol | None,
        typer.Option(
            "--protocol",
            help="honest: nested, nothing is fitted on what is scored; legacy: as the earlier "
            "pipeline did, optimistic.",
            show_default="honest",
        ),
    ] = None,
    nested: Annotated[
        bool, typer.Option("--nested", help="The same as --protocol honest.")
    ] = False,
    curve: Annotated[
        str | None,
        typer.Option(
            "--learning-curve",
            metavar="N,N,…",
            help="Also learn from so many essays only, e.g. 100,200,400.",
            show_default=False,
        ),
    ] = None,
    variance: Annotated[
        str | None,
        typer.Option(
            "--variance",
            metavar="SEEDSxSPLITS",
            help="Also say what seed, split and essays do to the figures, e.g. 3x4: 12 passes.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Write all figures to this JSON file.", show_default=False),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            "--predictions",
            help="Write the held-out predictions to this Parquet file.",
            show_default=False,
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot", help="Write the learning curve to this SVG file.", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    experiment_name: Annotated[
        str, typer.Option("--experiment-name", help="Your name for this run.")
    ] = "cv",
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
    """Cross-validate: grade every essay by graders that never saw it, and say how well.

    Nothing is registered. An interrupted run goes on where it stopped when the same command is run
    again.
    """

    async def action(context: CommandContext) -> None:
        import json

        from huleedu_ml_training.cli.render_cv import show_validation
        from huleedu_ml_training.training.validation_request import (
            CrossValidatorProtocol,
            ValidationRequest,
            curve_sizes,
            require_consistent,
            seeds_and_splits,
        )

        require_consistent(
            nested=nested,
            protocol=protocol,
            scheme=scheme,
            repeats=repeats,
            plot=plot,
            curve=curve,
        )
        request = ValidationRequest(
            experiment_name=experiment_name,
            selection=selected.within(context.settings.selection),
            protocol="legacy" if protocol is Protocol.LEGACY else "honest",
            folds=folds,
            repeats=repeats or (_REPEATS if scheme is Scheme.REPEATED else 1),
            curve=() if curve is None else curve_sizes(curve),
            variance=None if variance is None else seeds_and_splits(variance),
            correlation_id=context.correlation_id,
        )
        for path in (output, predictions, plot):
            if path is not None:
                require_absent(path, force=force)
        validator = await context.get(CrossValidatorProtocol)
        result = await validator.validate(request)
        if output is not None:
            text = json.dumps(result.report.to_dict(), indent=1, ensure_ascii=False)
            write_file(output, text + "\n", force=force)
        if predictions is not None:
            from huleedu_ml_training.training.oof_file import write_predictions

            write_predictions(predictions, result)
        if plot is not None:
            from huleedu_ml_training.reports.learning_chart import learning_chart

            points = [
                (each.n_essays, each.figures.values["qwk"], each.figures.values["rps"])
                for each in result.report.curve
            ]
            write_file(plot, str(learning_chart(points)) + "\n", force=force)
        show_validation(context, result)

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={
            "scale": scale_setting(scale),
            "split.scheme": None if scheme is None else _SETTINGS[scheme],
            "training.resume": False if no_resume else None,
        },
        as_json=as_json,
        verbose=verbose,
    )


_SETTINGS = {
    Scheme.STRATIFIED: "stratified",
    Scheme.PROMPT_HOLDOUT: "prompt_holdout",
    Scheme.TEMPORAL: "temporal",
    Scheme.REPEATED: "stratified",
}
