"""What a registry goes through without losing anything, counted.

    python benchmarks/registry_torture.py              # 32 processes, 60 seconds
    python benchmarks/registry_torture.py --processes 8 --seconds 10 --seed 3

First every change is killed with −9 at each of its steps, and its connection cut at each of its
requests; after each break the registry is examined, and what was told to the caller compared with
the ledger. Then many processes promote, demote, roll back and register against one name at once. An
observer looks at stages and ledger all the time, on a connection of its own. In the end an audit
compares what every process was told with the ledger, replays it, and checks every rollback against
it. Ends with code 1 where anything is wrong.

On an embedded server of its own that keeps every commit on disk, thrown away afterwards.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.database.url import with_database
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.testing.cuttable_proxy import Cut, CuttableProxy
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, Shelf
from huleedu_ml_training.testing.torture.attempts import DOCUMENTED, DONE
from huleedu_ml_training.testing.torture.breaking import cut_everywhere, kill_everywhere
from huleedu_ml_training.testing.torture.crew import Orders
from huleedu_ml_training.testing.torture.operations import OPERATIONS
from huleedu_ml_training.testing.torture.report import TortureReport, torture
from huleedu_ml_training.testing.torture.victims import VictimSource

SHOWN_FAULTS = 20


async def break_everywhere(url: str, home: Path, console: Console) -> None:
    """Break every change at every step, and print how often.

    Raises:
        AssertionError: The registry was not whole afterwards, or a caller was told a wrong thing.
    """
    artifacts, gate = LocalArtifactStore(home), MetricsGate(min_qwk_lower_bound=MIN_QWK)
    engine = create_engine(ResolvedDatabase(url, embedded=True))
    shelf = Shelf(PostgresModelRegistry(engine, gate, artifacts), artifacts)
    table = Table(title="broken at every step: all of it happened, or nothing")
    for heading in ("operation", "killed", "cut before", "cut after", "happened", "told as done"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    async with VictimSource() as victims, CuttableProxy(url) as proxy:
        far_engine = create_engine(ResolvedDatabase(proxy.url, embedded=True))
        far = PostgresModelRegistry(far_engine, gate, artifacts)
        for name in OPERATIONS:
            breaks = [
                await kill_everywhere(victims, shelf, name, url=url, home=home),
                await cut_everywhere(far, proxy, shelf, name, Cut.BEFORE, home=home),
                await cut_everywhere(far, proxy, shelf, name, Cut.AFTER, home=home),
            ]
            counted = [one for several in breaks for one in several if one.at]
            table.add_row(
                name,
                *(str(len(several) - 1) for several in breaks),
                str(sum(one.happened for one in counted)) if OPERATIONS[name].entries else "-",
                str(sum(one.told is True for one in counted)),
            )
        await far_engine.dispose()
    await engine.dispose()
    console.print(table)


async def measure(folder: Path, args: argparse.Namespace, console: Console) -> TortureReport:
    options = {"max_connections": str(args.processes + 20)}
    async with EmbeddedServer(folder / "server", options=options) as url:
        maintenance = create_engine(ResolvedDatabase(url, embedded=True))
        await Migrator(maintenance).upgrade()
        await break_everywhere(url, folder / "broken", console)
        async with maintenance.execution_options(isolation_level="AUTOCOMMIT").connect() as server:
            await server.execute(text("CREATE DATABASE torture"))
        await maintenance.dispose()
        torture_url = with_database(url, "torture")
        engine = create_engine(ResolvedDatabase(torture_url, embedded=True))
        await Migrator(engine).upgrade()
        home = folder / "home"
        home.mkdir()
        report = await torture(
            engine,
            Orders(
                url=torture_url,
                home=str(home),
                processes=args.processes,
                seconds=args.seconds,
                operations=sys.maxsize,
                seed=args.seed,
            ),
        )
        await engine.dispose()
    return report


def latencies(seconds: Sequence[float]) -> list[str]:
    """Return median, 95th and 99th percentile in milliseconds."""
    if len(seconds) < 2:
        return ["-"] * 3
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return [f"{1000 * cuts[percent - 1]:.0f}" for percent in (50, 95, 99)]


def show(report: TortureReport, console: Console) -> None:
    table = Table(title=f"{len(report.attempts)} calls in {report.seconds:.1f} s")
    table.add_column("operation")
    for heading in ("calls", "done", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    table.add_column("other outcomes")
    for operation in DOCUMENTED:
        own = [a for a in report.attempts if a.operation == operation]
        done = sum(a.outcome == DONE for a in own)
        others = ", ".join(
            f"{count} {outcome}"
            for (kind, outcome), count in sorted(report.outcomes.items())
            if kind == operation and outcome != DONE
        )
        times = latencies([a.seconds for a in own])
        table.add_row(operation, str(len(own)), str(done), *times, others)
    console.print(table)
    seen = report.seen
    console.print(f"calls per second: {len(report.attempts) / report.seconds:.0f}")
    console.print(f"versions: {report.versions}; entries of the ledger: {report.events}")
    console.print(
        f"observed {seen.looks} times: at most {seen.most_in_production} in production, at most "
        f"{seen.most_in_staging} in staging, {len(seen.productions)} versions seen in production, "
        f"{seen.disagreements} disagreements with the ledger"
    )
    undocumented = sum(not a.is_documented for a in report.attempts)
    console.print(f"deadlocks: {report.deadlocks}; undocumented outcomes: {undocumented}")
    console.print(f"faults found by the audit: {len(report.faults)}")
    for fault in report.faults[:SHOWN_FAULTS]:
        console.print(f"  {fault}", markup=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--processes", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(measure(Path(folder), args, console))
    show(report, console)
    sys.exit(1 if report.faults else 0)


if __name__ == "__main__":
    main()
