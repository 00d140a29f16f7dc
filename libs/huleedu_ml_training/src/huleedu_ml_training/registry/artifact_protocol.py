"""Contract of keeping bundles."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class ArtifactStoreProtocol(Protocol):
    """Keeps bundles: named sets of small files that appear whole or not at all.

    Names match ``[a-z0-9][a-z0-9._-]{0,127}`` and file names are those that
    :func:`~huleedu_ml_training.export.bundle.size_limit` knows; both are checked, not cleaned.
    Safe for concurrent use by tasks, threads and processes.
    """

    async def write(self, name: str, files: Mapping[str, bytes]) -> str:
        """Store a bundle durably and return its path relative to the store's root.

        ``manifest.json`` is written last and the bundle becomes visible in one step.

        Raises:
            ArtifactExistsError: A bundle of that name is there already; it is left as it is.
            InvalidArtifactNameError: The name is not plain.
            UnknownBundleFileError: A file has a name that no bundle may contain.
            MissingBundleFileError: ``manifest.json`` is not among the files.
            InfrastructureError: The store cannot be written; nothing of the bundle is visible.
        """
        ...

    async def read(self, path: str) -> dict[str, bytes]:
        """Return all files of the bundle at a path that :meth:`write` returned.

        Raises:
            ArtifactNotFoundError: No bundle is there.
            InvalidArtifactNameError: It is no path of this store.
            BundleError: Something lies there that no bundle may contain.
            InfrastructureError: The store cannot be read.
        """
        ...

    async def list_paths(self) -> list[str]:
        """Return the paths of all bundles, ascending."""
        ...

    async def stored_at(self, path: str) -> datetime | None:
        """Return when the bundle at a path was put there (UTC), or None where none is.

        Raises:
            InvalidArtifactNameError: It is no path of this store.
            InfrastructureError: The store cannot be read.
        """
        ...

    async def delete(self, path: str) -> None:
        """Remove a bundle in one step; a bundle that is absent is not an error.

        Raises:
            InvalidArtifactNameError: It is no path of this store.
            InfrastructureError: The store cannot be written.
        """
        ...

    async def sweep(self, *, before: datetime, dry_run: bool = False) -> list[str]:
        """Remove what writers and removers left that were killed before they were done.

        A writer that is at work after all fails and leaves nothing: half a bundle never appears.

        Args:
            before: With a time zone; what was left later stays.
            dry_run: Whether to remove nothing.

        Returns:
            Names of what was removed, or would be, ascending.

        Raises:
            InfrastructureError: The store cannot be read or written.
        """
        ...
