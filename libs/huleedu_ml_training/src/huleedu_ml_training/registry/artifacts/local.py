"""Bundles as directories of the local file system."""

import asyncio
import errno
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from huleedu_ml_training.data.durable_files import sync_directory, write_new_file
from huleedu_ml_training.export.bundle import MANIFEST
from huleedu_ml_training.export.bundle_access_errors import (
    BundleNotFoundError,
    IrregularBundleEntryError,
    UnreadableBundleError,
)
from huleedu_ml_training.export.bundle_directory import read_regular_files
from huleedu_ml_training.registry.artifacts.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
    ArtifactStoreError,
)
from huleedu_ml_training.registry.artifacts.names import (
    FOLDER,
    check_file_names,
    checked_name,
    is_name,
    name_in,
    path_of,
)

_TEMPORARY = ".tmp-"
_SWEPT = "swept"
_TEMPORARY_LIFETIME = timedelta(days=1)
_TAKEN = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}


class LocalArtifactStore:
    """Keeps each bundle in a directory of its own below ``root/models``.

    A bundle is written under a temporary name beside its place, synced to disk with its manifest
    last, and renamed into place; so a reader, or a machine that loses power, sees all of it or
    nothing. Directories get mode 0700 and files 0600. What a killed writer left is invisible to
    every method, and the next writer removes it a day later.

    Args:
        root: Directory that paths are relative to; made when the first bundle is written.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / FOLDER

    async def write(self, name: str, files: Mapping[str, bytes]) -> str:
        """Store a bundle durably and return its path, ``models/<name>``.

        Raises:
            ArtifactExistsError: A bundle of that name is there already; it is left as it is.
            InvalidArtifactNameError: The name is not plain.
            UnknownBundleFileError: A file has a name that no bundle may contain.
            MissingBundleFileError: ``manifest.json`` is not among the files.
            ArtifactStoreError: The file system refused; nothing of the bundle is visible.
        """
        checked_name(name)
        check_file_names(files)
        return await asyncio.to_thread(self._write, name, files)

    async def read(self, path: str) -> dict[str, bytes]:
        """Return all files of the bundle at a path that :meth:`write` returned.

        Raises:
            ArtifactNotFoundError: No bundle is there.
            InvalidArtifactNameError: It is no path of this store.
            BundleError: The directory holds something that no bundle may contain.
            UnreadableBundleError: The file system refused.
        """
        place = self._place(path)
        return await asyncio.to_thread(_read, path, place)

    async def list_paths(self) -> list[str]:
        """Return the paths of all bundles, ascending.

        Raises:
            ArtifactStoreError: The file system refused.
        """
        return await asyncio.to_thread(self._list_paths)

    async def stored_at(self, path: str) -> datetime | None:
        """Return when the bundle at a path was put there (UTC), or None where none is.

        A bundle that was restored from a backup counts from the restoration, whatever times the
        backup gave its files.

        Raises:
            InvalidArtifactNameError: It is no path of this store.
            ArtifactStoreError: The file system refused.
        """
        place = self._place(path)
        return await asyncio.to_thread(_stored_at, place)

    async def sweep(self, *, before: datetime, dry_run: bool = False) -> list[str]:
        """Remove what writers and removers left that were killed before they were done.

        Raises:
            ArtifactStoreError: The file system refused.
        """
        return await asyncio.to_thread(self._sweep, before, dry_run=dry_run)

    async def delete(self, path: str) -> None:
        """Remove a bundle in one step; a bundle that is absent is not an error.

        Raises:
            InvalidArtifactNameError: It is no path of this store.
            ArtifactStoreError: The file system refused.
        """
        place = self._place(path)
        await asyncio.to_thread(self._delete, place)

    def _place(self, path: str) -> Path:
        return self._folder / name_in(path)

    def _temporary(self, name: str) -> Path:
        return self._folder / f"{_TEMPORARY}{name}-{secrets.token_hex(8)}"

    def _write(self, name: str, files: Mapping[str, bytes]) -> str:
        place, temporary = self._folder / name, self._temporary(name)
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.mkdir(exist_ok=True, mode=0o700)
            self._sweep(datetime.now(UTC) - _TEMPORARY_LIFETIME)
            temporary.mkdir(mode=0o700)
            try:
                for file in sorted(files, key=lambda file: (file == MANIFEST, file)):
                    write_new_file(temporary / file, files[file])
                sync_directory(temporary)
                self._publish(temporary, place)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        except OSError as error:
            raise ArtifactStoreError(doing="write", path=place, cause=error) from error
        return path_of(name)

    def _publish(self, temporary: Path, place: Path) -> None:
        try:
            # A directory can be renamed over an empty one only, and no bundle is empty.
            temporary.rename(place)
        except OSError as error:
            if error.errno in _TAKEN:
                raise ArtifactExistsError(path=path_of(place.name)) from None
            raise
        try:
            sync_directory(self._folder)
        except OSError:
            shutil.rmtree(place, ignore_errors=True)
            raise

    def _list_paths(self) -> list[str]:
        try:
            return sorted(path_of(place.name) for place in self._entries() if _is_bundle(place))
        except OSError as error:
            raise ArtifactStoreError(doing="list", path=self._folder, cause=error) from error

    def _entries(self) -> Iterator[Path]:
        with suppress(FileNotFoundError):
            yield from self._folder.iterdir()

    def _delete(self, place: Path) -> None:
        grave = self._temporary(place.name)
        try:
            with suppress(FileNotFoundError):
                place.rename(grave)
                sync_directory(self._folder)
                shutil.rmtree(grave)
        except OSError as error:
            raise ArtifactStoreError(doing="remove", path=place, cause=error) from error

    def _sweep(self, before: datetime, *, dry_run: bool = False) -> list[str]:
        try:
            left = sorted(
                place.name
                for place in self._entries()
                if place.name.startswith(_TEMPORARY) and _is_older(place, before)
            )
            for name in [] if dry_run else left:
                # Under another name nobody can rename it into place while it is being removed.
                grave = self._temporary(_SWEPT)
                with suppress(FileNotFoundError):
                    (self._folder / name).rename(grave)
                    shutil.rmtree(grave, ignore_errors=True)
        except OSError as error:
            raise ArtifactStoreError(doing="sweep", path=self._folder, cause=error) from error
        return left


def _is_bundle(place: Path) -> bool:
    try:
        is_directory = stat.S_ISDIR(place.lstat().st_mode)
    except FileNotFoundError:
        # Somebody removed it since it was listed.
        return False
    return is_name(place.name) and is_directory and (place / MANIFEST).is_file()


def _stored_at(place: Path) -> datetime | None:
    try:
        if not _is_bundle(place):
            return None
        # A backup gives back the time of modification; that of the entry itself nobody can set.
        status = place.lstat()
        return datetime.fromtimestamp(max(status.st_mtime, status.st_ctime), UTC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArtifactStoreError(doing="read", path=place, cause=error) from error


def _is_older(place: Path, moment: datetime) -> bool:
    try:
        return place.lstat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def _read(path: str, place: Path) -> dict[str, bytes]:
    try:
        if place.is_symlink():
            raise IrregularBundleEntryError(path=place, kind="link")
        files = read_regular_files(place)
    except BundleNotFoundError:
        raise ArtifactNotFoundError(path=path) from None
    except OSError as error:
        raise UnreadableBundleError(path=place, cause=error) from error
    if not files:
        raise ArtifactNotFoundError(path=path)
    return files
