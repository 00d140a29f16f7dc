"""Errors of the columns of the host's tables: absent, unset, or of another type."""

from collections.abc import Sequence

from huleedu_ml_training.data.errors import listed
from huleedu_ml_training.domain.errors import InfrastructureError, UsageError


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
