"""The walk-through for operators, command by command, as the page tells it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from huleedu_ml_training.database.embedded.binaries import find_binaries

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "model-promotion.md"
SETTINGS = {
    "HULEEDU_ML_FEATURES__EMBEDDER": "none",
    "HULEEDU_ML_FEATURES__PARSER": "none",
    "HULEEDU_ML_FEATURES__CHECKER": "none",
    "HULEEDU_ML_FEATURES__WORKERS": "1",
    "HULEEDU_ML_TRAINING__FOLDS": "3",
    "HULEEDU_ML_TRAINING__THREADS": "1",
    "HULEEDU_ML_MODEL__BOOSTER__MAX_ROUNDS": "40",
}
"""A training takes seconds instead of a minute."""

DONE = "__done__"


@dataclass(frozen=True)
class Step:
    """A command of the page, with the exit code that its comment promises."""

    command: str
    exit_code: int

    @classmethod
    def of(cls, line: str) -> "Step":
        command, _, comment = line.partition("  # exit code ")
        return cls(command, int(comment) if comment else 0)


def steps() -> list[Step]:
    text = PAGE.read_text(encoding="utf-8")
    walk = text[text.index("## A walk-through") :]
    blocks = re.findall(r"(?m)^```bash\n(.*?)^```", walk, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [Step.of(line) for line in lines if line.strip() and not line.startswith("#")]


def postgres_programs() -> Path | None:
    """Return where pg_dump lies beside the server that the embedded database runs."""
    for binaries in find_binaries():
        if (binaries.directory / "pg_dump").is_file():
            return binaries.directory
    return None


@pytest.mark.slow
def test_the_walk_through_does_what_it_says(empty_database_url, tmp_path):
    programs = postgres_programs()
    if programs is None:
        pytest.skip("pg_dump is not installed")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HULEEDU_ML_")}
    environment |= SETTINGS
    environment |= {
        "HULEEDU_ML_HOME": str(tmp_path / "home"),
        "HULEEDU_ML_DATABASE_URL": empty_database_url,
        "PATH": f"{Path(sys.executable).parent}:{programs}:{environment['PATH']}",
        "COLUMNS": "200",
    }
    script = "\n".join(
        f'echo "\n$ {number}" >&2\n{step.command}\necho "{DONE} {number} $?"'
        for number, step in enumerate(steps())
    )

    told = subprocess.run(
        ["bash", "-u", "-c", script],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    ended = re.findall(rf"(?m)^{DONE} (\d+) (\d+)$", told.stdout)
    expected = [(step.command, step.exit_code) for step in steps()]
    assert expected == [(steps()[int(n)].command, int(code)) for n, code in ended], told.stderr
