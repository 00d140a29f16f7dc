"""What can go wrong with the version of our tables."""

from collections.abc import Mapping

from huleedu_ml_training.database.errors import DatabaseError
from huleedu_ml_training.domain.errors import ConflictError, NotFoundError


class MigrationsMissingError(DatabaseError):
    """The tables of this library are absent or of an older version."""

    code = "migrations-missing"

    @property
    def what(self) -> str:
        """Name the database."""
        return f"the tables of schema ml_training in {self.url} are not up to date"

    @property
    def remedy(self) -> str:
        """Name the command."""
        return "run: train-essay-grader db upgrade"


class SchemaTooNewError(DatabaseError):
    """The tables were migrated by a newer version of this library."""

    code = "schema-too-new"

    @property
    def what(self) -> str:
        """Name the database."""
        return f"the tables of schema ml_training in {self.url} are newer than this library"

    @property
    def remedy(self) -> str:
        """Say what to upgrade."""
        return "install the version of huleedu-ml-training that migrated them, or a newer one"


class UnknownRevisionError(NotFoundError):
    """A migration was named that does not exist."""

    code = "unknown-revision"

    def __init__(self, *, revision: str, reason: str) -> None:
        super().__init__()
        self.revision = revision
        self.reason = reason

    @property
    def what(self) -> str:
        """Name it."""
        return f"there is no way to revision {self.revision!r}"

    @property
    def why(self) -> str:
        """Repeat what Alembic said."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Name the command that lists them."""
        return "train-essay-grader db history lists all revisions; -1 goes one back, base to none"


class WouldLoseRowsError(ConflictError):
    """Migrations are to be undone whose tables hold rows; nothing was changed.

    Attributes:
        rows: Table → number of rows.
    """

    code = "would-lose-rows"

    def __init__(self, *, rows: Mapping[str, int]) -> None:
        super().__init__()
        self.rows = dict(rows)

    @property
    def what(self) -> str:
        """Name the tables and count the rows."""
        counts = ", ".join(f"{table} ({count})" for table, count in self.rows.items())
        return f"going back may drop tables that hold rows: {counts}"

    @property
    def remedy(self) -> str:
        """Say how to insist."""
        return "make a backup (pg_dump --schema=ml_training) and repeat the command with --yes"
