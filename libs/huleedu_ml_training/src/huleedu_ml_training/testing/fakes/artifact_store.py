"""Bundles in memory."""

from collections.abc import Mapping
from datetime import UTC, datetime

from huleedu_ml_training.registry.artifacts.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
)
from huleedu_ml_training.registry.artifacts.names import (
    check_file_names,
    checked_name,
    name_in,
    path_of,
)


class InMemoryArtifactStore:
    """Keeps bundles for as long as it lives.

    Attributes:
        bundles: Path → files; tests may damage a bundle here.
    """

    def __init__(self) -> None:
        self.bundles: dict[str, dict[str, bytes]] = {}
        self._stored_at: dict[str, datetime] = {}

    async def write(self, name: str, files: Mapping[str, bytes]) -> str:
        """Keep a copy of the files as ``models/<name>``."""
        check_file_names(files)
        path = path_of(checked_name(name))
        if path in self.bundles:
            raise ArtifactExistsError(path=path)
        self.bundles[path] = dict(files)
        self._stored_at[path] = datetime.now(UTC)
        return path

    async def read(self, path: str) -> dict[str, bytes]:
        """Return a copy of the files."""
        name_in(path)
        if path not in self.bundles:
            raise ArtifactNotFoundError(path=path)
        return dict(self.bundles[path])

    async def list_paths(self) -> list[str]:
        """Return all paths, ascending."""
        return sorted(self.bundles)

    async def stored_at(self, path: str) -> datetime | None:
        """Return when a bundle was written."""
        name_in(path)
        return self._stored_at[path] if path in self.bundles else None

    async def sweep(self, *, before: datetime, dry_run: bool = False) -> list[str]:
        """Return nothing: a writer in memory cannot be killed half-way."""
        del before, dry_run
        return []

    async def delete(self, path: str) -> None:
        """Forget a bundle."""
        name_in(path)
        self.bundles.pop(path, None)
