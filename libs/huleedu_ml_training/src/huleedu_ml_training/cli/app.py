"""The ``train-essay-grader`` command: one Typer app, a module per command group."""

import sys

import typer

from huleedu_ml_training import __version__
from huleedu_ml_training.cli import (
    config,
    cv,
    data,
    db,
    demo,
    doctor,
    evaluate,
    explain,
    features,
    registry,
    runs,
    score,
    train,
    tune,
)

app = typer.Typer(
    name="train-essay-grader",
    help="Train, judge, ship and govern models that grade essays.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"train-essay-grader {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    del version


app.command()(demo.demo)
app.command()(train.train)
app.command()(tune.tune)
app.command()(cv.cv)
app.command()(evaluate.evaluate)
app.command()(evaluate.compare)
app.command()(score.score)
app.command()(explain.explain)
app.command()(doctor.doctor)
app.add_typer(config.app, name="config")
app.add_typer(data.app, name="data")
app.add_typer(db.app, name="db")
app.add_typer(features.app, name="features")
app.add_typer(registry.app, name="registry")
app.add_typer(runs.app, name="runs")


def main() -> None:
    """Entry point of the console script."""
    app()
    sys.exit(0)
