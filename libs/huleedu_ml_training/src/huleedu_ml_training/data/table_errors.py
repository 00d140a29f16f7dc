"""Errors of the host's tables: absent, forbidden, or other than the settings say."""

from collections.abc import Sequence

from huleedu_ml_training.data.errors import listed
from huleedu_ml_training.domain.errors import (
    ConflictError,
    InfrastructureError,
    InvalidDataError,
    UsageError,
)


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
        return (
            f"set {self.setting} to the host's table, or create one with: "
            "train-essay-grader db create-host-tables"
        )


class MissingTableColumnsError(InfrastructureError):
    """A table lacks columns that the settings name.

    Attributes:
        table: Name of the table.
        missing: Setting → column that is not there.
        columns: The columns that are.
    """

    code = "missing-table-columns"

    def __init__(self, *, table: str, missing: dict[str, str], columns: Sequence[str]) -> None:
        super().__init__()
        self.table = table
        self.missing = dict(missing)
        self.columns = tuple(columns)

    @property
    def what(self) -> str:
        """Name the columns."""
        names = ", ".join(repr(name) for name in self.missing.values())
        return f"the table {self.table} has no column {names}"

    @property
    def why(self) -> str:
        """List what there is."""
        return f"its columns are {listed(self.columns, most=30)}"

    @property
    def remedy(self) -> str:
        """Name the settings."""
        settings = ", ".join(self.missing)
        return f"set {settings} to the right names; null says that the host has no such column"


class TablePermissionError(InfrastructureError):
    """The database role may not read or write what it must.

    Attributes:
        table: Name of the table.
        role: Name of the role.
        privileges: What it lacks, as ``GRANT`` calls it.
    """

    code = "table-permission"

    def __init__(self, *, table: str, role: str, privileges: Sequence[str]) -> None:
        super().__init__()
        self.table = table
        self.role = role
        self.privileges = tuple(privileges)

    @property
    def what(self) -> str:
        """Name role and table."""
        return f"the role {self.role} lacks {' and '.join(self.privileges)} on {self.table}"

    @property
    def remedy(self) -> str:
        """Give the statement."""
        schema = self.table.rpartition(".")[0]
        usage = f"GRANT USAGE ON SCHEMA {schema} TO {self.role}; " if schema else ""
        return (
            f"let its owner run: {usage}"
            f"GRANT {', '.join(self.privileges)} ON {self.table} TO {self.role};"
        )


class ColumnTypeError(InfrastructureError):
    """A column is of a type that cannot hold what the settings say it holds.

    Attributes:
        table: Name of the table.
        column: Name of the column.
        found: Its type.
        expected: Types that would do.
        setting: The setting that names it.
    """

    code = "column-type"

    def __init__(
        self, *, table: str, column: str, found: str, expected: Sequence[str], setting: str
    ) -> None:
        super().__init__()
        self.table = table
        self.column = column
        self.found = found
        self.expected = tuple(expected)
        self.setting = setting

    @property
    def what(self) -> str:
        """Name the column and its type."""
        return f"the column {self.column!r} of {self.table} is of type {self.found}"

    @property
    def why(self) -> str:
        """Name what would do."""
        return f"{self.setting} needs {' or '.join(self.expected)}"

    @property
    def remedy(self) -> str:
        """Name the setting."""
        layout = " and essays.features.layout" if "features" in self.setting else ""
        return f"correct {self.setting}{layout}"


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


class UnmappedColumnError(UsageError):
    """Essays are selected, or written, by a column that the host does not have.

    Attributes:
        purpose: What it is needed for.
        setting: The setting that is null.
    """

    code = "unmapped-column"

    def __init__(self, *, purpose: str, setting: str) -> None:
        super().__init__()
        self.purpose = purpose
        self.setting = setting

    @property
    def what(self) -> str:
        """Name purpose and setting."""
        return f"{self.purpose} needs a column, but {self.setting} is null"

    @property
    def remedy(self) -> str:
        """Name both ways."""
        return f"set {self.setting} to the host's column, or leave the option out"


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
