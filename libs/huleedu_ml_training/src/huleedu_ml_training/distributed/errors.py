"""Errors of extracting features on several machines."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from huleedu_ml_training.domain.errors import (
    ConflictError,
    InfrastructureError,
    InvalidDataError,
    UsageError,
)


class RayNotInstalledError(UsageError):
    """Ray is an extra of the package and is not installed."""

    code = "ray-not-installed"

    @property
    def what(self) -> str:
        """Name what is missing."""
        return "Ray is not installed"

    @property
    def why(self) -> str:
        """Say why it is not."""
        return "it is optional, so that those who do not use it need not download it"

    @property
    def remedy(self) -> str:
        """Give the command, and the other way out."""
        return (
            'install it with pip install "huleedu-ml-training[distributed]"; on one machine '
            "the other commands extract features without it"
        )


class RayUnavailableError(InfrastructureError):
    """Ray could not be started, or its cluster not be joined.

    Attributes:
        address: The cluster's address; None for one that was to start here.
        reason: What Ray says.
    """

    code = "ray-unavailable"

    def __init__(self, *, address: str | None, reason: str) -> None:
        super().__init__()
        self.address = address
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the cluster."""
        if self.address is None:
            return "Ray could not be started on this machine"
        return f"there is no Ray cluster at {self.address}"

    @property
    def why(self) -> str:
        """Give Ray's reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        if self.address is None:
            return "see that there is room in /tmp and in memory"
        return "see ray status there, and that both sides have one version of Ray and of Python"


class OtherJobError(ConflictError):
    """A directory holds shards of another job.

    Attributes:
        directory: The directory.
        differences: What differs.
    """

    code = "other-job"

    def __init__(self, *, directory: Path, differences: Sequence[str]) -> None:
        super().__init__()
        self.directory = directory
        self.differences = tuple(differences)

    @property
    def what(self) -> str:
        """Name the directory."""
        return f"{self.directory} holds the features of another job"

    @property
    def why(self) -> str:
        """List what differs."""
        return "; ".join(self.differences)

    @property
    def remedy(self) -> str:
        """Say how to go on either way."""
        return "name another directory, or run with the essays and settings of that job to end it"


class UnreadableJobError(InvalidDataError):
    """A job's own documents cannot be read.

    Attributes:
        path: The file.
        reason: What is wrong with it.
    """

    code = "unreadable-job"

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__()
        self.path = path
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the file."""
        return f"{self.path} cannot be used: {self.reason}"

    @property
    def remedy(self) -> str:
        """Say how to start over."""
        return "extract into another directory"


class EssayFileColumnsError(InvalidDataError):
    """A Parquet file of essays lacks a column, or has one of a type that holds no text.

    Attributes:
        path: The file.
        missing: What is missing.
        columns: What is there.
    """

    code = "essay-file-columns"

    def __init__(self, *, path: Path, missing: Sequence[str], columns: Sequence[str]) -> None:
        super().__init__()
        self.path = path
        self.missing = tuple(missing)
        self.columns = tuple(columns)

    @property
    def what(self) -> str:
        """Name file and columns."""
        return f"{self.path} has no column {', '.join(self.missing)}"

    @property
    def why(self) -> str:
        """List the columns."""
        return f"its columns are {', '.join(self.columns)}"

    @property
    def remedy(self) -> str:
        """Say what is expected."""
        return "name the columns id and text, and optionally prompt_text and language"


class NoEssaysError(InvalidDataError):
    """There is nothing to extract features of.

    Attributes:
        source: Where essays were looked for.
    """

    code = "no-essays"

    def __init__(self, *, source: str) -> None:
        super().__init__()
        self.source = source

    @property
    def what(self) -> str:
        """Name the source."""
        return f"there is no essay in {self.source}"

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        return "check the path, or the setting essays.table; an essay has an id and a text"


class WorkerPipelineError(InfrastructureError):
    """A worker cannot extract at all.

    Attributes:
        reason: What it says.
    """

    code = "worker-pipeline"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what failed."""
        return "a worker of the Ray cluster cannot make the feature pipeline"

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say what machines must have in common."""
        return "install the same packages, in the same versions, on every machine of the cluster"


class ShardsFailedError(InfrastructureError):
    """Some shards could not be done; the others are.

    Attributes:
        failures: Shard → reason.
        n_shards: Shards of the job.
    """

    code = "shards-failed"

    def __init__(self, *, failures: Mapping[int, str], n_shards: int) -> None:
        super().__init__()
        self.failures = dict(failures)
        self.n_shards = n_shards

    @property
    def what(self) -> str:
        """Count them and name the first."""
        first = min(self.failures)
        return (
            f"{len(self.failures)} of {self.n_shards} shards could not be done, "
            f"the first of them is {first}"
        )

    @property
    def why(self) -> str:
        """Give the first reason."""
        return self.failures[min(self.failures)]

    @property
    def remedy(self) -> str:
        """Say that nothing is lost."""
        return "mend the cause and run the same command again: it does what is left"
