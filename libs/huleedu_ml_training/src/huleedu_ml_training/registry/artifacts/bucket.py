"""A part of an S3 bucket, with the few requests that a store of bundles makes."""

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

from huleedu_ml_training.config import ArtifactSettings
from huleedu_ml_training.registry.artifacts.s3_client import connect
from huleedu_ml_training.registry.artifacts.s3_errors import (
    ObjectStoreError,
    ObjectStoreUnavailableError,
    answer_code,
    translated,
)

_MIB = 1024 * 1024
_PART_SIZE = 16 * _MIB
_PAUSE_S = 0.2


class Outcome(Enum):
    """What became of an attempt to make an object that must be new."""

    MADE = auto()
    EXISTS = auto()
    CONFLICT = auto()


_OUTCOMES = {
    "412": Outcome.EXISTS,
    "PreconditionFailed": Outcome.EXISTS,
    "409": Outcome.CONFLICT,
    "ConditionalRequestConflict": Outcome.CONFLICT,
    "OperationAborted": Outcome.CONFLICT,
}


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that a listing showed.

    Attributes:
        key: Below the prefix.
        modified_at: UTC, by the store's clock.
    """

    key: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload in parts that was begun and neither finished nor abandoned.

    Attributes:
        key: Of the object that it would make, below the prefix.
        id: The store's name for it; never used again.
        begun_at: UTC, by the store's clock.
    """

    key: str
    id: str
    begun_at: datetime


class Bucket:
    """Objects below a prefix; keys are relative to it. Safe for threads, and blocking.

    Every byte that is sent goes with its SHA-256, which the store compares. Requests that fail for
    a reason that may pass are repeated a bounded number of times. All methods raise
    :class:`~huleedu_ml_training.registry.artifacts.s3_errors.ObjectStoreError`.

    Args:
        settings: Bucket, prefix, server and patience; ``url`` is set.
        part_size: Bytes above which an object is sent in parts of so many bytes each; S3 wants
            5 MiB at least.
    """

    def __init__(self, settings: ArtifactSettings, *, part_size: int = _PART_SIZE) -> None:
        place = urlsplit(str(settings.url))
        self._name = place.netloc
        self._prefix = f"{place.path.strip('/')}/".removeprefix("/")
        self._settings = settings
        self._part_size = part_size
        self._lock = threading.Lock()
        self._client: Any = None

    def where(self, key: str = "") -> str:
        """Return an object's address for people."""
        return f"s3://{self._name}/{self._prefix}{key}"

    def modified_at(self, key: str) -> datetime | None:
        """Return when an object was made (UTC), or None where there is none."""
        # A HEAD would not tell an absent object from an absent bucket.
        first = next(self.objects(key), None)
        return first.modified_at if first is not None and first.key == key else None

    def size_and_bytes(self, key: str, limit: int) -> tuple[int, bytes] | None:
        """Return size and content of an object, or None where there is none.

        Content that is larger than the limit (bytes) is not read, and comes back empty.
        """
        attempts = self._settings.attempts
        for attempt in range(1, attempts + 1):
            try:
                return self._read(key, limit)
            except ObjectStoreUnavailableError:
                # The client repeats requests, but not the reading of an answer that broke off.
                if attempt == attempts:
                    raise
                time.sleep(_PAUSE_S * attempt)
        return None

    def put(self, key: str, data: bytes) -> None:
        """Make an object, in parts if it is large."""
        with translated("write", self.where(key)):
            if len(data) <= self._part_size:
                checksum = _checksum(data)
                self._open().put_object(**self._at(key), Body=data, ChecksumSHA256=checksum)
                return
            upload = self.begin(key)
            try:
                self._finish(key, upload, data)
            except BaseException:
                with suppress(ObjectStoreError):
                    self.abandon(key, upload)
                raise

    def begin(self, key: str) -> str:
        """Begin an upload in parts and return its id."""
        with translated("write", self.where(key)):
            answer = self._open().create_multipart_upload(
                **self._at(key), ChecksumAlgorithm="SHA256"
            )
        return str(answer["UploadId"])

    def finish_as_new(self, key: str, upload: str, data: bytes) -> Outcome:
        """Send all of an upload; the object appears in one step, and never replaces another.

        An upload that was abandoned cannot be finished: that raises and makes nothing.
        """
        with translated("write", self.where(key)):
            try:
                self._finish(key, upload, data, IfNoneMatch="*")
            except self._open().exceptions.ClientError as error:
                outcome = _OUTCOMES.get(answer_code(error))
                if outcome is None:
                    raise
                return outcome
        return Outcome.MADE

    def abandon(self, key: str, upload: str) -> None:
        """End an upload for ever; one that has ended already is no error."""
        with translated("end the upload of", self.where(key)):
            try:
                self._open().abort_multipart_upload(**self._at(key), UploadId=upload)
            except self._open().exceptions.ClientError as error:
                if answer_code(error) not in {"NoSuchUpload", "404"}:
                    raise

    def delete(self, key: str) -> None:
        """Remove an object; one that is absent is no error."""
        with translated("remove", self.where(key)):
            self._open().delete_object(**self._at(key))

    def objects(self, prefix: str, *, nested: bool = True) -> Iterator[StoredObject]:
        """Yield objects whose key begins so; unless nested, none with a slash after it."""
        delimiter = {} if nested else {"Delimiter": "/"}
        with translated("list", self.where(prefix)):
            pages = self._open().get_paginator("list_objects_v2")
            for page in pages.paginate(
                Bucket=self._name, Prefix=f"{self._prefix}{prefix}", **delimiter
            ):
                for each in page.get("Contents", ()):
                    modified = each["LastModified"].astimezone(UTC)
                    yield StoredObject(each["Key"].removeprefix(self._prefix), modified)

    def unfinished(self, prefix: str) -> list[Upload]:
        """Return the uploads in parts whose key begins so."""
        with translated("list the uploads of", self.where(prefix)):
            pages = self._open().get_paginator("list_multipart_uploads")
            return [
                Upload(
                    each["Key"].removeprefix(self._prefix),
                    each["UploadId"],
                    each["Initiated"].astimezone(UTC),
                )
                for page in pages.paginate(Bucket=self._name, Prefix=f"{self._prefix}{prefix}")
                for each in page.get("Uploads", ())
            ]

    def _read(self, key: str, limit: int) -> tuple[int, bytes] | None:
        with translated("read", self.where(key)):
            try:
                answer = self._open().get_object(**self._at(key))
            except self._open().exceptions.NoSuchKey:
                return None
            size = int(answer["ContentLength"])
            with answer["Body"] as body:
                return size, body.read() if size <= limit else b""

    def _finish(self, key: str, upload: str, data: bytes, **conditions: str) -> None:
        client, place = self._open(), {**self._at(key), "UploadId": upload}
        parts = []
        for number, start in enumerate(range(0, len(data), self._part_size), 1):
            part = data[start : start + self._part_size]
            checksum = _checksum(part)
            answer = client.upload_part(
                **place, PartNumber=number, Body=part, ChecksumSHA256=checksum
            )
            parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum})
        client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts}, **conditions)

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self._name, "Key": f"{self._prefix}{key}"}

    def _open(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = connect(self._settings)
            return self._client


def _checksum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
