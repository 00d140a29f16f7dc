"""The checks of ``doctor``."""

import os
import platform
import shutil
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_ml_training.cli.runtime import CommandContext
from huleedu_ml_training.domain.errors import HuleEduMLError

State = Literal["ok", "warning", "failed"]

_LEAST_FREE_BYTES = 2 * 1024**3
_PACKAGES = ("huleedu-ml-training", "huleedu-essay-features", "lightgbm", "onnxruntime", "numpy")


@dataclass(frozen=True, slots=True)
class Check:
    """Outcome of one check.

    Attributes:
        name: What was looked at.
        state: ``ok``, ``warning`` or ``failed``.
        found: What was found.
        remedy: What to do; empty where nothing is to be done.
    """

    name: str
    state: State
    found: str
    remedy: str = ""


async def run_checks(context: CommandContext) -> list[Check]:
    """Return the outcome of every check; a check that breaks is an outcome, not an error."""
    probes: list[tuple[str, Callable[[CommandContext], Awaitable[Check]]]] = [
        ("python", _python),
        ("packages", _packages),
        ("home", _home),
        ("artifacts", _artifacts),
        ("model files", _model_files),
        ("database", _database),
        ("migrations", _migrations),
        ("essays table", _essays_table),
    ]
    checks = []
    for name, probe in probes:
        try:
            checks.append(await probe(context))
        except HuleEduMLError as error:
            checks.append(Check(name, "failed", error.what, error.remedy))
    return checks


async def _python(_: CommandContext) -> Check:
    found = platform.python_version()
    if found.startswith("3.11."):
        return Check("python", "ok", found)
    return Check("python", "warning", found, "this release is tested on Python 3.11")


async def _packages(_: CommandContext) -> Check:
    found, missing = [], []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        return Check("packages", "failed", f"missing: {', '.join(missing)}", "install them again")
    return Check("packages", "ok", ", ".join(found))


async def _home(context: CommandContext) -> Check:
    home = context.settings.home
    existing = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        remedy = "set HULEEDU_ML_HOME to a directory you may write"
        return Check("home", "failed", f"{existing} is not writable", remedy)
    free = shutil.disk_usage(existing).free
    text = f"{home}, {free / 1024**3:.1f} GiB free"
    if free < _LEAST_FREE_BYTES:
        return Check("home", "warning", text, "free disk space: training needs about 2 GiB")
    return Check("home", "ok", text)


async def _artifacts(context: CommandContext) -> Check:
    from huleedu_ml_training.registry.artifacts.opening import check_artifact_store

    place, writable = await check_artifact_store(context.settings)
    if writable:
        return Check("artifacts", "ok", place)
    remedy = "grant writing to whoever trains or registers; services that grade need it not"
    return Check("artifacts", "warning", f"{place}, readable only", remedy)


async def _model_files(context: CommandContext) -> Check:
    from huleedu_ml_training.features.pipelines import open_pipeline

    pipeline = open_pipeline(context.settings.features.model_copy(update={"workers": 1}))
    pipeline.close()
    return Check(
        "model files", "ok", f"{len(pipeline.schema)} features, {pipeline.schema.digest[:12]}"
    )


async def _database(context: CommandContext) -> Check:
    from huleedu_ml_training.database.resolved import ResolvedDatabase
    from huleedu_ml_training.database.translation import translated_errors

    engine = await context.get(AsyncEngine)
    database = await context.get(ResolvedDatabase)
    with translated_errors(database):
        async with engine.connect() as connection:
            number = int(str(await connection.scalar(sa.text("SHOW server_version_num"))))
    place = "embedded" if database.embedded else database.masked_url
    found = f"PostgreSQL {number // 10000}.{number % 10000} ({place})"
    if number < 140000:
        return Check("database", "failed", found, "use PostgreSQL 14 or newer")
    return Check("database", "ok", found)


async def _migrations(context: CommandContext) -> Check:
    from huleedu_ml_training.database.migrations import Migrator

    migrator = await context.get(Migrator)
    current, head = await migrator.current(), migrator.head()
    if current == head:
        return Check("migrations", "ok", f"at {head}")
    found = f"at {current or 'nothing'}, newest is {head}"
    return Check("migrations", "failed", found, "train-essay-grader db upgrade")


async def _essays_table(context: CommandContext) -> Check:
    from huleedu_ml_training.data.protocols import DataLoaderProtocol
    from huleedu_ml_training.domain.dataset import EssaySelection

    loader = await context.get(DataLoaderProtocol)
    async with aclosing(loader.stream(EssaySelection(limit=1))) as stream:
        async for _ in stream:
            return Check("essays table", "ok", "readable")
    remedy = "train-essay-grader data import FILE, or: train-essay-grader data demo"
    return Check("essays table", "warning", "readable, no essays", remedy)
