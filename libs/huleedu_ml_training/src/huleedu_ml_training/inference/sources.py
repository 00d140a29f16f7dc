"""Where a service gets its grader from."""

import os
from pathlib import Path
from typing import Protocol, runtime_checkable

from huleedu_ml_training.export.bundle import MANIFEST, Bundle, manifest_digest
from huleedu_ml_training.export.bundle_directory import read_bundle_directory, read_regular_files
from huleedu_ml_training.export.bundle_errors import MissingBundleFileError
from huleedu_ml_training.inference.errors import BundleReplacedError
from huleedu_ml_training.registry.changes import ChangeObserverProtocol


class BundleSourceProtocol(Protocol):
    """Says which bundle is to grade now, and gives it. Called by one thread at a time."""

    def current(self) -> str:
        """Return the identity of the bundle that is to grade; cheap, since it is asked often.

        Two answers are equal if and only if they mean the same bundle.

        Raises:
            HuleEduMLError: It cannot be told; what was loaded last goes on grading.
        """
        ...

    def load(self, identity: str) -> Bundle:
        """Return the verified bundle of an identity that :meth:`current` returned.

        Raises:
            HuleEduMLError: It is damaged, gone, or replaced meanwhile.
        """
        ...

    def close(self) -> None:
        """Release connections, if there are any."""
        ...


@runtime_checkable
class TellingSourceProtocol(BundleSourceProtocol, Protocol):
    """A source that also tells when :meth:`current` may have another answer."""

    def subscribe(self, observer: ChangeObserverProtocol) -> bool:
        """Tell an observer of changes until the source is closed.

        Returns:
            Whether it will; False where the source can tell nothing, or nothing can change.
        """
        ...


class DirectorySource:
    """The bundle that lies at a path; its identity is the digest of its manifest.

    Where versions change, the path is best a symbolic link, which is replaced in one step
    (``ln -sfn`` makes two of it; ``ln -s NEW tmp && mv -T tmp CURRENT`` does not). A directory
    whose files are exchanged one by one is refused for as long as they do not fit together.

    Args:
        path: A bundle's directory, or a link to one.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def current(self) -> str:
        """Return the digest of the manifest.

        Raises:
            BundleNotFoundError: There is no directory.
            BundleError: What lies there is no bundle.
            UnreadableBundleError: The operating system refused.
        """
        files = read_regular_files(self._path.resolve(), only=MANIFEST)
        if MANIFEST not in files:
            raise MissingBundleFileError(names=[MANIFEST])
        return manifest_digest(files[MANIFEST])

    def load(self, identity: str) -> Bundle:
        """Return the verified bundle.

        Raises:
            BundleReplacedError: Another one lies there by now.
            BundleNotFoundError: There is no directory.
            BundleError: What lies there is no sound bundle.
            UnreadableBundleError: The operating system refused.
        """
        # The link is followed once, so that all files are of one directory.
        bundle = read_bundle_directory(self._path.resolve())
        if bundle.digest != identity:
            raise BundleReplacedError(path=str(self._path))
        return bundle

    def close(self) -> None:
        """Do nothing: no file stays open."""
