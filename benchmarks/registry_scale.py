"""How quick the registry is when it has grown: 10,000 versions of one name, 100,000 ledger entries.

    python benchmarks/registry_scale.py                # an embedded server of its own, thrown away
    python benchmarks/registry_scale.py --versions 500 --entries 5000 --calls 5

The same calls are timed at the first migration and at the newest one, on the same rows, so that the
table shows what the indexes of the later migrations are worth. Milliseconds, connection open and
everything warm; the documents of a version are as large as those of a real one.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.gates import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.testing.bundles import small_bundle

NAME = "essay-scorer"
FIRST_MIGRATION = "0001"
INTERVAL = {"value": 0.712, "low": 0.64, "high": 0.77, "reason": None}

# One version an hour, all with the bundle of the first one; the newest is in production.
FILL_MODELS = """
INSERT INTO ml_training.ml_models (model_name, version, created_at, stage, model_path, metrics,
    hyperparameters, feature_names, metadata, digest, scale)
SELECT model_name, to_char(moment AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS'), moment,
    CASE WHEN n = :versions THEN 'production' WHEN n % 3 = 0 THEN 'dev' ELSE 'archived' END,
    model_path, metrics, hyperparameters, feature_names, metadata, digest, scale
FROM ml_training.ml_models, generate_series(1, :versions) AS n,
    LATERAL (SELECT '2016-01-01Z'::timestamptz + n * interval '1 hour' AS moment) AS hour
"""

# The first entry of a version registers it, the last two put it into production and out again, and
# those in between are refusals.
FILL_EVENTS = """
INSERT INTO ml_training.ml_model_events
    (model_id, model_name, version, occurred_at, actor, action, from_stage, to_stage)
SELECT id, model_name, version, created_at + step * interval '1 minute', 'anna',
    CASE WHEN step = 0 THEN 'registered' WHEN step = :last THEN 'demoted'
         WHEN step = :last - 1 THEN 'promoted' ELSE 'refused' END,
    CASE WHEN step = 0 THEN NULL WHEN step = :last THEN 'production' ELSE 'staging' END,
    CASE WHEN step = 0 THEN 'dev' WHEN step = :last THEN 'archived' ELSE 'production' END
FROM ml_training.ml_models, generate_series(0, :last) AS step
WHERE NOT (stage = 'production' AND step = :last)
ORDER BY created_at, step
"""


async def fill(
    engine: AsyncEngine, registry: PostgresModelRegistry, path: str, args: argparse.Namespace
) -> None:
    candidate = candidate_from_bundle(small_bundle(), model_path=path)
    metrics = {"values": {f"metric_{i}": INTERVAL for i in range(40)} | {"qwk": INTERVAL}}
    names = tuple(f"feature_{i}" for i in range(433))
    await registry.register(
        replace(candidate, metrics=metrics, feature_names=names), actor="benchmark"
    )
    async with engine.begin() as connection:
        await connection.execute(text(FILL_MODELS).bindparams(versions=args.versions))
        last = args.entries // args.versions - 1
        await connection.execute(text(FILL_EVENTS).bindparams(last=last))


async def analyse(engine: AsyncEngine) -> None:
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    async with autocommit.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))


async def calls(
    registry: PostgresModelRegistry, artifacts: LocalArtifactStore
) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return what is timed, by what it is called."""
    history = await registry.history(NAME)
    then = history[len(history) // 2].occurred_at
    targets = cycle(await registry.list_models(stage=Stage.DEV, limit=40))
    shown = str(next(targets).id)

    async def promote() -> None:
        await registry.promote(
            str(next(targets).id), Stage.PRODUCTION, actor="b", reason="b", force=True
        )

    async def rollback() -> None:
        await registry.rollback(NAME, actor="b")

    return {
        "list --limit 50": lambda: registry.list_models(limit=50),
        "list --name --limit 50": lambda: registry.list_models(model_name=NAME, limit=50),
        "list --stage production": lambda: registry.list_models(stage=Stage.PRODUCTION, limit=50),
        "list --name --stage dev": lambda: registry.list_models(
            model_name=NAME, stage=Stage.DEV, limit=50
        ),
        "show": lambda: registry.get(shown[:8]),
        "history --limit 50": lambda: registry.history(NAME, limit=50),
        "history --at": lambda: registry.production_at(NAME, then),
        "promote": promote,
        "rollback": rollback,
        "gc --dry-run": lambda: collect_garbage(
            registry, artifacts, grace=timedelta(0), dry_run=True
        ),
    }


async def medians(
    work: dict[str, Callable[[], Awaitable[object]]], n_calls: int
) -> dict[str, float]:
    """Return the median of each call in milliseconds, after one that is not counted."""
    found = {}
    for name, call in work.items():
        seconds = []
        for _ in range(n_calls + 1):
            started = time.perf_counter()
            await call()
            seconds.append(time.perf_counter() - started)
        found[name] = 1000 * statistics.median(seconds[1:])
    return found


async def measure(folder: Path, args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return revision → call → milliseconds."""
    async with EmbeddedServer(folder / "server") as url:
        engine = create_engine(ResolvedDatabase(url, embedded=True))
        migrator = Migrator(engine)
        await migrator.upgrade()
        artifacts = LocalArtifactStore(folder / "home")
        path = await artifacts.write("model_first", small_bundle().files)
        registry = PostgresModelRegistry(engine, MetricsGate(min_qwk_lower_bound=0.4), artifacts)
        await fill(engine, registry, path, args)
        found = {}
        for revision in dict.fromkeys([FIRST_MIGRATION, str(migrator.head())]):
            await migrator.downgrade(FIRST_MIGRATION, allow_loss=True)
            await migrator.upgrade(revision)
            await analyse(engine)
            found[revision] = await medians(await calls(registry, artifacts), args.calls)
        await engine.dispose()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--versions", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=15)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), args))
    table = Table(title=f"{args.versions} versions, {args.entries} entries: median, ms")
    table.add_column("call")
    for revision in found:
        table.add_column(f"migration {revision}", justify="right")
    for name in next(iter(found.values())):
        table.add_row(name, *(f"{column[name]:.1f}" for column in found.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
