"""Errors of the host's tables: absent, forbidden, or changed by others."""

from collections.abc import Sequence

from huleedu_ml_training.data.table_names import TableName, sql_identifier
from huleedu_ml_training.domain.errors import (
    ConflictError,
    InfrastructureError,
    InvalidDataError,
)

RATINGS_TABLE = "essays.ratings.table"
"""The setting of a table that only the host can make."""


class MissingTableError(InfrastructureError):
    """The table of essays or of features is not in the database.

    Attributes:
        table: Its name, with the schema where one is set.
        setting: The setting that names it.
    """

    code = "missing-table"

    def __init__(self, *, table: str, setting: str) -> None:
        super().__init__()
        self.table = table
        self.setting = setting

    @property
    def what(self) -> str:
        """Name the table."""
        return f"the database has no table {self.table}"

    @property
    def why(self) -> str:
        """Name the setting."""
        return f"{self.setting} names it"

    @property
    def remedy(self) -> str:
        """Say how to name or to create it."""
        if self.setting == RATINGS_TABLE:
            return f"set {self.setting} to the host's table of ratings, or to null"
        return (
            f"set {self.setting} to the host's table, or create one with: "
            "train-essay-grader db create-host-tables"
        )


class TablePermissionError(InfrastructureError):
    """The database role may not read or write what it must.

    Attributes:
        table: The table.
        role: Name of the role.
        privileges: What it lacks, as ``GRANT`` calls it.
    """

    code = "table-permission"

    def __init__(self, *, table: TableName, role: str, privileges: Sequence[str]) -> None:
        super().__init__()
        self.table = table
        self.role = role
        self.privileges = tuple(privileges)

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements that would help, to be executed by the owner."""
        role = sql_identifier(self.role)
        grant = f"GRANT {', '.join(self.privileges)} ON {self.table.sql} TO {role}"
        if self.table.schema is None:
            return (grant,)
        return (f"GRANT USAGE ON SCHEMA {sql_identifier(self.table.schema)} TO {role}", grant)

    @property
    def what(self) -> str:
        """Name role and table."""
        return f"the role {self.role} lacks {' or '.join(self.privileges)} on {self.table}"

    @property
    def remedy(self) -> str:
        """Give the statements."""
        return f"let its owner run: {'; '.join(self.statements)};"


class TableAccessError(InfrastructureError):
    """The database failed while a table was read or written.

    Attributes:
        table: Name of the table.
        reason: What the database says.
    """

    code = "table-access"

    def __init__(self, *, table: str, reason: str) -> None:
        super().__init__()
        self.table = table
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the table and the reason."""
        return f"the table {self.table} could not be used: {self.reason}"

    @property
    def remedy(self) -> str:
        """Point at the check-up."""
        return "train-essay-grader doctor checks the database; run the command again"


class DuplicateEssayError(InvalidDataError):
    """An id occurs more than once where it must be unique.

    Attributes:
        essay_id: The id.
        table: Where it was read.
    """

    code = "duplicate-essay"

    def __init__(self, *, essay_id: str, table: str) -> None:
        super().__init__()
        self.essay_id = essay_id
        self.table = table

    @property
    def what(self) -> str:
        """Name the id."""
        return f"{self.table} has more than one row for the essay {self.essay_id!r}"

    @property
    def remedy(self) -> str:
        """Say what must be unique."""
        return (
            "choose a column of unique ids (essays.columns.id, essays.features.essay_id), "
            "or name a view with one row per essay"
        )


class ConcurrentWriteError(ConflictError):
    """Someone else wrote to a table during an import.

    Attributes:
        table: The table.
    """

    code = "concurrent-write"

    def __init__(self, *, table: str) -> None:
        super().__init__()
        self.table = table

    @property
    def what(self) -> str:
        """Name the table."""
        return f"an essay came into {self.table} from elsewhere while it was being imported"

    @property
    def why(self) -> str:
        """Say what became of the import."""
        return "the import was taken back as a whole"

    @property
    def remedy(self) -> str:
        """Say that it can be repeated."""
        return "run the import again"
