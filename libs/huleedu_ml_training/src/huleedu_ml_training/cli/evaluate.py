"""``evaluate`` and ``compare``: judging finished graders."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.files import require_absent, write_file
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
from huleedu_ml_training.cli.selection import (
    PromptOption,
    SinceOption,
    SourceOption,
    UntilOption,
    build_selection,
)
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

if TYPE_CHECKING:
    from huleedu_ml_training.training.results import Judgement

OutputOption = Annotated[
    Path | None,
    typer.Option("--output", help="Write the metrics as JSON to this file.", show_default=False),
]
ResidualsOption = Annotated[
    Path | None,
    typer.Option(
        "--residuals",
        help="Write what the model says of each essay to this Parquet file.",
        show_default=False,
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace existing output files.")]
SplitOption = Annotated[
    SplitPart | None,
    typer.Option(
        "--split",
        help="Only essays of this part of the model's split; all: whatever is selected.",
        show_default="test in the database, all of a file",
    ),
]


def evaluate(
    model: ModelOption = None,
    test_data: TestDataOption = None,
    split: SplitOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    prompts: PromptOption = None,
    sources: SourceOption = None,
    output: OutputOption = None,
    residuals: ResidualsOption = None,
    force: ForceOption = False,
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
        bool, typer.Option("--fail-on-flags", help="Exit with code 3 where a flag is raised.")
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
        from huleedu_ml_training.training.judging_errors import FlagsRaisedError
        from huleedu_ml_training.training.protocols import JudgeProtocol

        for path in (output, residuals):
            if path is not None:
                require_absent(path, force=force)
        request = EvaluationRequest(
            model=model,
            essays=JudgedEssays(
                file=test_data,
                selection=build_selection(
                    _selection_settings(context, test_data is None),
                    since=since,
                    until=until,
                    prompts=prompts,
                    sources=sources,
                ),
                part=split,
            ),
            perturbed_essays=perturbation_essays if perturbations else None,
        )
        judge = await context.get(JudgeProtocol)
        judgement = await judge.evaluate(request)
        _write(judgement, output, residuals, force=force)
        raised = judgement.report.raised_flags if fail_on_flags else ()
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
    since: SinceOption = None,
    until: UntilOption = None,
    prompts: PromptOption = None,
    sources: SourceOption = None,
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
                selection=build_selection(
                    _selection_settings(context, test_data is None and not stored),
                    since=since,
                    until=until,
                    prompts=prompts,
                    sources=sources,
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


def _write(
    judgement: "Judgement", output: Path | None, residuals: Path | None, *, force: bool
) -> None:
    import json

    from huleedu_ml_training.training.residuals import write_residuals

    if output is not None:
        text = json.dumps(judgement.report.to_dict(), indent=1, ensure_ascii=False)
        write_file(output, text + "\n", force=force)
    if residuals is not None:
        require_absent(residuals, force=force)
        write_residuals(
            residuals,
            judgement.scored,
            judgement.dataset,
            review=judgement.review,
        )
