"""Essays in a real table."""

from uuid import uuid4

import pytest
from sqlalchemy import make_url, text

from huleedu_ml_training.config import EssaySource
from huleedu_ml_training.data.importer import EssayImporter
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.host_tables import HostTables

DEFAULT = EssaySource()


@pytest.fixture
def database_url(own_schema_url):
    """A schema instead of a database: these tests touch the host's tables only."""
    return own_schema_url


@pytest.fixture
async def schema(execute):
    """Name of a second schema, as unlikely a name as a schema can have."""
    name = f'host "{uuid4().hex}"; --'
    yield name
    quoted = name.replace('"', '""')
    await execute(f'DROP SCHEMA IF EXISTS "{quoted}" CASCADE')


@pytest.fixture
def store(engine):
    """A function that creates the host's tables and fills them with essays."""

    async def stored(dataset, source=DEFAULT):
        await HostTables(engine, source).create()
        await EssayImporter(engine, source, batch_size=3).import_dataset(dataset)
        return source

    return stored


@pytest.fixture
def execute(engine):
    """A function that executes statements as the database's owner and returns the last rows."""

    async def executed(*statements):
        async with engine.begin() as connection:
            results = [await connection.execute(text(statement)) for statement in statements]
            return results[-1].all() if results[-1].returns_rows else []

    return executed


@pytest.fixture
async def reader(engine, database_url, execute):
    """Name of a role that may connect and nothing else, and an engine of its own."""
    name = f"reader_{uuid4().hex}"
    await execute(f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    url = make_url(database_url).set(username=name, password="secret")
    own = create_engine(ResolvedDatabase(url.render_as_string(hide_password=False), embedded=False))
    yield name, own
    await own.dispose()
    await execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")
