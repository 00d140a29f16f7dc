"""What can go wrong with moving versions between registries."""

from pathlib import Path

from huleedu_ml_training.domain.errors import (
    ConflictError,
    InfrastructureError,
    InvalidDataError,
    NotFoundError,
)
from huleedu_ml_training.registry.records import ModelRecord

_EXPORT_AGAIN = "export it again where it came from, with: train-essay-grader registry export"


class InvalidExportError(InvalidDataError):
    """A file is no export, or not the one that was written.

    Attributes:
        problem: What is wrong with it.
        path: The file; None where the content alone was looked at.
    """

    code = "invalid-export"

    def __init__(self, *, problem: str, path: Path | None = None) -> None:
        super().__init__()
        self.problem = problem
        self.path = path

    @property
    def what(self) -> str:
        """Name the file."""
        return f"{self.path or 'the file'} is no sound export of a version"

    @property
    def why(self) -> str:
        """Name the defect."""
        return self.problem

    @property
    def remedy(self) -> str:
        """Say where a sound one comes from."""
        return _EXPORT_AGAIN


class UnsupportedExportVersionError(InvalidDataError):
    """An export is of a format that this release does not read."""

    code = "unsupported-export-version"

    def __init__(self, *, found: object, supported: int) -> None:
        super().__init__()
        self.found = found
        self.supported = supported

    @property
    def what(self) -> str:
        """Name both versions."""
        return (
            f"the export has format {str(self.found)[:20]!a}, this release reads {self.supported}"
        )

    @property
    def remedy(self) -> str:
        """Say which side to change."""
        return "use the same release of huleedu-ml-training on both sides"


class ExportDigestError(InvalidDataError):
    """An export is whole, but not the one that was expected."""

    code = "export-digest"

    def __init__(self, *, expected: str, actual: str) -> None:
        super().__init__()
        self.expected = expected
        self.actual = actual

    @property
    def what(self) -> str:
        """Name both digests."""
        return f"the export has digest {self.actual}, expected was {self.expected[:80]!a}"

    @property
    def remedy(self) -> str:
        """Say where the digest comes from."""
        return "ask for the digest that registry export printed; if it is this one, fetch it again"


class ExportNotFoundError(NotFoundError):
    """There is no file to import."""

    code = "export-not-found"

    def __init__(self, *, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the file."""
        return f"there is no file at {self.path}"

    @property
    def remedy(self) -> str:
        """Say how one is made."""
        return "write one with: train-essay-grader registry export MODEL --output FILE"


class UnreadableExportError(InfrastructureError):
    """The operating system refused to read an export."""

    code = "unreadable-export"

    def __init__(self, *, path: Path, cause: OSError) -> None:
        super().__init__()
        self.path = path
        self.cause = cause

    @property
    def what(self) -> str:
        """Name file and cause."""
        return f"cannot read {self.path}: {self.cause.strerror or self.cause}"

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        return "check that it is a file that you may read"


class ImportConflictError(ConflictError):
    """The name has that version already, and it is another model.

    Attributes:
        present: The version that is there.
        digest: Of the bundle that was to be imported.
    """

    code = "import-conflict"

    def __init__(self, *, present: ModelRecord, digest: str) -> None:
        super().__init__()
        self.present = present
        self.digest = digest

    @property
    def what(self) -> str:
        """Name the version."""
        return f"{self.present.model_name} {self.present.version} is another model here"

    @property
    def why(self) -> str:
        """Name both digests."""
        return f"its bundle has digest {self.present.digest}, that of the export {self.digest}"

    @property
    def remedy(self) -> str:
        """Offer another name, as versions are never replaced."""
        return (
            f"look at it with: train-essay-grader registry show {self.present.id}; versions are "
            "never replaced, so import under another name with --model-name"
        )
