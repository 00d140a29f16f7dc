"""As whom the embedded server runs: root, nobody, and users with and without a name."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.embedded.binaries import find_binaries
from huleedu_ml_training.database.embedded.errors import ServerUserError
from huleedu_ml_training.database.embedded.launcher import NOBODY, find_launcher

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
ORDINARY_UID = pwd.getpwnam("daemon").pw_uid
UNKNOWN_UID = 54321
USER = Path(__file__).with_name("server_user.py")


@pytest.fixture(scope="module")
def run_as():
    """Run Python as another user: an interpreter that others may execute, and our packages."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}

    def run(python, uid, *words, **options):
        # The shell in between has lost the rights that setpriv still has.
        prefix = ["setpriv", f"--reuid={uid}", "--clear-groups", "sh", "-c", 'exec "$@"', "sh"]
        return subprocess.run(
            [*prefix, python, *words],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=environment,
            **options,
        )

    for python in (sys.executable, "/usr/bin/python3.11"):
        if run(python, ORDINARY_UID, "-c", "import asyncpg").returncode == 0:
            return partial(run, python)
    pytest.skip("no Python 3.11 here that another user may run")


def require_namespaces(*prefix):
    unshare = shutil.which("unshare")
    if (
        unshare is None
        or subprocess.run([*prefix, unshare, "--user", "true"], check=False).returncode != 0
    ):
        pytest.skip("user namespaces are not allowed here")


def owner_of_process(pid):
    return Path(f"/proc/{pid}").stat().st_uid


async def server_pid(url):
    connection = await asyncpg.connect(url)
    directory = await connection.fetchval("SHOW data_directory")
    await connection.close()
    return int((Path(directory) / "postmaster.pid").read_text().split()[0])


async def test_the_data_stay_roots_own_in_a_user_namespace(directory):
    require_namespaces()
    async with EmbeddedServer(directory):
        assert (directory / "data").stat().st_uid == 0
        assert directory.stat().st_mode & 0o777 == 0o700


async def test_without_namespaces_nobody_runs_it_even_in_a_closed_home(
    directory, tmp_path, monkeypatch
):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("setpriv", "sh"):
        (tools / name).symlink_to(shutil.which(name))
    closed = directory.parent.stat().st_mode & 0o777
    assert closed == 0o700
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tools))
        async with EmbeddedServer(directory) as url:
            assert owner_of_process(await server_pid(url)) == NOBODY
            assert (directory / "data").stat().st_uid == NOBODY
            assert directory.parent.stat().st_mode & 0o777 == closed
    require_namespaces()
    async with EmbeddedServer(directory):
        assert (directory / "data/PG_VERSION").stat().st_uid == 0


def test_without_any_way_the_error_says_what_was_tried(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerUserError, match="unshare and setpriv are missing"):
        find_launcher(next(iter(find_binaries())), tmp_path, uid=0)


def test_a_way_that_fails_is_named_with_its_complaint(tmp_path, monkeypatch):
    (tmp_path / "unshare").write_text("#!/bin/sh\necho 'not permitted' >&2\nexit 1\n")
    (tmp_path / "unshare").chmod(0o755)
    binaries = next(iter(find_binaries()))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerUserError, match="not permitted"):
        find_launcher(binaries, tmp_path, uid=0)


@pytest.mark.parametrize("uid", [ORDINARY_UID, UNKNOWN_UID])
def test_ordinary_users_need_no_help(run_as, uid):
    if uid == UNKNOWN_UID:
        require_namespaces("setpriv", f"--reuid={uid}")
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, uid, -1)
        done = run_as(uid, str(USER), f"{home}/postgres", input="SHOW data_directory\n")
        assert done.returncode == 0, done.stderr
        assert (Path(home) / "postgres/data").stat().st_uid == uid
        assert not EmbeddedServer(Path(home) / "postgres").is_running()


def test_an_ordinary_user_cannot_use_roots_data(run_as):
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        (Path(home) / "postgres").mkdir(mode=0o700)
        done = run_as(ORDINARY_UID, str(USER), f"{home}/postgres")
        assert "it belongs to another user" in done.stderr
