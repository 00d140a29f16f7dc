"""The README's tour of the command line, command by command."""

import re
import shlex
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
PLAIN = [
    word
    for part in ("embedder", "parser", "checker")
    for word in ("--set", f"features.{part}=none")
]
QUICK = {
    "data demo": ["--essays", "220"],
    # 45 test essays cannot lift the lower bound of an interval over the default gate.
    "registry promote": ["--set", "registry.min_qwk_lower_bound=0"],
    "train": [*PLAIN, "--set", "model.booster.max_rounds=30"],
    "tune": [*PLAIN, "--set", "model.booster.max_rounds=10"],
}
ENDS_WITH = {"registry rollback": 4}


def tour() -> list[list[str]]:
    (block,) = re.findall(
        r"## Sixty seconds of the command line\n\n```bash\n(.*?)```", README.read_text(), re.DOTALL
    )
    return [shlex.split(line, comments=True)[1:] for line in block.splitlines()]


def key_of(command: list[str]) -> str:
    return (
        " ".join(command[:2]) if command[0] in {"db", "data", "registry", "config"} else command[0]
    )


@pytest.mark.slow
def test_every_command_of_the_tour_works(grader, empty_database_url, tmp_path):
    run = type(grader)(tmp_path, empty_database_url)
    models: list[dict[str, str]] = []
    for command in tour():
        placeholders = {
            "abc123": models[0]["id"][:8] if models else "",
            "models/model_20250101_120000": models[0]["model_path"] if models else "",
            "models/model_20250101_130000": models[-1]["model_path"] if models else "",
            "20": "2",
        }
        key = key_of(command)
        arguments = [placeholders.get(word, word) for word in command] + QUICK.get(key, [])

        answer = run(*arguments)

        assert answer.code == ENDS_WITH.get(key, 0), (command, answer.err)
        if key == "train":
            listed = run.json("registry", "list")["models"]
            models = sorted(listed, key=lambda model: model["version"])
    assert len(models) == 2


def test_the_tour_shows_the_commands_that_must_work_verbatim():
    commands = [" ".join(command) for command in tour()]
    for wanted in (
        "train --config config.yaml --experiment-name ordinal-gb-v1",
        "registry list",
        "registry promote --model-id abc123 --stage production",
        "registry rollback --model-name essay-scorer",
    ):
        assert wanted in commands
