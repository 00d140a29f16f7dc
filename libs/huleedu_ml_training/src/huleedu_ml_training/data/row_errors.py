"""Errors of the rows and columns of files with essays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huleedu_ml_training.data.errors import counted, listed
from huleedu_ml_training.data.records import RejectedRow
from huleedu_ml_training.domain.errors import InvalidDataError, UsageError


class InvalidMappingError(UsageError):
    """A ``--map`` does not say which column holds which field.

    Attributes:
        text: The argument.
        reason: What is wrong with it.
        fields: The fields there are.
    """

    code = "invalid-mapping"

    def __init__(self, *, text: str, reason: str, fields: Sequence[str]) -> None:
        super().__init__()
        self.text = text
        self.reason = reason
        self.fields = tuple(fields)

    @property
    def what(self) -> str:
        """Quote the argument."""
        return f"--map {self.text!r}: {self.reason}"

    @property
    def remedy(self) -> str:
        """Show the form."""
        return f"write --map FIELD=COLUMN; fields are {', '.join(self.fields)} and metadata.NAME"


class MissingColumnsError(InvalidDataError):
    """A file lacks columns that are needed.

    Attributes:
        path: The file.
        missing: Field → column that was looked for.
        columns: The columns of the file.
        hint: What the columns look like; empty where they look like nothing known.
    """

    code = "missing-columns"

    def __init__(
        self, *, path: Path, missing: dict[str, str], columns: Sequence[str], hint: str = ""
    ) -> None:
        super().__init__()
        self.path = path
        self.missing = dict(missing)
        self.columns = tuple(columns)
        self.hint = hint

    @property
    def what(self) -> str:
        """Name the missing columns."""
        names = ", ".join(repr(column) for column in self.missing.values())
        return f"{self.path} has no column {names}"

    @property
    def why(self) -> str:
        """List what there is."""
        return f"its columns are {listed([repr(name) for name in self.columns], most=30)}"

    @property
    def remedy(self) -> str:
        """Give the hint, or the option."""
        return self.hint or f"say where it is: --map {next(iter(self.missing))}=COLUMN"


class RejectedRowsError(InvalidDataError):
    """Rows of a file cannot be used, and the caller wants all or none.

    Attributes:
        path: The file.
        n_read: Rows in the file.
        rejected: The unusable rows.
        strict: Whether nothing was done because some rows are unusable; otherwise all are.
    """

    code = "rejected-rows"

    def __init__(
        self, *, path: Path, n_read: int, rejected: Sequence[RejectedRow], strict: bool
    ) -> None:
        super().__init__()
        self.path = path
        self.n_read = n_read
        self.rejected = tuple(rejected)
        self.strict = strict

    @property
    def what(self) -> str:
        """Count and show the first rows."""
        of = counted(self.n_read, "row")
        head = f"{len(self.rejected):,} of {of} of {self.path} cannot be used"
        lines = [f"\n  - {row}" for row in self.rejected[:5]]
        more = len(self.rejected) - len(lines)
        return head + "".join(lines) + (f"\n  - and {more:,} more" if more else "")

    @property
    def remedy(self) -> str:
        """Say what helps."""
        if self.strict:
            return "correct these rows; nothing was written"
        return "correct these rows, or name other columns with --map or another --scale"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of every error, and all rejected rows."""
        rows = [row.to_dict() for row in self.rejected]
        return {**super().to_dict(), "rows_read": self.n_read, "rejected": rows}
