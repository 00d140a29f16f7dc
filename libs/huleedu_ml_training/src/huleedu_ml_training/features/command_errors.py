"""Errors of looking after stored features: what is missing, differs, or is not ours to extract."""

from collections.abc import Mapping, Sequence

from huleedu_ml_training.domain.errors import (
    ConflictError,
    InvalidDataError,
    NotFoundError,
    OperationInterruptedError,
    UsageError,
)

_SHOWN = 5


class FeaturesNotExtractedError(NotFoundError):
    """Essays have no stored features of the current schema.

    Attributes:
        n_missing: Number of those essays.
        n_essays: Number of essays asked about.
        schema_digest: Of the pipeline in use.
    """

    code = "features-not-extracted"

    def __init__(self, *, n_missing: int, n_essays: int, schema_digest: str) -> None:
        super().__init__()
        self.n_missing = n_missing
        self.n_essays = n_essays
        self.schema_digest = schema_digest

    @property
    def what(self) -> str:
        """Count the essays."""
        return (
            f"{self.n_missing:,} of {self.n_essays:,} essays have no stored features of the "
            f"schema {self.schema_digest[:12]}"
        )

    @property
    def why(self) -> str:
        """Say what the schema depends on."""
        return "features of another pipeline or version are other features"

    @property
    def remedy(self) -> str:
        """Give the command."""
        return "train-essay-grader features extract, with the same essays and settings"


class StoredFeaturesDifferError(InvalidDataError):
    """Stored features are not what the pipeline computes.

    Attributes:
        differences: Id of each such essay → its columns that differ.
        n_checked: Number of essays that were computed anew.
    """

    code = "stored-features-differ"

    def __init__(self, *, differences: Mapping[str, Sequence[str]], n_checked: int) -> None:
        super().__init__()
        self.differences = {essay: tuple(names) for essay, names in differences.items()}
        self.n_checked = n_checked

    @property
    def what(self) -> str:
        """Name the first essays and columns."""
        essays = [
            f"{essay!r} ({_some(names)})"
            for essay, names in list(self.differences.items())[:_SHOWN]
        ]
        more = len(self.differences) - len(essays)
        rest = f"; and {more:,} more" if more else ""
        return (
            f"stored features differ from computed ones for {len(self.differences):,} of "
            f"{self.n_checked:,} essays: {'; '.join(essays)}{rest}"
        )

    @property
    def why(self) -> str:
        """Tell harmless from harmful."""
        return (
            "they were changed, or computed by a processor of another kind, on which the last "
            "bits of an embedding may differ"
        )

    @property
    def remedy(self) -> str:
        """Say how to compute them anew."""
        return (
            "if engineered features differ, delete what is stored under this schema and extract "
            "again; if only embeddings do, extract on machines of one kind"
        )

    def to_dict(self) -> dict[str, object]:
        """Return the fields of every error, and all essays with their columns."""
        return {
            **super().to_dict(),
            "differences": {essay: list(names) for essay, names in self.differences.items()},
        }


class HostKeepsFeaturesError(UsageError):
    """The host's own feature vectors are in use, so that there is nothing to extract.

    Attributes:
        table: The host's table.
    """

    code = "host-keeps-features"

    def __init__(self, *, table: str) -> None:
        super().__init__()
        self.table = table

    @property
    def what(self) -> str:
        """Name the table."""
        return f"features come from the host's table {self.table}; none are extracted"

    @property
    def remedy(self) -> str:
        """Name the setting."""
        return "to extract features all the same, pass --set essays.features.table=null"


class ExtractionInterruptedError(OperationInterruptedError):
    """An extraction was stopped.

    Attributes:
        n_done: Essays that had features when it was told to stop.
        n_essays: All essays.
    """

    code = "extraction-interrupted"

    def __init__(self, *, n_done: int, n_essays: int) -> None:
        super().__init__()
        self.n_done = n_done
        self.n_essays = n_essays

    @property
    def what(self) -> str:
        """Say how far it was."""
        return f"the extraction was stopped at {self.n_done:,} of {self.n_essays:,} essays"

    @property
    def why(self) -> str:
        """Say what is kept."""
        return "what was stored, batch by batch, is kept"

    @property
    def remedy(self) -> str:
        """Say how to go on."""
        return "run the same command again: it goes on where it stopped"


class FeatureNameTakenError(ConflictError):
    """A feature is called like a column that the exported table has anyway.

    Attributes:
        names: Those names.
    """

    code = "feature-name-taken"

    def __init__(self, *, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)

    @property
    def what(self) -> str:
        """Name the features."""
        return f"features are called like columns of the exported table: {_some(self.names)}"

    @property
    def remedy(self) -> str:
        """Say who can change it."""
        return "give them other names in the pipeline of features.pipeline"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
