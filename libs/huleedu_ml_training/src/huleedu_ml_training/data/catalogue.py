"""What the database itself says of the host's tables, before they are read."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from huleedu_ml_training.data.column_errors import MissingTableColumnsError
from huleedu_ml_training.data.table_errors import MissingTableError, TablePermissionError
from huleedu_ml_training.data.table_names import TableName

_COLUMNS = text(
    """
    SELECT a.attname AS name,
           pg_catalog.format_type(a.atttypid, NULL) AS type,
           pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable,
           current_user AS role
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = pg_catalog.to_regclass(CAST(:relation AS text))
      AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
    """
).bindparams(bindparam("relation"))


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The columns of a table, by the database's account.

    Attributes:
        table: The table.
        types: Column → PostgreSQL's name of its type, in the table's order.
        unreadable: Columns that the role may not read.
        role: Name of the role.
    """

    table: TableName
    types: Mapping[str, str]
    unreadable: frozenset[str]
    role: str

    def require(self, wanted: Mapping[str, str]) -> None:
        """Make sure that columns can be read.

        Args:
            wanted: Setting → column.

        Raises:
            MissingTableColumnsError: One is not there; names all of them.
            TablePermissionError: One may not be read.
        """
        missing = {setting: name for setting, name in wanted.items() if name not in self.types}
        if missing:
            raise MissingTableColumnsError(
                table=str(self.table), missing=missing, columns=tuple(self.types)
            )
        if self.unreadable & set(wanted.values()):
            raise TablePermissionError(table=self.table, role=self.role, privileges=("SELECT",))


async def read_columns(connection: AsyncConnection, table: TableName) -> TableColumns:
    """Ask the database for the columns of a table or view.

    Raises:
        MissingTableError: There is no such table, or it is not on the search path.
        DBAPIError: The database fails, or its role may not use the schema.
    """
    rows = (await connection.execute(_COLUMNS, {"relation": table.sql})).all()
    if not rows:
        raise MissingTableError(table=str(table), setting=table.setting)
    return TableColumns(
        table=table,
        types={row.name: row.type for row in rows},
        unreadable=frozenset(row.name for row in rows if not row.readable),
        role=rows[0].role,
    )
