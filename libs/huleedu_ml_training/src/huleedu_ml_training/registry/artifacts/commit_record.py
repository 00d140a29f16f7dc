"""The small object that makes a bundle visible in an S3 store."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from huleedu_ml_training.export.bundle import MAX_TOTAL_SIZE, size_limit
from huleedu_ml_training.export.bundle_errors import (
    BundleFileTooLargeError,
    InvalidBundleDocumentError,
    TamperedBundleFileError,
    UnknownBundleFileError,
)
from huleedu_ml_training.export.manifest import SHA256, FileEntry
from huleedu_ml_training.export.strict_json import parse_object

MAX_SIZE = 1024 * 1024
"""Bytes that a record has at most."""

_FORMAT = 1
_TOKEN = re.compile(r"[0-9a-f]{32}")


def token_of(upload: str) -> str:
    """Return the folder name that an upload's files have; another upload never has the same."""
    return hashlib.sha256(upload.encode()).hexdigest()[:32]


def is_token(text: str) -> bool:
    """Return whether a folder can be that of an upload."""
    return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class CommitRecord:
    """Says which files a bundle has, and in which folder an upload has put them.

    Attributes:
        token: The folder.
        files: File name → size and digest.
    """

    token: str
    files: Mapping[str, FileEntry]

    def to_bytes(self) -> bytes:
        """Return the record as an object of the store holds it."""
        files = {
            name: {"size": entry.size, "sha256": entry.sha256} for name, entry in self.files.items()
        }
        document = {"format": _FORMAT, "upload": self.token, "files": files}
        return f"{json.dumps(document, indent=1, sort_keys=True)}\n".encode()

    @classmethod
    def parse(cls, data: bytes, *, path: str) -> "CommitRecord":
        """Return the record that an object holds.

        Args:
            data: The object's content.
            path: Of the bundle, for the errors.

        Raises:
            InvalidBundleDocumentError: It is no such record.
            UnknownBundleFileError: It names a file that no bundle may contain.
            BundleFileTooLargeError: It names more bytes than a bundle may have.
        """
        try:
            document = parse_object(data)
        except ValueError as error:
            raise InvalidBundleDocumentError(name=path, problem=str(error)) from None
        files, token = document.get("files"), document.get("upload")
        if (
            document.keys() != {"format", "upload", "files"}
            or document["format"] != _FORMAT
            or not isinstance(token, str)
            or not is_token(token)
            or not isinstance(files, dict)
            or not all(map(_is_entry, files.values()))
        ):
            raise InvalidBundleDocumentError(name=path, problem="it is no record of a bundle")
        unknown = sorted(name for name in files if size_limit(name) is None)
        if unknown:
            raise UnknownBundleFileError(names=unknown)
        entries = {name: FileEntry(each["size"], each["sha256"]) for name, each in files.items()}
        for name, entry in entries.items():
            limit = size_limit(name) or 0
            if entry.size > limit:
                raise BundleFileTooLargeError(name=name, size=entry.size, limit=limit)
        total = sum(entry.size for entry in entries.values())
        if total > MAX_TOTAL_SIZE:
            raise BundleFileTooLargeError(name="the bundle", size=total, limit=MAX_TOTAL_SIZE)
        return cls(token, entries)

    def check(self, name: str, size: int, data: bytes) -> None:
        """Compare a file with what the record says of it.

        Raises:
            TamperedBundleFileError: It is another.
        """
        expected = self.files[name]
        actual = FileEntry.of(data)
        if size != expected.size or actual != expected:
            found = (
                f"{size} bytes" if size != len(data) else f"{size} bytes, sha256 {actual.sha256}"
            )
            raise TamperedBundleFileError(
                name=name,
                expected=f"{expected.size} bytes, sha256 {expected.sha256}",
                actual=found,
            )


def _is_entry(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"size", "sha256"}
        and type(value["size"]) is int
        and value["size"] >= 0
        and isinstance(value["sha256"], str)
        and SHA256.fullmatch(value["sha256"]) is not None
    )
