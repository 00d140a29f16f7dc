"""What the container gives of the database, and when."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from huleedu_ml_training.config import Settings
from huleedu_ml_training.container import create_container
from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.engine import ResolvedDatabase
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.features.tables import FeatureVectorRow


async def test_a_session_on_the_given_database(settings):
    container = create_container(settings)
    assert not (await container.get(ResolvedDatabase)).embedded
    sessions = await container.get(async_sessionmaker[AsyncSession])
    row = FeatureVectorRow(text_digest="a", schema_digest="b", prompt_digest="c", vector=[1.0])
    async with sessions.begin() as session:
        session.add(row)
    assert row.vector == [1.0]
    async with sessions() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(FeatureVectorRow)) == 1
    await container.close()


async def test_the_embedded_server_lives_from_first_use_to_close(directory):
    server = EmbeddedServer(directory)
    container = create_container(Settings(home=directory.parent))
    assert not server.is_running()
    engine = await container.get(AsyncEngine)
    assert server.is_running()
    assert (await container.get(ResolvedDatabase)).embedded
    await (await container.get(Migrator)).upgrade()
    async with engine.connect() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM ml_training.ml_runs")) == 0
    await container.close()
    assert not server.is_running()
