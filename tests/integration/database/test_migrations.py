"""Our tables appear, match their mappings, and go again."""

from sqlalchemy import text


async def test_a_fresh_database_is_migrated(engine):
    async with engine.connect() as connection:
        assert await connection.scalar(text("select count(*) from ml_training.ml_models")) == 0
