"""What an import did, or would do."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from huleedu_ml_training.data.records import RejectedRow


class Fate(StrEnum):
    """What became of a row that was kept."""

    NEW = "new"
    UNCHANGED = "unchanged"
    UPDATED = "updated"


@dataclass(slots=True)
class ImportReport:
    """Rows read, kept and rejected.

    Attributes:
        source: The file or corpus that was read.
        scale: Name of the scale of the grades.
        dry_run: Whether nothing was written on purpose.
        fates: How many rows were kept, by what became of them.
        rejected: The rows that were not.
        unused_columns: Columns of the file that hold nothing that is stored.
    """

    source: str
    scale: str
    dry_run: bool = False
    fates: Counter[Fate] = field(default_factory=Counter)
    rejected: list[RejectedRow] = field(default_factory=list)
    unused_columns: tuple[str, ...] = ()

    @property
    def n_kept(self) -> int:
        """Rows whose essay is in the database, or would be."""
        return self.fates.total()

    @property
    def n_read(self) -> int:
        """All rows."""
        return self.n_kept + len(self.rejected)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON-ready document."""
        return {
            "source": self.source,
            "scale": self.scale,
            "dry_run": self.dry_run,
            "rows_read": self.n_read,
            "rows_kept": self.n_kept,
            **{f"rows_{fate}": self.fates[fate] for fate in Fate},
            "rows_rejected": len(self.rejected),
            "rejected": [row.to_dict() for row in self.rejected],
            "unused_columns": list(self.unused_columns),
        }
