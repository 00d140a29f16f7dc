"""Looking at one name again and again while others change it."""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# One statement sees one moment: the stages and the end of the ledger must agree in it.
_MOMENT = text(
    """
    SELECT
        count(*) FILTER (WHERE stage = 'production') AS production,
        count(*) FILTER (WHERE stage = 'staging') AS staging,
        max(id::text) FILTER (WHERE stage = 'production') AS by_stage,
        (
            SELECT CASE WHEN to_stage = 'production' THEN model_id::text END
            FROM ml_training.ml_model_events
            WHERE model_name = :name AND action <> 'refused'
                AND (to_stage = 'production' OR from_stage = 'production')
            ORDER BY id DESC LIMIT 1
        ) AS by_ledger
    FROM ml_training.ml_models
    WHERE model_name = :name
    """
)
_DEADLOCKS = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


@dataclass
class Observations:
    """What was seen.

    Attributes:
        looks: How often was looked.
        most_in_production: The greatest number of versions in production at one moment.
        most_in_staging: The same for staging.
        disagreements: Moments at which stages and ledger named different versions.
        productions: The versions that were seen in production.
    """

    looks: int = 0
    most_in_production: int = 0
    most_in_staging: int = 0
    disagreements: int = 0
    productions: set[str] = field(default_factory=set)


async def observe(engine: AsyncEngine, name: str, stop: asyncio.Event) -> Observations:
    """Look until told to stop, on a connection of its own."""
    seen = Observations()
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        while not stop.is_set():
            moment = (await connection.execute(_MOMENT, {"name": name})).one()
            seen.looks += 1
            seen.most_in_production = max(seen.most_in_production, moment.production)
            seen.most_in_staging = max(seen.most_in_staging, moment.staging)
            seen.disagreements += moment.by_stage != moment.by_ledger
            if moment.by_stage is not None:
                seen.productions.add(moment.by_stage)
            await asyncio.sleep(0.001)
    return seen


async def deadlocks(engine: AsyncEngine) -> int:
    """Return how many deadlocks the server has broken in this database."""
    async with engine.connect() as connection:
        return int(await connection.scalar(_DEADLOCKS) or 0)
