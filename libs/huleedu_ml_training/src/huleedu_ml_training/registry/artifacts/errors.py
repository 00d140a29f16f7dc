"""What can go wrong with keeping bundles."""

import errno
from pathlib import Path

from huleedu_ml_training.domain.errors import (
    ConflictError,
    InfrastructureError,
    NotFoundError,
    UsageError,
)


class InvalidArtifactNameError(UsageError):
    """A name or path is not one that the store makes."""

    code = "invalid-artifact-name"

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.name = name

    @property
    def what(self) -> str:
        """Show the name, harmless."""
        return f"{self.name[:120]!a} is no name of an artifact"

    @property
    def why(self) -> str:
        """State the rule."""
        return "names are made of a-z, 0-9, dot, dash and underscore, and begin with one of a-z 0-9"

    @property
    def remedy(self) -> str:
        """Say where paths come from."""
        return "use a path as shown by: train-essay-grader registry list"


class ArtifactExistsError(ConflictError):
    """Another bundle has that name already."""

    code = "artifact-exists"

    def __init__(self, *, path: str) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the path."""
        return f"another bundle lies at {self.path} already"

    @property
    def remedy(self) -> str:
        """Say that bundles are never replaced."""
        return "bundles are never overwritten; give the new one another version"


class ArtifactNotFoundError(NotFoundError):
    """No bundle lies at a path of the store."""

    code = "artifact-not-found"

    def __init__(self, *, path: str) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the path."""
        return f"the artifact store has no bundle at {self.path}"

    @property
    def remedy(self) -> str:
        """Say what to check."""
        return (
            "restore it from a backup, or check that home and registry.artifacts are as at training"
        )


class ArtifactStoreError(InfrastructureError):
    """The file system refused; nothing of the bundle is visible."""

    code = "artifact-store"

    def __init__(self, *, doing: str, path: Path, cause: OSError) -> None:
        super().__init__()
        self.doing = doing
        self.path = path
        self.cause = cause

    @property
    def what(self) -> str:
        """Name operation, path and cause."""
        return f"cannot {self.doing} {self.path}: {self.cause.strerror or self.cause}"

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        if self.cause.errno in {errno.ENOSPC, errno.EDQUOT}:
            return "free space on that disk, or set HULEEDU_ML_HOME to a larger one"
        return "check owner and permissions, or set HULEEDU_ML_HOME to a directory you may write"
