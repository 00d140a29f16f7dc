"""Every way in which a database refuses us has a sentence, a remedy and exit code 6."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError

from huleedu_ml_training.config import DatabaseSettings
from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.errors import (
    DatabaseAccessDeniedError,
    DatabaseFullError,
    DatabaseNotFoundError,
    DatabasePermissionError,
    DatabaseTlsError,
    DatabaseUnavailableError,
    InvalidDatabaseUrlError,
)
from huleedu_ml_training.database.migration_errors import MigrationsMissingError
from huleedu_ml_training.database.translation import translate_statement_error, translated_errors
from huleedu_ml_training.database.url import with_database
from huleedu_ml_training.domain.errors import ExitCode


async def connect(url, timeout_s=5.0):
    engine = create_engine(
        ResolvedDatabase(url, embedded=False), DatabaseSettings(connect_timeout_s=timeout_s)
    )
    try:
        async with engine.connect() as connection:
            return await connection.scalar(sa.text("SELECT 1"))
    finally:
        await engine.dispose()


async def refusal(kind, url, timeout_s=5.0):
    """Return the error of connecting, after checking what all of them must have."""
    with pytest.raises(kind) as caught:
        await connect(url, timeout_s)
    error = caught.value
    assert error.exit_code == ExitCode.INFRASTRUCTURE
    assert error.why
    assert error.remedy
    assert "secret" not in str(error) + json.dumps(error.to_dict())
    return error


@asynccontextmanager
async def server_that(answer):
    """A server on loopback that is not PostgreSQL; gives its address."""

    async def serve(reader, writer):
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"127.0.0.1:{port}"


async def test_a_plain_url_is_enough(database_url):
    assert await connect(database_url) == 1


async def test_connection_refused():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = await refusal(
            DatabaseUnavailableError, f"postgresql://u:secret@127.0.0.1:{port}/essays"
        )
    assert f"127.0.0.1:{port}/essays" in error.what


async def test_unknown_host():
    error = await refusal(DatabaseUnavailableError, "postgresql://u:secret@no.such.invalid/essays")
    assert "no.such.invalid" in error.what


async def test_no_socket(tmp_path):
    await refusal(DatabaseUnavailableError, f"postgresql://u@/essays?host={tmp_path}")


async def test_no_answer_in_time():
    async def keep_silent(reader, _):
        await reader.read()

    async with server_that(keep_silent) as address:
        url = f"postgresql://u:secret@{address}/essays?sslmode=disable"
        error = await refusal(DatabaseUnavailableError, url, timeout_s=0.1)
    assert error.why == "no answer in time"


async def test_a_server_without_encryption():
    async def offer_none(reader, writer):
        await reader.read(8)
        writer.write(b"N")

    async with server_that(offer_none) as address:
        url = f"postgresql://u:secret@{address}/essays?sslmode=require"
        assert "sslmode" in (await refusal(DatabaseTlsError, url)).remedy


async def test_a_server_that_is_not_postgresql():
    async def speak_http(reader, writer):
        await reader.read(8)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with server_that(speak_http) as address:
        await refusal(
            DatabaseUnavailableError, f"postgresql://u:secret@{address}/essays?sslmode=disable"
        )


async def test_an_unreadable_parameter_is_a_usage_error():
    with pytest.raises(InvalidDatabaseUrlError, match="sslmode"):
        await connect("postgresql://u:secret@127.0.0.1/essays?sslmode=perhaps")


async def test_unknown_database(postgres_server_url):
    error = await refusal(
        DatabaseNotFoundError, with_database(postgres_server_url, "no_such_database")
    )
    assert "no_such_database" in error.what


async def test_wrong_password(directory, tmp_path):
    rules = tmp_path / "pg_hba.conf"
    rules.write_text("local all huleedu trust\nlocal all all scram-sha-256\n")
    async with EmbeddedServer(directory, options={"hba_file": str(rules)}) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE ROLE teacher LOGIN PASSWORD 'right'")
        await connection.close()
        query = urlsplit(url).query
        assert await connect(f"postgresql://teacher:right@/huleedu_ml?{query}") == 1
        error = await refusal(
            DatabaseAccessDeniedError, f"postgresql://teacher:secret@/huleedu_ml?{query}"
        )
    assert "password authentication failed" in error.why


async def execute(engine, *statements):
    """Run statements in one transaction, the way a room of the library does."""
    with translated_errors(engine):
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(sa.text(statement))


async def test_a_connection_that_is_cut(engine):
    with pytest.raises(DatabaseUnavailableError):
        await execute(engine, "SELECT pg_terminate_backend(pg_backend_pid())")


async def test_missing_migrations(empty_database_url):
    engine = create_engine(ResolvedDatabase(empty_database_url, embedded=False))
    with pytest.raises(MigrationsMissingError, match="db upgrade"):
        await execute(engine, "SELECT 1 FROM ml_training.ml_models")
    await engine.dispose()


async def test_a_missing_table_of_the_hosts_is_the_callers_business(engine):
    with pytest.raises(ProgrammingError):
        await execute(engine, "SELECT 1 FROM essays")


async def test_a_broken_constraint_is_the_callers_business(engine):
    with pytest.raises(IntegrityError):
        await execute(engine, "INSERT INTO ml_training.ml_runs (kind) VALUES ('train')")


async def test_a_lacking_privilege(engine):
    with pytest.raises(DatabasePermissionError, match="db grant --role trainer"):
        await execute(engine, "SET LOCAL ROLE pg_monitor", "SELECT 1 FROM ml_training.ml_models")


async def test_a_read_only_server(engine):
    with pytest.raises(DatabasePermissionError, match="read-only"):
        await execute(engine, "SET TRANSACTION READ ONLY", "CREATE TABLE x ()")


def test_a_full_disk():
    error = asyncpg.DiskFullError("could not extend file: No space left on device")
    translated = translate_statement_error(error, "postgresql://h/d")
    assert isinstance(translated, DatabaseFullError)
    assert "No space left" in translated.why


def test_optunas_driver_fails_with_the_same_errors(tmp_path):
    database = ResolvedDatabase(f"postgresql://u:secret@/essays?host={tmp_path}", embedded=False)
    engine = sa.create_engine(database.sync_url)
    with pytest.raises(DatabaseUnavailableError) as caught, translated_errors(database):
        engine.connect()
    assert "secret" not in str(caught.value)


def test_optunas_driver_reaches_the_same_database(database_url):
    engine = sa.create_engine(ResolvedDatabase(database_url, embedded=False).sync_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ml_training.ml_models")) == 0
    engine.dispose()
