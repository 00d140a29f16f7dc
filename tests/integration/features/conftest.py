"""The feature service as a process of its own, with the standard pipeline or a scripted one."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

ENGINEERED = ("--embedder", "none", "--parser", "none", "--checker", "none")

_SCRIPTED = '''
import os
import signal
import time
from pathlib import Path

from huleedu_essay_features import FeatureDefinition
from huleedu_essay_features.extraction import FeaturePipeline


class Scripted:
    """Does what the essay says."""

    identity = {"scripted": os.environ.get("SCRIPTED_VERSION", "1")}
    definitions = (FeatureDefinition("length", "structure", "count", "Characters."),)

    def extract(self, document):
        action, _, argument = document.text.partition(" ")
        if action == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if action == "raise":
            raise LookupError("no such thing")
        if action == "begin":
            with open(argument, "a") as file:
                file.write("begun\\n")
            time.sleep(0.05)
        if action == "await":
            Path(argument + ".begun").touch()
            while not Path(argument).exists():
                time.sleep(0.02)
        return (float(len(document.text)),)


class Broken(Scripted):
    def extract(self, document):
        raise OSError("the lexicon is gone")


def create():
    return FeaturePipeline([Scripted()])


def create_broken():
    return FeaturePipeline([Broken()])
'''


class ServerProcess:
    """One server; ``url`` is where it listens.

    Args:
        arguments: Of its command line, without the address.
        log: File for its stderr.
        environment: Further variables.
        port: 0 for any that is free.
    """

    def __init__(self, arguments, log, environment, port=0):
        self._log = log
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "huleedu_essay_features.service"),
                    *("--port", str(port), "--log-level", "INFO"),
                    *arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
                start_new_session=True,
            )
        wait_until(lambda: "listening on" in self.output or self.process.poll() is not None)
        found = re.search(r"listening on (http://\S+:(\d+))", self.output)
        assert found, self.output
        self.url, self.port = found[1], int(found[2])

    @property
    def output(self):
        """What it wrote on stderr so far."""
        return self._log.read_text(encoding="utf-8")

    def end(self, number=signal.SIGTERM):
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)


class Servers:
    """Starts servers, and ends those that are left."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._started: list[ServerProcess] = []
        (directory / "scripted_service.py").write_text(_SCRIPTED)

    def start(self, *arguments, port=0, **environment):
        """Start a server, of the standard pipeline unless the arguments say otherwise."""
        log = self._directory / f"server_{len(self._started)}.log"
        server = ServerProcess(arguments, log, environment, port)
        self._started.append(server)
        return server

    @property
    def python_path(self):
        """Where the module of the scripted pipelines is found."""
        return os.pathsep.join([str(self._directory), *filter(None, sys.path)])

    def scripted(self, *arguments, port=0, **environment):
        """Start a server whose pipeline does what the essays say."""
        chosen = ("--pipeline", "scripted_service:create", *arguments)
        return self.start(*chosen, port=port, PYTHONPATH=self.python_path, **environment)

    def end(self):
        for server in self._started:
            with suppress(ProcessLookupError):
                os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait(60)


def wait_until(condition, seconds: float = 60) -> None:
    """Wait for what another process or thread does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def servers(tmp_path):
    """Feature services of this test's own."""
    started = Servers(tmp_path)
    yield started
    started.end()


@pytest.fixture(scope="module")
def engineered_server(tmp_path_factory):
    """A server of the engineered features that need neither parser nor checker."""
    started = Servers(tmp_path_factory.mktemp("feature-server"))
    yield started.start(*ENGINEERED)
    started.end()


@pytest.fixture(scope="module")
def scripted_server(tmp_path_factory):
    """A server with the scripted pipeline, for tests that leave it as it was."""
    started = Servers(tmp_path_factory.mktemp("scripted-server"))
    yield started.scripted()
    started.end()


@pytest.fixture(name="wait_until")
def give_wait_until():
    """Waiting for what another process or thread does."""
    return wait_until
