"""``evaluate`` and ``compare``: judging finished graders."""

import asyncio
from typing import Annotated

import typer

from huleedu_ml_training.cli.evaluation_files import NO_FILES, EvaluationFiles, write_evaluation
from huleedu_ml_training.cli.option_groups import with_option_groups
from huleedu_ml_training.cli.options import (
    ConfigOption,
    JsonOption,
    ModelOption,
    ScaleOption,
    SetOption,
    TestDataOption,
    VerboseOption,
    scale_setting,
)
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.cli.selection import SELECTION, SelectionOptions
from huleedu_ml_training.config import SelectionSettings
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.training.judging_requests import (
    DEFAULT_MARGIN,
    DEFAULT_PERTURBED_ESSAYS,
    ComparisonRequest,
    EvaluationRequest,
    JudgedEssays,
    SplitPart,
    is_residual_file,
)

SplitOption = Annotated[
    SplitPart | None,
    typer.Option(
        "--split",
        help="Only essays of this part of the model's split; all: whatever is selected.",
        show_default="test in the database, all of a file",
    ),
]


@with_option_groups
def evaluate(
    model: ModelOption = None,
    test_data: TestDataOption = None,
    split: SplitOption = None,
    selected: SelectionOptions = SELECTION,
    files: EvaluationFiles = NO_FILES,
    perturbations: Annotated[
        bool,
        typer.Option(
            "--perturbations",
            help="Also change texts and see how far grades move; extracts features anew.",
        ),
    ] = False,
    perturbation_essays: Annotated[
        int, typer.Option("--perturbation-essays", min=1, help="How many essays to change.")
    ] = DEFAULT_PERTURBED_ESSAYS,
    fail_on_flags: Annotated[
        bool,
        typer.Option(
            "--fail-on-flags",
            help="Exit with code 3 where a flag is raised that noise alone does not explain.",
        ),
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Judge a model on graded essays, with intervals.

    Without a file the model's own held-out essays are read from the database. Essays that the
    model was trained on are counted and named as such. Flags are those of RSMTool.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.render_judging import show_evaluation
        from huleedu_ml_training.metrics.judgement_format import describe_flag
        from huleedu_ml_training.metrics.standing_flags import standing_flags
        from huleedu_ml_training.training.judging_errors import FlagsRaisedError
        from huleedu_ml_training.training.protocols import JudgeProtocol

        paths = files.wanted()
        request = EvaluationRequest(
            model=model,
            essays=JudgedEssays(
                file=test_data,
                selection=selected.within(_selection_settings(context, test_data is None)),
                part=split,
            ),
            perturbed_essays=perturbation_essays if perturbations else None,
            correlation_id=context.correlation_id,
        )
        judge = await context.get(JudgeProtocol)
        judgement = await judge.evaluate(request)
        await asyncio.to_thread(
            write_evaluation, paths, judgement, request.essays.description, force=files.force
        )
        raised = standing_flags(judgement.report) if fail_on_flags else ()
        refusal = FlagsRaisedError(flags=[describe_flag(flag) for flag in raised])
        show_evaluation(context, judgement, refusal if raised else None)
        if raised:
            raise typer.Exit(int(ExitCode.REFUSED))

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )


@with_option_groups
def compare(
    model_a: Annotated[
        str,
        typer.Option(
            "--model-a",
            help="The first: a directory, an id, models:/NAME/STAGE, or residuals (*.parquet).",
        ),
    ],
    model_b: Annotated[
        list[str],
        typer.Option("--model-b", help="Another, compared with the first. Repeatable."),
    ],
    test_data: TestDataOption = None,
    split: SplitOption = None,
    selected: SelectionOptions = SELECTION,
    margin: Annotated[
        float,
        typer.Option("--margin", min=0, help="Kappa that B may lose and still be no worse."),
    ] = DEFAULT_MARGIN,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Compare models on the same essays by the paired bootstrap, each with the first.

    Without a file the essays are those that all models held out from training. Residual files of
    evaluate are compared without models and texts.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.render_judging import show_comparisons
        from huleedu_ml_training.training.protocols import JudgeProtocol

        judge = await context.get(JudgeProtocol)
        stored = any(map(is_residual_file, (model_a, *model_b)))
        request = ComparisonRequest(
            models=(model_a, *model_b),
            essays=JudgedEssays(
                file=test_data,
                selection=selected.within(
                    _selection_settings(context, test_data is None and not stored)
                ),
                part=split,
            ),
            margin=margin,
        )
        show_comparisons(context, await judge.compare(request))

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )


def _selection_settings(context: CommandContext, from_database: bool) -> SelectionSettings:
    """Return the settings where the host's table is read; of a file only options leave out."""
    return context.settings.selection if from_database else SelectionSettings()
