"""Essays in the host's table in PostgreSQL, divided by ranges of ids."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from huleedu_essay_features import EssayInput
from huleedu_ml_training.config import EssaySource
from huleedu_ml_training.data.catalogue import read_columns
from huleedu_ml_training.data.essay_query import DEFAULT_LANGUAGE, essay_table_name
from huleedu_ml_training.data.table_names import sql_identifier
from huleedu_ml_training.data.translation import table_access
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.distributed.division import shard_size
from huleedu_ml_training.distributed.errors import NoEssaysError
from huleedu_ml_training.distributed.shards import Essay, Shard

_FIELDS = ("id", "text", "prompt_text", "language")


class DatabaseEssaySource:
    """Every essay of the host's table that has a text, graded or not; read with SELECT only.

    Shards are ranges of ids in the order that the id's own type has, so that an index on it, as of
    a primary key, leads to each of them.

    Args:
        database: Where the table is; every machine must be able to connect to it.
        essays: Names of table and columns.
    """

    def __init__(self, database: ResolvedDatabase, essays: EssaySource) -> None:
        self._database = database
        self._table = essay_table_name(essays)
        names = essays.columns.model_dump()
        self._columns = {field: names[field] for field in _FIELDS if names[field] is not None}

    async def divide(self, n_shards: int | None) -> tuple[Mapping[str, Any], tuple[Shard, ...]]:
        """Return the table's name, and ranges of ids; see the protocol.

        Raises:
            NoEssaysError: The table has none.
            InfrastructureError: The table cannot be read.
        """
        async with self._connection() as (connection, _):
            usable = f"FROM {self._from} WHERE {self._has_text}"
            n_essays = int(await connection.scalar(text(f"SELECT count(*) {usable}")) or 0)
            if not n_essays:
                raise NoEssaysError(source=f"the table {self._table}")
            key = self._sql("id")
            size = shard_size(n_essays, n_shards)
            numbered = f"SELECT {key} AS k, row_number() OVER (ORDER BY {key}) - 1 AS n {usable}"
            ends = await connection.execute(
                text(
                    f"SELECT CAST(k AS text) AS k, n FROM ({numbered}) AS numbered "  # noqa: S608
                    "WHERE n % :size = 0 OR n % :size = :size - 1 OR n = :last ORDER BY n"
                ),
                {"size": size, "last": n_essays - 1},
            )
            keys = {int(row.n): row.k for row in ends}
        shards: list[Shard] = []
        for start in range(0, n_essays, size):
            end = min(start + size, n_essays) - 1
            where = {"first": keys[start], "last": keys[end]}
            shards.append(Shard(len(shards), end - start + 1, where))
        return {"kind": "database", "table": str(self._table)}, tuple(shards)

    async def read(self, shard: Shard, batch_size: int) -> AsyncGenerator[list[Essay | None], None]:
        """Yield the essays of a shard in order of id; see the protocol.

        Raises:
            InfrastructureError: The table cannot be read.
        """
        async with self._connection() as (connection, id_type):
            key = self._sql("id")
            selected = ", ".join(f"CAST({self._sql(field)} AS text)" for field in _FIELDS)
            # Of types that the driver knows no text for, the database makes one itself.
            bounds = [f"CAST(CAST(:{end} AS text) AS {id_type})" for end in ("first", "last")]
            query = text(
                f"SELECT {selected} FROM {self._from} "  # noqa: S608 - quoted identifiers
                f"WHERE {self._has_text} AND {key} BETWEEN {bounds[0]} AND {bounds[1]} "
                f"ORDER BY {key}"
            )
            options = {"yield_per": batch_size}
            async with connection.stream(query, shard.where, execution_options=options) as result:
                async for rows in result.partitions():
                    yield [
                        Essay(row[0], EssayInput(row[1], row[2], row[3] or DEFAULT_LANGUAGE))
                        for row in rows
                    ]

    @property
    def _from(self) -> str:
        return f"{self._table.sql} AS essays"

    @property
    def _has_text(self) -> str:
        return f"{self._sql('id')} IS NOT NULL AND {self._sql('text')} IS NOT NULL"

    def _sql(self, field: str) -> str:
        name = self._columns.get(field)
        # With its table: ORDER BY takes a bare name for a column of the result, which is a text.
        return "NULL" if name is None else f"essays.{sql_identifier(name)}"

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[tuple[AsyncConnection, str], None]:
        """Give a connection in a read-only transaction, and the type of ids."""
        engine = create_engine(self._database)
        try:
            with table_access(engine, self._table, "SELECT"):
                async with engine.connect() as connection:
                    await connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                    columns = await read_columns(connection, self._table)
                    columns.require({f"essays.columns.{f}": c for f, c in self._columns.items()})
                    yield connection, columns.types[self._columns["id"]]
        finally:
            await engine.dispose()
