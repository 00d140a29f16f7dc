"""Bringing the tables of schema ``ml_training`` up to date."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, inspect, select, table, text
from sqlalchemy.ext.asyncio import AsyncEngine

import huleedu_ml_training
from huleedu_ml_training.database.migration_errors import (
    MigrationsMissingError,
    SchemaTooNewError,
    UnknownRevisionError,
    WouldLoseRowsError,
)
from huleedu_ml_training.database.schema_name import SCHEMA
from huleedu_ml_training.database.translation import masked_url_of, translated_errors

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "alembic_version"
"""Lies in our own schema: the host may use Alembic itself, with its table in ``public``."""

_LOCK_KEY = int.from_bytes(b"huleedu", "big")


@dataclass(frozen=True, slots=True)
class Revision:
    """One migration.

    Attributes:
        id: Its identifier.
        follows: The one before it; None for the first.
        title: What it does, in a line.
        applied: Whether the database has it.
    """

    id: str
    follows: str | None
    title: str
    applied: bool


def lock_schema(connection: Connection) -> None:
    """Wait until no other migration runs on this database; the transaction's end unlocks."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


def prepare_schema(connection: Connection) -> None:
    """Create our schema if it is absent; needs no privilege where it is there."""
    known = connection.scalar(text("SELECT to_regnamespace(:name)"), {"name": SCHEMA})
    if known is None:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))


def script_location() -> Path:
    """Return the directory of the migrations: the wheel's, or a checkout's.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    package = Path(huleedu_ml_training.__file__).resolve().parent
    for candidate in (package / "migrations", package.parents[3] / "migrations"):
        if (candidate / "env.py").is_file():
            return candidate
    msg = f"no migrations beside {package}; install huleedu-ml-training again"
    raise FileNotFoundError(msg)


class Migrator:
    """Runs migrations on one database.

    A library's face of Alembic: it prints nothing and leaves logging as it is. Several processes
    may upgrade at once; one does the work and the others find it done. Each call is one
    transaction, so a failed migration leaves nothing behind. Alembic keeps what it is doing in a
    module, so one process migrates one database at a time.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare; nothing is connected.

        Args:
            engine: Of the database to migrate.
        """
        from alembic.script import ScriptDirectory  # noqa: PLC0415 - commands that never migrate

        self._engine = engine
        self._scripts = ScriptDirectory(str(script_location()))

    def head(self) -> str | None:
        """Return the newest migration that this library has."""
        return self._scripts.get_current_head()

    async def upgrade(self, revision: str = "head") -> None:
        """Apply the migrations up to a revision.

        Raises:
            UnknownRevisionError: There is no such revision.
            SchemaTooNewError: The database has one that this library does not know.
            InfrastructureError: The database cannot be reached or changed.
        """

        def apply(config: "Config", _: Connection) -> None:
            from alembic import command  # noqa: PLC0415 - see above

            command.upgrade(config, revision)

        await self._run(revision, apply)

    async def downgrade(self, revision: str, *, allow_loss: bool = False) -> None:
        """Undo the migrations down to a revision, ``base`` for all of them.

        Args:
            revision: Where to stop; ``-1`` is one back.
            allow_loss: Also when tables of ours hold rows.

        Raises:
            WouldLoseRowsError: They do, and ``allow_loss`` is not set; nothing was changed.
            UnknownRevisionError: There is no such revision.
            SchemaTooNewError: The database has one that this library does not know.
            InfrastructureError: The database cannot be reached or changed.
        """

        def undo(config: "Config", connection: Connection) -> None:
            from alembic import command  # noqa: PLC0415 - see above

            rows = {} if allow_loss else _count_rows(connection)
            if rows:
                raise WouldLoseRowsError(rows=rows)
            command.downgrade(config, revision)

        await self._run(revision, undo)

    async def current(self) -> str | None:
        """Return the revision of the database; None before the first migration."""
        versions = f"{SCHEMA}.{VERSION_TABLE}"
        with translated_errors(self._engine):
            async with self._engine.connect() as connection:
                known = await connection.scalar(
                    text("SELECT to_regclass(:name)"), {"name": versions}
                )
                if known is None:
                    return None
                version: str | None = await connection.scalar(
                    text(f"SELECT version_num FROM {versions}")  # noqa: S608 - constants
                )
        return version

    async def history(self) -> list[Revision]:
        """Return all migrations that this library has, oldest first."""
        current = await self.current()
        scripts = list(self._scripts.walk_revisions())[::-1]
        ids = [script.revision for script in scripts]
        n_applied = ids.index(current) + 1 if current in ids else 0
        return [
            Revision(script.revision, _single(script.down_revision), script.doc, index < n_applied)
            for index, script in enumerate(scripts)
        ]

    async def require_current(self) -> None:
        """Check that every migration is applied.

        Raises:
            MigrationsMissingError: One is not.
            SchemaTooNewError: The database has one that this library does not know.
        """
        current = await self.current()
        if current == self.head():
            return
        self._refuse_unknown(current)
        found = f"revision {current}" if current else "no migration"
        reason = f"found {found}, expected revision {self.head()}"
        raise MigrationsMissingError(url=masked_url_of(self._engine), reason=reason)

    async def _run(self, revision: str, action: Callable[["Config", Connection], None]) -> None:
        from alembic.config import Config  # noqa: PLC0415 - see above
        from alembic.util import CommandError  # noqa: PLC0415 - see above

        self._refuse_unknown(await self.current())

        def migrate(connection: Connection) -> None:
            lock_schema(connection)
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", self._scripts.dir.replace("%", "%%"))
            action(config, connection)

        with translated_errors(self._engine):
            async with self._engine.begin() as connection:
                try:
                    await connection.run_sync(migrate)
                except CommandError as error:
                    raise UnknownRevisionError(revision=revision, reason=str(error)) from None

    def _refuse_unknown(self, current: str | None) -> None:
        if current is not None and current not in self._known():
            reason = f"found revision {current}, this library knows up to {self.head()}"
            raise SchemaTooNewError(url=masked_url_of(self._engine), reason=reason)

    def _known(self) -> set[str]:
        return {script.revision for script in self._scripts.walk_revisions()}


def _count_rows(connection: Connection) -> dict[str, int]:
    """Return the tables of our schema that hold rows, with the numbers of them."""
    counts: dict[str, int] = {}
    for name in inspect(connection).get_table_names(schema=SCHEMA):
        if name != VERSION_TABLE:
            rows = select(func.count()).select_from(table(name, schema=SCHEMA))
            counts[name] = connection.scalar(rows) or 0
    return {name: count for name, count in counts.items() if count}


def _single(revision: str | tuple[str, ...] | list[str] | None) -> str | None:
    return revision if isinstance(revision, str) or revision is None else ", ".join(revision)
