"""Clearing an S3 store of what killed writers and removers left."""

from collections import defaultdict
from datetime import datetime

from huleedu_ml_training.export.bundle_errors import BundleError
from huleedu_ml_training.registry.artifacts.bucket import Bucket, StoredObject, Upload
from huleedu_ml_training.registry.artifacts.commit_record import MAX_SIZE, CommitRecord, token_of
from huleedu_ml_training.registry.artifacts.names import FOLDER, path_of
from huleedu_ml_training.registry.artifacts.s3_layout import (
    UPLOADS,
    commit_key,
    leftover,
    name_and_token,
    name_of_commit,
)

_Folder = tuple[str, str]
"""Name of a bundle, and the folder of one upload of it."""


def sweep(bucket: Bucket, before: datetime, *, dry_run: bool) -> list[str]:
    """Remove uploads that were begun before a moment and never finished, with all their files.

    The order keeps a writer safe that is at work after all. Files are listed first, then the
    uploads of records, then the records: an upload that is missing from the second list was ended,
    which is for ever, or finished, and then its record is there. Uploads that are too old are ended
    before their files are touched.

    Returns:
        What was removed, or would be, ascending.

    Raises:
        ObjectStoreError: The store refused.
    """
    folders = _folders(bucket)
    records, parts = _uploads(bucket, {name for name, _ in folders})
    old = {folder: upload for folder, upload in records.items() if upload.begun_at < before}
    if not dry_run:
        for upload in old.values():
            bucket.abandon(upload.key, upload.id)
    at_work = records.keys() - old.keys()
    candidates = {
        folder
        for folder, objects in folders.items()
        if max(each.modified_at for each in objects) < before
    }
    candidates |= old.keys() | {
        folder for folder, upload in parts if upload.begun_at < before and folder not in folders
    }
    dead = sorted(folder for folder in candidates - at_work if not _is_shown(bucket, folder))
    for folder in [] if dry_run else dead:
        for part_folder, upload in parts:
            if part_folder == folder:
                bucket.abandon(upload.key, upload.id)
        for each in folders.get(folder, ()):
            bucket.delete(each.key)
    return [leftover(*folder) for folder in dead]


def _folders(bucket: Bucket) -> dict[_Folder, list[StoredObject]]:
    found: dict[_Folder, list[StoredObject]] = defaultdict(list)
    for each in bucket.objects(UPLOADS):
        folder = name_and_token(each.key)
        if folder is not None:
            found[folder].append(each)
    return found


def _uploads(
    bucket: Bucket, names: set[str]
) -> tuple[dict[_Folder, Upload], list[tuple[_Folder, Upload]]]:
    """Return the unfinished uploads of records, and those of large files."""
    everything = bucket.unfinished(f"{FOLDER}/")
    for name in sorted(names):
        # Some stores list an upload only to those who ask for its very key.
        everything += bucket.unfinished(commit_key(name))
    records: dict[_Folder, Upload] = {}
    parts: list[tuple[_Folder, Upload]] = []
    for upload in everything:
        shown, folder = name_of_commit(upload.key), name_and_token(upload.key)
        if shown is not None:
            records[shown, token_of(upload.id)] = upload
        elif folder is not None:
            parts.append((folder, upload))
    return records, parts


def _is_shown(bucket: Bucket, folder: _Folder) -> bool:
    """Return whether a record shows the folder, or cannot be read and so might."""
    name, token = folder
    found = bucket.size_and_bytes(commit_key(name), MAX_SIZE)
    if found is None:
        return False
    try:
        return CommitRecord.parse(found[1], path=path_of(name)).token == token
    except BundleError:
        return True
