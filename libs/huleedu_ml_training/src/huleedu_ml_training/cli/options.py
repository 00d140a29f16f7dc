"""Options that many commands share, written once."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="YAML file of settings; environment variables and --set go before it.",
        show_default=False,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override one setting, e.g. --set training.seed=7. Repeatable.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document with a schema_version.")
]
ScaleOption = Annotated[
    str | None,
    typer.Option(
        "--scale",
        help="Grade scale: swedish_8, ellipse_overall, or labels as 'F,E,D,C,B,A', lowest first.",
        show_default=False,
    ),
]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show informational log lines.")
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model-path",
        "--model",
        help="A bundle's directory, a model id, or models:/NAME/STAGE.",
        show_default="the production version",
    ),
]
TestDataOption = Annotated[
    Path | None,
    typer.Option(
        "--test-data-path",
        help="Graded essays (CSV, Parquet or JSONL).",
        show_default="the model's held-out essays in the database",
    ),
]
EssayFileArgument = Annotated[
    Path | None,
    typer.Argument(
        help="Text file (one essay), or CSV, Parquet or JSONL with a text column; - for stdin.",
        show_default=False,
    ),
]
EssayTextOption = Annotated[
    str | None, typer.Option("--text", help="The essay itself.", show_default=False)
]
PromptTextOption = Annotated[
    str | None,
    typer.Option("--prompt-text", help="The task as put to the pupil.", show_default=False),
]
EssayLanguageOption = Annotated[str, typer.Option("--language", help="ISO 639-1 code.")]


def scale_setting(text: str | None) -> str | list[str] | None:
    """Return the value of the setting ``scale`` that ``--scale`` means."""
    if text is None or "," not in text:
        return text
    return [label.strip() for label in text.split(",")]
