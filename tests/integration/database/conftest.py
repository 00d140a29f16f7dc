"""Directories with a ready data directory, and commands that use the server in them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from huleedu_ml_training.database.embedded import EmbeddedServer

_USER = Path(__file__).with_name("server_user.py")


class ServerUser:
    """A process that uses the embedded server."""

    def __init__(self, directory: Path, prefix: tuple[str, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(_USER), str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_until_joined(self) -> str:
        url: str = self._read()
        return url

    def ask(self, sql: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(sql + "\n")
        self.process.stdin.flush()
        return self._read()

    def leave(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(20)

    def kill(self) -> None:
        """Kill −9; the process stays a zombie until the test ends."""
        os.kill(self.process.pid, signal.SIGKILL)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process ended"
        return json.loads(line)


@pytest_asyncio.fixture(scope="session")
async def prepared_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A supervisor's directory whose server was started and stopped once."""
    directory = tmp_path_factory.mktemp("prepared") / "postgres"
    async with EmbeddedServer(directory, options={"fsync": "off"}):
        pass
    return directory


@pytest_asyncio.fixture
async def directory(prepared_directory: Path, tmp_path: Path) -> AsyncIterator[Path]:
    """A supervisor's directory of this test's own, with data; stopped in the end."""
    directory = tmp_path / "postgres"
    shutil.copytree(prepared_directory, directory)
    yield directory
    await EmbeddedServer(directory).stop(force=True)


@pytest.fixture
def start_user(directory: Path) -> Iterator[Callable[[], ServerUser]]:
    """Start processes that use the server in the directory; they are ended with the test."""
    users: list[ServerUser] = []

    def start() -> ServerUser:
        users.append(ServerUser(directory))
        return users[-1]

    yield start
    for user in users:
        user.end()
