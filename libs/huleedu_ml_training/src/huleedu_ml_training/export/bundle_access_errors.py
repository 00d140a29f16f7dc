"""Why a bundle's directory cannot be read."""

from collections.abc import Sequence
from pathlib import Path

from huleedu_ml_training.domain.errors import InfrastructureError, NotFoundError
from huleedu_ml_training.export.bundle_errors import BundleError

_SHOWN = 200


def shown_path(path: Path | str) -> str:
    """Return a path as a terminal and a log may show it: cut, and without control characters."""
    text = str(path)
    cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return cut if cut.isprintable() else ascii(cut)


class IrregularBundleEntryError(BundleError):
    """An entry of the directory is a link, a directory or a device instead of a file."""

    code = "irregular-bundle-entry"

    def __init__(self, *, path: Path, kind: str) -> None:
        super().__init__()
        self.path = path
        self.kind = kind

    @property
    def what(self) -> str:
        """Name the entry."""
        return f"{shown_path(self.path)} is a {self.kind}; a bundle holds regular files only"

    @property
    def remedy(self) -> str:
        """Say how to get files."""
        return "copy the bundle with links replaced by the files that they point at"


class BundleNotFoundError(NotFoundError):
    """No bundle lies where one was looked for."""

    code = "bundle-not-found"

    def __init__(self, *, path: str, looked_in: Sequence[Path] = ()) -> None:
        super().__init__()
        self.path = path
        self.looked_in = tuple(looked_in)

    @property
    def what(self) -> str:
        """Name the path."""
        return f"there is no bundle at {shown_path(self.path)}"

    @property
    def why(self) -> str:
        """List the places."""
        return f"looked for {', '.join(map(shown_path, self.looked_in))}" if self.looked_in else ""

    @property
    def remedy(self) -> str:
        """Say where paths come from."""
        return "train-essay-grader registry list shows the path of every registered version"


class UnreadableBundleError(InfrastructureError):
    """The operating system refused to read a bundle."""

    code = "unreadable-bundle"

    def __init__(self, *, path: Path, cause: OSError) -> None:
        super().__init__()
        self.path = path
        self.cause = cause

    @property
    def what(self) -> str:
        """Name path and cause."""
        reason = self.cause.strerror or type(self.cause).__name__
        return f"cannot read the bundle at {shown_path(self.path)}: {reason}"

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        return "check the permissions of the directory and of the files in it"
