"""Bundles as objects of an S3 store."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from huleedu_ml_training.export.bundle_errors import BundleError, MissingBundleFileError
from huleedu_ml_training.export.manifest import FileEntry
from huleedu_ml_training.registry.artifacts.bucket import Bucket, Outcome
from huleedu_ml_training.registry.artifacts.commit_record import MAX_SIZE, CommitRecord, token_of
from huleedu_ml_training.registry.artifacts.errors import ArtifactExistsError, ArtifactNotFoundError
from huleedu_ml_training.registry.artifacts.names import (
    FOLDER,
    check_file_names,
    checked_name,
    is_name,
    name_in,
    path_of,
)
from huleedu_ml_training.registry.artifacts.s3_errors import (
    ObjectStoreError,
    ObjectStoreUnavailableError,
)
from huleedu_ml_training.registry.artifacts.s3_layout import commit_key, file_key, name_of_commit
from huleedu_ml_training.registry.artifacts.s3_sweeping import sweep

_T = TypeVar("_T")
_THREADS = 4
_ATTEMPTS = 3


class S3ArtifactStore:
    """Keeps the files of each bundle below ``models/.uploads``, and a record that shows them.

    A writer begins the upload of the record, sends the files into a folder that is named after
    this upload, and finishes the record last, on the condition that no other has its name. Until
    then nothing is visible, and two writers never share a folder. Who wants to remove what a
    killed writer left ends its upload first: the store then refuses to finish it, so that half a
    bundle never appears, however long a writer was asleep.

    Args:
        bucket: Where the objects lie.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def write(self, name: str, files: Mapping[str, bytes]) -> str:
        """Store a bundle durably and return its path, ``models/<name>``.

        Raises:
            ArtifactExistsError: A bundle of that name is there already; it is left as it is.
            InvalidArtifactNameError: The name is not plain.
            UnknownBundleFileError: A file has a name that no bundle may contain.
            MissingBundleFileError: ``manifest.json`` is not among the files.
            ObjectStoreError: The store refused; nothing of the bundle is visible.
        """
        checked_name(name)
        check_file_names(files)
        stop = threading.Event()
        try:
            return await asyncio.to_thread(self._write, name, files, stop)
        except asyncio.CancelledError:
            stop.set()  # else the thread, which nobody can end, would finish the bundle
            raise

    async def read(self, path: str) -> dict[str, bytes]:
        """Return all files of the bundle at a path, each with the digest that it was sent with.

        Raises:
            ArtifactNotFoundError: No bundle is there.
            InvalidArtifactNameError: It is no path of this store.
            BundleError: A file is missing or another, or no bundle may contain it.
            ObjectStoreError: The store cannot be read.
        """
        return await asyncio.to_thread(self._read, name_in(path))

    async def list_paths(self) -> list[str]:
        """Return the paths of all bundles, ascending.

        Raises:
            ObjectStoreError: The store cannot be read.
        """
        return await asyncio.to_thread(self._list_paths)

    async def stored_at(self, path: str) -> datetime | None:
        """Return when the writing of the bundle at a path began (UTC), or None where none is.

        Raises:
            InvalidArtifactNameError: It is no path of this store.
            ObjectStoreError: The store cannot be read.
        """
        key = commit_key(name_in(path))
        return await asyncio.to_thread(self._bucket.modified_at, key)

    async def delete(self, path: str) -> None:
        """Remove a bundle in one step; a bundle that is absent is not an error.

        Raises:
            InvalidArtifactNameError: It is no path of this store.
            ObjectStoreError: The store refused.
        """
        await asyncio.to_thread(self._delete, name_in(path))

    async def sweep(self, *, before: datetime, dry_run: bool = False) -> list[str]:
        """Remove what writers and removers left that were killed before they were done.

        Raises:
            ObjectStoreError: The store refused.
        """
        return await asyncio.to_thread(sweep, self._bucket, before, dry_run=dry_run)

    def _write(self, name: str, files: Mapping[str, bytes], stop: threading.Event) -> str:
        for _ in range(_ATTEMPTS):
            if stop.is_set():
                break
            # Asked first, so that what is there already need not be sent in vain.
            if self._bucket.modified_at(commit_key(name)) is not None:
                raise ArtifactExistsError(path=path_of(name))
            outcome = self._attempt(name, files, stop)
            if outcome is Outcome.MADE:
                return path_of(name)
            if outcome is Outcome.EXISTS:
                raise ArtifactExistsError(path=path_of(name))
        raise ObjectStoreUnavailableError(
            doing="write",
            place=self._bucket.where(commit_key(name)),
            problem="others kept writing or removing a bundle of this name",
        )

    def _attempt(self, name: str, files: Mapping[str, bytes], stop: threading.Event) -> Outcome:
        key = commit_key(name)
        upload = self._bucket.begin(key)
        record = CommitRecord(
            token_of(upload), {file: FileEntry.of(data) for file, data in files.items()}
        )

        def send(file: str) -> None:
            if not stop.is_set():
                self._bucket.put(file_key(name, record.token, file), files[file])

        try:
            _at_once(send, sorted(files))
            if stop.is_set():
                outcome = Outcome.CONFLICT
            else:
                outcome = self._bucket.finish_as_new(key, upload, record.to_bytes())
        except ObjectStoreError:
            # The store may have finished the record all the same, and only its answer was lost.
            if self._undo(name, upload, record):
                return Outcome.MADE
            raise
        # An attempt that was repeated meets its own record.
        made = outcome is not Outcome.MADE and self._undo(name, upload, record)
        return Outcome.MADE if made else outcome

    def _undo(self, name: str, upload: str, record: CommitRecord) -> bool:
        """Remove what an attempt sent, unless it succeeded after all; return whether it did."""
        with suppress(ObjectStoreError, BundleError):
            self._bucket.abandon(commit_key(name), upload)
            # From here on the store will not finish it: what it says now stays true.
            if self._record(name) == record:
                return True
            for file in record.files:
                self._bucket.delete(file_key(name, record.token, file))
        return False

    def _read(self, name: str) -> dict[str, bytes]:
        for _ in range(_ATTEMPTS):
            record = self._record(name)
            if record is None:
                break
            found = self._files(name, record)
            missing = sorted(record.files.keys() - found.keys())
            if not missing:
                return found
            # Unless the bundle was removed, or replaced, while it was being read.
            if self._record(name) == record:
                raise MissingBundleFileError(names=missing)
        raise ArtifactNotFoundError(path=path_of(name))

    def _files(self, name: str, record: CommitRecord) -> dict[str, bytes]:
        def fetch(file: str) -> tuple[str, bytes] | None:
            found = self._bucket.size_and_bytes(
                file_key(name, record.token, file), record.files[file].size
            )
            if found is None:
                return None
            record.check(file, *found)
            return file, found[1]

        return dict(filter(None, _at_once(fetch, sorted(record.files))))

    def _record(self, name: str) -> CommitRecord | None:
        found = self._bucket.size_and_bytes(commit_key(name), MAX_SIZE)
        return None if found is None else CommitRecord.parse(found[1], path=path_of(name))

    def _list_paths(self) -> list[str]:
        objects = self._bucket.objects(f"{FOLDER}/", nested=False)
        names = (name_of_commit(each.key) for each in objects)
        return sorted(path_of(name) for name in names if name is not None and is_name(name))

    def _delete(self, name: str) -> None:
        found = self._bucket.size_and_bytes(commit_key(name), MAX_SIZE)
        if found is None:
            return
        self._bucket.delete(commit_key(name))
        with suppress(BundleError):  # else its files are for sweeping
            record = CommitRecord.parse(found[1], path=path_of(name))
            for file in record.files:
                self._bucket.delete(file_key(name, record.token, file))


def _at_once(work: Callable[[str], _T], names: list[str]) -> list[_T]:
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, names))
