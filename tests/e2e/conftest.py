"""A database with a trained grader, made once, and ways to run commands on it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from huleedu_ml_training.cli.app import app

QUICK = (
    *("--set", "features.embedder=none"),
    *("--set", "features.parser=none"),
    *("--set", "features.checker=none"),
    *("--set", "features.workers=1"),
    *("--set", "training.folds=3"),
    *("--set", "training.threads=1"),
    *("--set", "model.booster.max_rounds=40"),
    *("--set", "evaluation.resamples=200"),
)
"""Settings under which a training takes a few seconds."""


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.out)


@dataclass(frozen=True)
class Grader:
    """Runs ``train-essay-grader`` in a process of its own, in one home and on one database."""

    home: Path
    url: str | None

    @property
    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HULEEDU_ML_")}
        clean |= {"HULEEDU_ML_HOME": str(self.home), "COLUMNS": "200"}
        if self.url is not None:
            clean["HULEEDU_ML_DATABASE_URL"] = self.url
        return clean

    def start(self, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "huleedu_ml_training", *arguments],
            env=self.environment,
            cwd=cwd or self.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str, stdin: str = "", cwd: Path | None = None) -> Answer:
        process = self.start(*arguments, cwd=cwd)
        out, err = process.communicate(stdin, timeout=240)
        return Answer(process.returncode, out, err)

    def json(self, *arguments: str) -> dict[str, Any]:
        """Run a command that must succeed and return its document."""
        answer = self(*arguments, "--json")
        assert answer.code == 0, answer.err
        return answer.document


@dataclass(frozen=True)
class Inside(Grader):
    """Runs commands in this process: for those that are over before another could start."""

    def __call__(self, *arguments: str, stdin: str = "", cwd: Path | None = None) -> Answer:
        assert cwd is None
        environment: dict[str, str | None] = dict.fromkeys(
            key for key in os.environ if key.startswith("HULEEDU_ML_")
        )
        environment |= {k: v for k, v in self.environment.items() if os.environ.get(k) != v}
        done = CliRunner().invoke(app, arguments, input=stdin, env=environment)
        return Answer(done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def inside(grader: Grader) -> Inside:
    """The grader whose commands run in this process."""
    return Inside(grader.home, grader.url)


@pytest.fixture(scope="session")
def quick() -> tuple[str, ...]:
    return QUICK


@pytest_asyncio.fixture(scope="session")
async def grader(session_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Grader:
    """A home and a database with 260 synthetic essays."""
    grader = Grader(tmp_path_factory.mktemp("home"), session_database_url)
    assert grader("db", "create-host-tables").code == 0
    grader.json("data", "demo", "--essays", "260")
    return grader


@pytest.fixture(scope="session")
def trained(grader: Grader) -> dict[str, Any]:
    """The document of a finished training; its version is in stage dev."""
    return grader.json("train", "--experiment-name", "first", *QUICK)


@pytest.fixture
def interrupt_when() -> Iterator[Callable[..., Answer]]:
    """Start a command and send it a signal as soon as a condition holds."""
    started: list[subprocess.Popen[str]] = []

    def interrupt(
        process: subprocess.Popen[str], condition: Callable[[], bool], sent: signal.Signals
    ) -> Answer:
        started.append(process)
        deadline = time.monotonic() + 120
        while not condition():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(sent)
        out, err = process.communicate(timeout=60)
        return Answer(process.returncode, out, err)

    yield interrupt
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture
def run(database_url, tmp_path, monkeypatch) -> Callable[..., Any]:
    """Run a command against a fresh database and home, and check its exit code."""
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", database_url)
    monkeypatch.setenv("HULEEDU_ML_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOGNAME", "anna")
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def invoke(command: str, *arguments: str, code: int = 0):
        result = runner.invoke(app, [*command.split(), *arguments])
        assert code == result.exit_code, result.output
        return result

    return invoke


@pytest.fixture
def document(run) -> Callable[..., dict[str, Any]]:
    """Run a command with ``--json`` and return its one document."""

    def invoke(command: str, *arguments: str, code: int = 0) -> dict[str, Any]:
        [line] = run(command, *arguments, "--json", code=code).stdout.splitlines()
        answer: dict[str, Any] = json.loads(line)
        assert 1 == answer["schema_version"]
        return answer

    return invoke
