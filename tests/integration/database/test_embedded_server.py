"""One server for all commands: who starts it, who stops it, and what survives a kill."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import asyncpg
import pytest

from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.embedded.locks import poll
from huleedu_ml_training.database.embedded.postmaster import read_note
from huleedu_ml_training.database.embedded.server_errors import (
    ForeignServerError,
    ServerBusyError,
    ServerInUseError,
    ServerStopFailedError,
)

STARTED_AT = "SELECT pg_postmaster_start_time()"


async def fetch(url, sql):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def wait_until_stopped(server):
    async for _ in poll(10):
        if not server.is_running():
            return
    pytest.fail("the server still runs")


def server_pid(directory):
    note = read_note(directory / "data")
    assert note is not None
    return note.pid


def parent_of(pid):
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


async def test_the_first_starts_it_and_the_last_stops_it(directory):
    first, second = EmbeddedServer(directory), EmbeddedServer(directory)
    url = await first.acquire()
    assert url == await second.acquire()
    await first.release()
    assert await fetch(url, "SELECT 1") == 1
    await second.release()
    assert not second.is_running()
    assert read_note(directory / "data") is None


async def test_leaving_twice_leaves_once(directory):
    first, second = EmbeddedServer(directory), EmbeddedServer(directory)
    async with second:
        await first.acquire()
        await first.release()
        await first.release()
        assert second.is_running()


async def test_a_new_directory_gets_a_whole_data_directory_of_the_users_own(tmp_path):
    directory = tmp_path / "new" / "postgres"
    async with EmbeddedServer(directory) as url:
        assert await fetch(url, "SELECT current_database()") == "huleedu_ml"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "data").stat().st_mode & 0o777 == 0o700
    assert list(directory.glob("initdb-*")) == []


async def test_data_are_durable_and_only_a_closed_socket_leads_to_them(directory):
    async with EmbeddedServer(directory) as url:
        assert await fetch(url, "SHOW fsync") == "on"
        assert await fetch(url, "SHOW full_page_writes") == "on"
        assert await fetch(url, "SHOW data_checksums") == "on"
        assert await fetch(url, "SHOW listen_addresses") == ""
        note = read_note(directory / "data")
        assert note.socket_directory.stat().st_mode & 0o777 == 0o700
        with socket.socket() as tcp:
            assert tcp.connect_ex(("127.0.0.1", 5432)) != 0


def test_commands_that_start_at_once_share_one_server(directory, start_user):
    users = [start_user() for _ in range(4)]
    assert len({user.wait_until_joined() for user in users}) == 1
    assert len({user.ask(STARTED_AT) for user in users}) == 1
    for user in users[:-1]:
        assert user.leave() == 0
        assert EmbeddedServer(directory).is_running()
    assert users[-1].leave() == 0
    assert not EmbeddedServer(directory).is_running()


async def test_when_the_only_command_is_killed_the_server_stops_cleanly(directory, start_user):
    user = start_user()
    user.wait_until_joined()
    user.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    user.kill()
    await wait_until_stopped(EmbeddedServer(directory))
    assert "database system is shut down" in (directory / "server.log").read_text()
    async with EmbeddedServer(directory) as url:
        assert await fetch(url, "SELECT answer FROM kept") == 42
    assert "not properly shut down" not in (directory / "server.log").read_text()


def test_when_the_starter_is_killed_the_others_go_on(directory, start_user):
    starter = start_user()
    starter.wait_until_joined()
    other = start_user()
    other.wait_until_joined()
    started_at = other.ask(STARTED_AT)
    starter.kill()
    starter.process.wait()
    assert other.ask(STARTED_AT) == started_at
    assert other.leave() == 0
    assert not EmbeddedServer(directory).is_running()


async def test_when_the_server_is_killed_the_next_start_recovers(directory, start_user):
    user = start_user()
    user.wait_until_joined()
    user.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server_pid(directory), signal.SIGKILL)
    user.kill()
    async with EmbeddedServer(directory) as url:
        assert await fetch(url, "SELECT answer FROM kept") == 42
        assert "not properly shut down" in (directory / "server.log").read_text()


@pytest.mark.parametrize("stop", ["by the next command", "by db stop"])
async def test_a_server_without_keeper_and_commands_is_adopted(directory, start_user, stop):
    user = start_user()
    user.wait_until_joined()
    started_at = user.ask(STARTED_AT)
    os.kill(parent_of(server_pid(directory)), signal.SIGKILL)
    user.kill()
    user.process.wait()
    server = EmbeddedServer(directory)
    await asyncio.sleep(0.1)
    assert server.is_running()
    if stop == "by db stop":
        assert await server.stop()
    else:
        async with server as url:
            assert str(await fetch(url, STARTED_AT)) == started_at
    assert not server.is_running()


def test_ctrl_c_in_the_starters_terminal_does_not_reach_the_server(directory, start_user):
    starter = start_user()
    starter.wait_until_joined()
    other = start_user()
    other.wait_until_joined()
    os.killpg(starter.process.pid, signal.SIGINT)
    starter.process.stdin.close()
    starter.process.wait(20)
    assert other.ask("SELECT 1") == 1


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("", id="empty"),
        pytest.param("half a li", id="torn"),
        pytest.param("{pid}\n/nowhere\n1\n5432\n/tmp\n\n", id="of another process"),
        pytest.param("4194304\n/nowhere\n1\n5432\n/tmp\n\n", id="of no process"),
    ],
)
async def test_a_stale_note_of_a_crashed_server_confuses_nobody(directory, note):
    (directory / "data/postmaster.pid").write_text(note.format(pid=os.getpid()))
    async with EmbeddedServer(directory) as url:
        assert await fetch(url, "SELECT 1") == 1


async def test_a_server_that_is_not_ours_is_left_alone(directory):
    sleeper = await asyncio.create_subprocess_exec("sleep", "60", cwd=directory / "data")
    note = directory / "data/postmaster.pid"
    note.write_text(f"{sleeper.pid}\n")
    with pytest.raises(ForeignServerError, match=f"process {sleeper.pid}"):
        await EmbeddedServer(directory).acquire()
    assert sleeper.returncode is None
    sleeper.kill()
    await sleeper.wait()


async def test_stopping_spares_a_server_in_use_unless_forced(directory):
    user, stopper = EmbeddedServer(directory), EmbeddedServer(directory)
    await user.acquire()
    with pytest.raises(ServerInUseError, match="--force"):
        await stopper.stop()
    assert await stopper.stop(force=True)
    assert not await stopper.stop()
    await user.release()


async def test_a_server_that_does_not_stop_is_reported(directory):
    async with EmbeddedServer(directory):
        pid = server_pid(directory)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(ServerStopFailedError, match=f"kill -QUIT {pid}"):
            await EmbeddedServer(directory, timeout_s=0.1).stop(force=True)
        os.kill(pid, signal.SIGCONT)


async def test_a_start_that_is_cancelled_leaves_no_server(directory):
    server = EmbeddedServer(directory)
    start = asyncio.create_task(server.acquire())
    async for _ in poll(10):
        if server.is_running():
            break
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not server.is_running()


async def test_waiting_for_another_command_has_an_end(directory):
    first = EmbeddedServer(directory)
    async with first, first._gate():
        with pytest.raises(ServerBusyError, match=r"gate\.lock"):
            await EmbeddedServer(directory, timeout_s=0.1).acquire()
