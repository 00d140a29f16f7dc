"""``config init|show``: writing a file of settings, and seeing where each value came from."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import BaseModel

from huleedu_ml_training.cli.files import write_file
from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption
from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.cli.runtime import fail
from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import flatten, load_settings, masked
from huleedu_ml_training.domain.errors import HuleEduMLError
from huleedu_ml_training.presets import Preset, preset_settings

app = typer.Typer(help="Write and inspect configuration.", no_args_is_help=True)

_PER_MACHINE = ("home", "database_url")


@app.command("init")
def init(
    path: Annotated[Path, typer.Argument(help="File to write.")] = Path("config.yaml"),
    preset: Annotated[
        Preset,
        typer.Option("--preset", help="light needs nothing more; proficiency grades better."),
    ] = Preset.LIGHT,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write a configuration file that holds every setting of a preset, with comments."""
    output = Output()
    try:
        write_file(path, default_yaml(preset), force=force)
    except HuleEduMLError as error:
        fail(error, output)
    output.line(str(path))
    output.note(f"wrote {path}; train with: train-essay-grader train --config {path}")


@app.command("show")
def show(
    config: ConfigOption = None, overrides: SetOption = None, as_json: JsonOption = False
) -> None:
    """Show every setting with its value and where it came from; secrets are masked."""
    output = Output(as_json=as_json)
    try:
        loaded = load_settings(config, overrides=overrides or ())
    except HuleEduMLError as error:
        fail(error, output)
    values = dict(flatten(masked(loaded.settings)))
    rows = [(key, values.get(key), origin) for key, origin in loaded.origins.items()]
    output.table("Settings", ("setting", "value", "origin"), rows)
    output.document(
        "config.show",
        {"settings": {key: {"value": value, "origin": origin} for key, value, origin in rows}},
    )


def default_yaml(preset: Preset = Preset.LIGHT) -> str:
    """Return all settings of a preset as YAML with the descriptions of the settings as comments."""
    lines = [
        "# Settings of train-essay-grader. Environment variables (HULEEDU_ML_…) and flags win over",
        "# this file. Unknown keys are errors. Left out here because they belong to a machine:",
        "#   home          directory of the embedded database, models and runs",
        "#   database_url  PostgreSQL URL; keep it in the environment: HULEEDU_ML_DATABASE_URL",
        "",
    ]
    lines += _section(Settings, preset_settings(preset), indent="", skip=_PER_MACHINE)
    return "\n".join(lines) + "\n"


def _section(
    model: type[BaseModel], values: BaseModel, *, indent: str, skip: tuple[str, ...] = ()
) -> list[str]:
    lines: list[str] = []
    for name, info in model.model_fields.items():
        if name in skip:
            continue
        key, value = info.alias or name, getattr(values, name)
        if isinstance(value, BaseModel):
            about = (type(value).__doc__ or "").partition("\n")[0]
            lines += ["", f"{indent}# {about}"] if about else [""]
            lines.append(f"{indent}{key}:")
            lines += _section(type(value), value, indent=f"{indent}  ")
        else:
            comment = f"  # {info.description}" if info.description else ""
            lines.append(f"{indent}{key}: {_scalar(value)}{comment}")
    return lines


def _scalar(value: Any) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    if isinstance(plain, Path):
        plain = str(plain)
    return yaml.safe_dump(plain, default_flow_style=True, width=1000).split("\n...")[0].strip()
