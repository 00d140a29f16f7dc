"""How quick the registry is when it has grown: 10,000 versions of one name, 100,000 ledger entries.

    python benchmarks/registry_scale.py                # an embedded server of its own, thrown away
    python benchmarks/registry_scale.py --versions 500 --entries 5000 --calls 5

Milliseconds, connection open and everything warm; the documents of a version are as large as those
of a real one. The built-in policy decides. All versions have one bundle, so that the comparison
with the version in production, which is made before anything is locked and takes as long as its
essays need, is made once and remembered: it is not in the figures. Ends with code 1 where a median
of list, show, history, promote or rollback is not under the bound.
"""

import argparse
import asyncio
import json
import statistics
import sys
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

from huleedu_ml_training.config import RegistrySettings
from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.gating.policy_file import policy_in_force
from huleedu_ml_training.registry.gating.policy_gate import PolicyGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.registry.records import EventAction, Stage
from huleedu_ml_training.testing.bundles import small_bundle, small_files

NAME = "essay-scorer"
BOUND_MS = 50.0
UNBOUNDED = ("gc --dry-run",)
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


def measured_bundle() -> Bundle:
    """Return a bundle with as many metrics as a trained one has."""
    files = small_files()
    document = json.loads(files["metrics.json"])
    document["values"] |= {f"metric_{i}": INTERVAL for i in range(40)}
    return small_bundle(files={**files, "metrics.json": json.dumps(document).encode()})


async def fill(
    engine: AsyncEngine, registry: PostgresModelRegistry, path: str, args: argparse.Namespace
) -> None:
    candidate = candidate_from_bundle(measured_bundle(), model_path=path)
    names = tuple(f"feature_{i}" for i in range(433))
    await registry.register(replace(candidate, feature_names=names), actor="benchmark")
    async with engine.begin() as connection:
        await connection.execute(text(FILL_MODELS).bindparams(versions=args.versions))
        last = args.entries // args.versions - 1
        await connection.execute(text(FILL_EVENTS).bindparams(last=last))


async def analyse(engine: AsyncEngine) -> None:
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    async with autocommit.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))


async def calls(
    registry: PostgresModelRegistry, artifacts: LocalArtifactStore, n_calls: int
) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return what is timed, by what it is called; each at most ``n_calls`` times and once more."""
    history = await registry.history(NAME)
    then = history[len(history) // 2].occurred_at
    entered = [e.version for e in history if e.action is EventAction.PROMOTED]
    deep = len(entered) // 2
    far = iter(entered[deep :: -max(1, deep // (n_calls + 2))])
    targets = cycle(await registry.list_models(stage=Stage.DEV, limit=40))
    shown = str(next(targets).id)

    async def promote() -> None:
        await registry.promote(
            str(next(targets).id), Stage.PRODUCTION, actor="b", reason="b", force=True
        )

    async def rollback() -> None:
        await registry.rollback(NAME, actor="b")

    async def rollback_to() -> None:
        # Hundreds of productions down each time, in a ledger that is filled as above.
        await registry.rollback(NAME, actor="b", to_version=next(far))

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
        "promote --dry-run": lambda: registry.plan_promotion(
            shown, Stage.PRODUCTION, reason="b", force=True
        ),
        "promote": promote,
        "rollback": rollback,
        "rollback --to": rollback_to,
        "gc --dry-run": lambda: collect_garbage(
            registry, artifacts, grace=timedelta(0), dry_run=True
        ),
    }


async def times_of(
    work: dict[str, Callable[[], Awaitable[object]]], n_calls: int
) -> dict[str, list[float]]:
    """Return the milliseconds of each call, after one that is not counted."""
    found = {}
    for name, call in work.items():
        milliseconds = []
        for _ in range(n_calls + 1):
            started = time.perf_counter()
            await call()
            milliseconds.append(1000 * (time.perf_counter() - started))
        found[name] = milliseconds[1:]
    return found


async def measure(folder: Path, args: argparse.Namespace) -> dict[str, list[float]]:
    """Return call → milliseconds."""
    async with EmbeddedServer(folder / "server") as url:
        engine = create_engine(ResolvedDatabase(url, embedded=True))
        await Migrator(engine).upgrade()
        artifacts = LocalArtifactStore(folder / "home")
        path = await artifacts.write("model_first", measured_bundle().files)
        registry = PostgresModelRegistry(
            engine, PolicyGate(policy_in_force(RegistrySettings())), artifacts
        )
        await fill(engine, registry, path, args)
        await analyse(engine)
        found = await times_of(await calls(registry, artifacts, args.calls), args.calls)
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
    table = Table(
        title=f"{args.versions} versions, {args.entries} entries, {args.calls} calls each"
    )
    for heading in ("call", "median, ms", "slowest, ms"):
        table.add_column(heading, justify="left" if heading == "call" else "right")
    slow = []
    for name, milliseconds in found.items():
        median = statistics.median(milliseconds)
        table.add_row(name, f"{median:.1f}", f"{max(milliseconds):.1f}")
        if median >= BOUND_MS and name not in UNBOUNDED:
            slow.append(name)
    Console().print(table)
    if slow:
        sys.exit(f"not under {BOUND_MS:.0f} ms at the median: {', '.join(slow)}")


if __name__ == "__main__":
    main()
