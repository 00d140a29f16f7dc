"""Errors of the files of a Parquet feature store."""

from pathlib import Path

from huleedu_ml_training.domain.errors import InfrastructureError


class DamagedFeatureFileError(InfrastructureError):
    """A file of the store is cut off, changed, or was never written by it.

    Attributes:
        path: The file.
        reason: What is wrong with it.
    """

    code = "damaged-feature-file"

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__()
        self.path = path
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the file."""
        return f"the feature store's file {self.path} cannot be used: {self.reason}"

    @property
    def why(self) -> str:
        """Say what the store itself rules out."""
        return "files get their names only when they are whole, and are never changed afterwards"

    @property
    def remedy(self) -> str:
        """Say that nothing is lost for good."""
        return "move the file away and run features extract: what it held is computed anew"


class ForeignFeatureFileError(InfrastructureError):
    """Something lies in the store's directory that the store did not put there.

    Attributes:
        path: The file or directory.
    """

    code = "foreign-feature-file"

    def __init__(self, *, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the file."""
        return f"{self.path} does not belong in a feature store"

    @property
    def why(self) -> str:
        """Say what belongs there."""
        return (
            "a store holds a directory per schema digest, and in each schema.json and "
            "part-*.parquet files"
        )

    @property
    def remedy(self) -> str:
        """Say what to do."""
        return "move it away, or name another directory in features.store_dir"
