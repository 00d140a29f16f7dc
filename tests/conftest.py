"""Fixtures of a real PostgreSQL: the embedded one, or the server of an environment variable."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_ml_training.config import Settings
from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.database.url import normalise_url, with_database

if TYPE_CHECKING:
    from huleedu_ml_training.testing.s3_server import S3Server

os.environ.setdefault("OMP_NUM_THREADS", "1")

# The conformance suites live in the package; their asserts shall show their values too.
pytest.register_assert_rewrite("huleedu_ml_training.testing")

SERVER_VARIABLE = "HULEEDU_ML_TEST_DATABASE_URL"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the developer's own settings, and their database, out of every test."""
    for variable in list(os.environ):
        if variable.startswith("HULEEDU_ML_") and variable not in {
            SERVER_VARIABLE,
            "HULEEDU_ML_ELLIPSE_CSV",
        }:
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HULEEDU_ML_HOME", str(tmp_path / "home"))


@pytest_asyncio.fixture(scope="session")
async def postgres_server_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """URL of a maintenance database on which databases may be created."""
    if given := os.environ.get(SERVER_VARIABLE):
        yield normalise_url(given)
        return
    server = EmbeddedServer(
        tmp_path_factory.mktemp("server"), options={"fsync": "off", "synchronous_commit": "off"}
    )
    async with server as url:
        yield with_database(url, "postgres")


@pytest_asyncio.fixture(scope="session")
async def _template(postgres_server_url: str) -> AsyncIterator[str]:
    """Name of a migrated database that nobody is connected to."""
    async with _database(postgres_server_url) as name:
        url = with_database(postgres_server_url, name)
        engine = create_engine(ResolvedDatabase(url, embedded=False))
        await Migrator(engine).upgrade()
        await engine.dispose()
        yield name


@pytest_asyncio.fixture
async def database_url(postgres_server_url: str, _template: str) -> AsyncIterator[str]:
    """URL, without a driver, of a fresh and migrated database of this test's own."""
    async with _database(postgres_server_url, template=_template) as name:
        yield with_database(postgres_server_url, name)


@pytest_asyncio.fixture
async def other_database_url(postgres_server_url: str, _template: str) -> AsyncIterator[str]:
    """URL, without a driver, of another such database, for what goes from one to the other."""
    async with _database(postgres_server_url, template=_template) as name:
        yield with_database(postgres_server_url, name)


@pytest_asyncio.fixture(scope="session")
async def session_database_url(postgres_server_url: str, _template: str) -> AsyncIterator[str]:
    """URL, without a driver, of a migrated database that whole commands share."""
    async with _database(postgres_server_url, template=_template) as name:
        yield with_database(postgres_server_url, name)


@pytest_asyncio.fixture(scope="module")
async def module_database_url(postgres_server_url: str, _template: str) -> AsyncIterator[str]:
    """URL, without a driver, of a migrated database that the tests of a file share."""
    async with _database(postgres_server_url, template=_template) as name:
        yield with_database(postgres_server_url, name)


@pytest_asyncio.fixture
async def own_schema_url(session_database_url: str) -> AsyncIterator[str]:
    """URL of the shared database with an empty schema of this test's own on the search path.

    Much quicker to come by than a database; enough for tests of the host's tables alone.
    """
    name = f"test_{uuid4().hex}"
    await _execute(session_database_url, f'CREATE SCHEMA "{name}"')
    separator = "&" if "?" in session_database_url else "?"
    yield f"{session_database_url}{separator}search_path={name}&application_name={name}"
    await _execute(session_database_url, f'DROP SCHEMA "{name}" CASCADE')


@pytest_asyncio.fixture
async def empty_database_url(postgres_server_url: str) -> AsyncIterator[str]:
    """URL, without a driver, of a fresh database without any table."""
    async with _database(postgres_server_url) as name:
        yield with_database(postgres_server_url, name)


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Engine on the fresh database."""
    engine = create_engine(ResolvedDatabase(database_url, embedded=False))
    yield engine
    await engine.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings with the fresh database and a home of this test's own."""
    return Settings(database_url=SecretStr(database_url), home=tmp_path / "home")


@pytest.fixture(scope="session")
def _running_s3_server() -> "Iterator[S3Server]":
    """Server that the tests of a process share, a bucket for each."""
    import botocore.loaders
    import botocore.session

    from huleedu_ml_training.testing.s3_server import running_s3_server

    # Most of the time that a client takes goes into reading what AWS can do; once is enough.
    loader = botocore.loaders.create_loader()
    with pytest.MonkeyPatch.context() as patched, running_s3_server() as server:
        patched.setattr(botocore.session, "create_loader", lambda _: loader)
        yield server


@pytest.fixture
def s3_server(
    _running_s3_server: "S3Server", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[S3Server]":
    """Server that answers as it should, and credentials for it where the AWS tools look."""
    for variable in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(variable)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-tests")
    yield _running_s3_server
    _running_s3_server.reset()


@pytest.fixture
def ellipse_csv() -> Path:
    """Path of the ELLIPSE development file; skips where it is not at hand."""
    beside = Path(__file__).parents[2] / "shared" / "data" / "ellipse_dev.csv"
    path = Path(os.environ.get("HULEEDU_ML_ELLIPSE_CSV", beside))
    if not path.is_file():
        pytest.skip(f"no ELLIPSE file at {path}; HULEEDU_ML_ELLIPSE_CSV would name it")
    return path


@asynccontextmanager
async def _database(server_url: str, *, template: str = "template0") -> AsyncIterator[str]:
    """Make a database, give its name, and drop it in the end."""
    name = f"test_{uuid4().hex}"
    await _execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield name
    finally:
        await _execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _execute(server_url: str, statement: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
