"""Dataclasses of options as arguments of commands."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from huleedu_ml_training.cli.option_groups import with_option_groups

Words = Annotated[list[str] | None, typer.Option("--word", help="A word. Repeatable.")]


@dataclass(frozen=True)
class Group:
    words: Words = None
    least: Annotated[int, typer.Option("--least", min=1)] = 3


def app():
    made = typer.Typer()

    @made.command()
    @with_option_groups
    def command(
        name: Annotated[str, typer.Argument()],
        group: Group = Group(),
        loud: Annotated[bool, typer.Option("--loud")] = False,
    ) -> None:
        """Say it."""
        typer.echo(f"{name} {group} {loud}")

    return made


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a"], f"a {Group()} False"),
        (["a", "--word", "x", "--word", "y", "--loud"], f"a {Group(['x', 'y'])} True"),
        (["--least", "5", "a"], f"a {Group(None, 5)} False"),
    ],
)
def test_the_command_gets_the_dataclass(arguments, said):
    found = CliRunner().invoke(app(), arguments)
    assert (0, said) == (found.exit_code, found.stdout.strip())


def test_the_fields_are_options_like_any_other():
    assert 2 == CliRunner().invoke(app(), ["a", "--least", "0"]).exit_code
    shown = CliRunner().invoke(app(), ["--help"]).stdout
    places = [shown.index(part) for part in ("--word", "--least", "--loud")]
    assert sorted(places) == places
    assert "Say it." in shown
    assert "--group" not in shown
