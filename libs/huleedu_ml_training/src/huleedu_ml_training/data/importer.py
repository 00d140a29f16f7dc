"""Importing graded essays into the host's table: all good rows, once, in one transaction."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from huleedu_ml_training.config import EssaySource
from huleedu_ml_training.data.catalogue import read_columns
from huleedu_ml_training.data.errors import EmptyDatasetError
from huleedu_ml_training.data.essay_query import essay_table_name, mapped_columns
from huleedu_ml_training.data.essay_table import EssayTable
from huleedu_ml_training.data.import_report import Fate, ImportReport
from huleedu_ml_training.data.records import EssayRow, RejectedRow, records_of
from huleedu_ml_training.data.row_errors import RejectedRowsError
from huleedu_ml_training.data.table_errors import ConcurrentWriteError
from huleedu_ml_training.data.translation import table_access
from huleedu_ml_training.database.host_tables import TEXT_DIGEST
from huleedu_ml_training.domain.dataset import EssayDataset

if TYPE_CHECKING:  # reading files takes pyarrow, which those who never import need not load
    from huleedu_ml_training.data.files import EssayFile

ImportProgress = Callable[[int], None]
"""Called with the number of rows read so far."""

_UNIQUE_VIOLATION = "23505"
_IDENTITY = ("id", TEXT_DIGEST)
"""Fields that follow from others and tell no reader what differs."""


class EssayImporter:
    """Writes graded essays into the host's table.

    An essay is known by its id. One that is there already with the same content is left alone;
    with other content it is rejected, or replaced if the caller says so. What a row does not
    give (no prompt, no date …) does not count as other content and replaces nothing.

    Everything happens in one transaction: an error or Ctrl-C leaves the table as it was. Imports
    into one table wait for each other.

    Args:
        engine: Where the table is.
        source: Names of the table and its columns.
        batch_size: Rows written at a time.
    """

    def __init__(self, engine: AsyncEngine, source: EssaySource, *, batch_size: int = 500) -> None:
        self._engine = engine
        self._source = source
        self._batch_size = batch_size
        self._table = essay_table_name(source)

    async def import_file(
        self,
        file: "EssayFile",
        *,
        update: bool = False,
        strict: bool = False,
        dry_run: bool = False,
        progress: ImportProgress | None = None,
    ) -> ImportReport:
        """Import the essays of a file.

        Args:
            file: The file.
            update: Replace essays whose content differs.
            strict: Write nothing if any row is rejected.
            dry_run: Write nothing, but report what would be.
            progress: Told how many rows were read.

        Raises:
            RejectedRowsError: No row is good, or ``strict`` and a row is bad; nothing was written.
            EmptyDatasetError: The file has no row.
            MalformedFileError: The file is broken from some row on; nothing was written.
            InfrastructureError: The table is not there, not writable, or the database fails.
        """
        report = ImportReport(
            str(file.path), file.scale.name, dry_run, unused_columns=file.unused_columns
        )
        async with self._writing(dry_run=dry_run) as (connection, table):
            await self._import(connection, table, file, report, update=update, progress=progress)
            if report.rejected and (strict or not report.n_kept):
                raise RejectedRowsError(
                    path=file.path, n_read=report.n_read, rejected=report.rejected, strict=strict
                )
            if not report.n_kept:
                raise EmptyDatasetError(source=str(file.path), scale=file.scale)
        return report

    async def import_dataset(
        self,
        dataset: EssayDataset,
        *,
        name: str = "data set",
        update: bool = False,
        progress: ImportProgress | None = None,
    ) -> ImportReport:
        """Import a data set; its rows are numbered from 1.

        Args:
            dataset: The essays.
            name: What the report calls them.
            update: Replace essays whose content differs.
            progress: Told how many rows were read.

        Raises:
            InfrastructureError: The table is not there, not writable, or the database fails.
        """
        rows = (EssayRow(row, essay) for row, essay in enumerate(records_of(dataset), start=1))
        report = ImportReport(name, dataset.scale.name)
        async with self._writing(dry_run=False) as (connection, table):
            await self._import(connection, table, rows, report, update=update, progress=progress)
        return report

    @asynccontextmanager
    async def _writing(self, *, dry_run: bool) -> AsyncIterator[tuple[AsyncConnection, EssayTable]]:
        privileges = ("SELECT", "INSERT", "UPDATE")
        with table_access(self._engine, self._table, *privileges):
            async with self._engine.connect() as connection, connection.begin() as transaction:
                columns = await read_columns(connection, self._table)
                columns.require(mapped_columns(self._source.columns))
                # Two imports at once would both find an essay absent, and one would fail.
                key = func.hashtextextended(f"import into {self._table}", 0)
                await connection.execute(select(func.pg_advisory_xact_lock(key)))
                try:
                    yield connection, EssayTable(self._source, columns)
                except IntegrityError as error:
                    if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
                        raise
                    raise ConcurrentWriteError(table=str(self._table)) from error
                if dry_run:
                    await transaction.rollback()

    async def _import(
        self,
        connection: AsyncConnection,
        table: EssayTable,
        items: Iterable[EssayRow | RejectedRow],
        report: ImportReport,
        *,
        update: bool,
        progress: ImportProgress | None,
    ) -> None:
        iterator = iter(items)
        # Parsing in a thread leaves the event loop to its other tasks.
        while batch := await asyncio.to_thread(list, islice(iterator, self._batch_size)):
            essays = [item for item in batch if isinstance(item, EssayRow)]
            report.rejected += [item for item in batch if isinstance(item, RejectedRow)]
            await self._write(connection, table, essays, report, update=update)
            if progress is not None:
                progress(report.n_read)
        report.rejected.sort(key=lambda rejected: rejected.row)

    async def _write(
        self,
        connection: AsyncConnection,
        table: EssayTable,
        essays: Sequence[EssayRow],
        report: ImportReport,
        *,
        update: bool,
    ) -> None:
        stored = await table.stored(connection, [item.essay.essay_id for item in essays])
        new: list[dict[str, Any]] = []
        for item in essays:
            fields = table.fields(item.essay, report.scale)
            known = stored.get(item.essay.essay_id)
            if known is None:
                new.append(fields)
                report.fates[Fate.NEW] += 1
                continue
            given = {name: value for name, value in fields.items() if value not in (None, {}, [])}
            differing = [name for name, value in given.items() if known[name] != value]
            if not differing:
                report.fates[Fate.UNCHANGED] += 1
            elif update:
                await table.replace(connection, given)
                report.fates[Fate.UPDATED] += 1
            else:
                report.rejected.append(_conflict(item, differing))
        await table.add(connection, new)


def _conflict(item: EssayRow, differing: Sequence[str]) -> RejectedRow:
    names = " and ".join(name for name in differing if name not in _IDENTITY)
    reason = f"is stored with another {names}; --update would replace it"
    return RejectedRow(item.row, "id", repr(item.essay.essay_id), reason)
