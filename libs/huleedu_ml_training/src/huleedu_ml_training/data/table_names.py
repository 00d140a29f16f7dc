"""Names of the host's tables: data, never SQL."""

from dataclasses import dataclass

from sqlalchemy import quoted_name


@dataclass(frozen=True, slots=True)
class TableName:
    """A table of the host.

    Attributes:
        name: Exactly as the database has it, upper and lower case included.
        schema: Likewise; None for the search path.
        setting: The setting that names it.
    """

    name: str
    schema: str | None
    setting: str

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The name as a statement must have it."""
        parts = [part for part in (self.schema, self.name) if part is not None]
        return ".".join(map(sql_identifier, parts))


def sql_identifier(name: str) -> str:
    """Return a name in double quotes, its own ones doubled."""
    return '"' + name.replace('"', '""') + '"'


def quoted(name: str) -> quoted_name:
    """Return a name that SQLAlchemy always quotes."""
    return quoted_name(name, quote=True)
