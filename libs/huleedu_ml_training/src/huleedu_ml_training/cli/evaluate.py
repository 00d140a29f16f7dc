"""``evaluate`` and ``compare``: judging finished graders."""

from pathlib import Path
from typing import Annotated

import typer

from huleedu_ml_training.cli.files import write_file
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

OutputOption = Annotated[
    Path | None,
    typer.Option("--output", help="Write the metrics as JSON to this file.", show_default=False),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an existing output file.")]


def evaluate(
    model: ModelOption = None,
    test_data: TestDataOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Judge a model on graded essays, with intervals.

    Without a file the model's own held-out essays are read from the database. Essays that the
    model was trained on are counted and named as such.
    """

    async def action(context: CommandContext) -> None:
        import json

        from huleedu_ml_training.cli.render import show_evaluation
        from huleedu_ml_training.training.protocols import JudgeProtocol

        judge = await context.get(JudgeProtocol)
        judgement = await judge.evaluate(model, test_data)
        if output is not None:
            text = json.dumps(judgement.report.to_dict(), indent=1, ensure_ascii=False)
            write_file(output, text + "\n", force=force)
        show_evaluation(context, judgement)

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
        str, typer.Option("--model-a", help="Directory, id or models:/NAME/STAGE of the first.")
    ],
    model_b: Annotated[
        str, typer.Option("--model-b", help="Directory, id or models:/NAME/STAGE of the second.")
    ],
    test_data: TestDataOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Compare two models on the same essays by the paired bootstrap.

    Without a file the essays are those that both models held out from training.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.render import show_comparison
        from huleedu_ml_training.training.protocols import JudgeProtocol

        judge = await context.get(JudgeProtocol)
        show_comparison(context, await judge.compare(model_a, model_b, test_data))

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )
