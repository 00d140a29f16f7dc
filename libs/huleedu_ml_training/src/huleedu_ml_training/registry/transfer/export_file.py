"""A version with its bundle and its history as one file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from huleedu_ml_training.export.bundle import MAX_TOTAL_SIZE, Bundle, size_limit
from huleedu_ml_training.export.manifest import MODEL_NAME, FileEntry
from huleedu_ml_training.export.strict_json import parse_object
from huleedu_ml_training.registry.records import EventAction, ModelEvent, Stage
from huleedu_ml_training.registry.transfer.documents import (
    check_depth,
    event_document,
    moment,
    optional_text,
    parse_event,
    text,
)
from huleedu_ml_training.registry.transfer.errors import (
    InvalidExportError,
    UnsupportedExportVersionError,
)
from huleedu_ml_training.registry.transfer.stored_zip import pack, unpack

FORMAT_VERSION = 1
MAX_SIZE = MAX_TOTAL_SIZE + 16 * 1024 * 1024
"""Bytes that an export has at most."""

_INDEX, _HISTORY, _RECORD = "export.json", "history.json", "record.json"
_BUNDLE = "bundle/"
_LIMITS = {_INDEX: 1024 * 1024, _HISTORY: 4 * 1024 * 1024, _RECORD: 1024 * 1024}
_RECORD_KEYS = frozenset(
    {"id", "model_name", "version", "digest", "registered_at", "run_id", "imported_from"}
)


@dataclass(frozen=True, slots=True)
class Export:
    """A version as it leaves a registry.

    Attributes:
        model_id: Its id there.
        model_name: Its name there; the manifest may have another.
        registered_at: When it was registered there.
        run_id: The run there that made it, if any.
        imported_from: Where that registry had it from; None where it was made there.
        events: The entries of that registry's ledger about it, oldest first.
        bundle: The bundle, verified.
    """

    model_id: UUID
    model_name: str
    registered_at: datetime
    run_id: UUID | None
    imported_from: Mapping[str, Any] | None
    events: Sequence[ModelEvent]
    bundle: Bundle

    @property
    def stage(self) -> Stage:
        """Where it stood there, as the entries say."""
        moves = [each for each in self.events if each.action is not EventAction.REFUSED]
        return moves[-1].to_stage

    def to_bytes(self) -> bytes:
        """Return the file; equal exports give equal bytes.

        Raises:
            InvalidExportError: It is larger than an export may be.
        """
        files = self._files()
        for name, data in files.items():
            limit = _limit(name) or 0
            if len(data) > limit:
                problem = f"{name} would have {len(data)} bytes, and {limit} at most are allowed"
                raise InvalidExportError(problem=problem)
        return pack(files)

    @property
    def digest(self) -> str:
        """Sha256 of the index; through it, of every byte of the export."""
        return hashlib.sha256(self._files()[_INDEX]).hexdigest()

    @classmethod
    def parse(cls, data: bytes) -> "Export":
        """Return the export that a file holds, every digest compared.

        Raises:
            InvalidExportError: It is no sound export.
            UnsupportedExportVersionError: It is of another format.
            BundleError: The bundle in it is not sound.
        """
        try:
            files = unpack(data, _limit)
            _check_index(files)
            record = parse_object(files[_RECORD])
            history = parse_object(files[_HISTORY])
        except ValueError as error:
            raise InvalidExportError(problem=str(error)) from None
        bundle = Bundle.parse(
            {
                name.removeprefix(_BUNDLE): content
                for name, content in files.items()
                if name.startswith(_BUNDLE)
            }
        )
        try:
            check_depth(record)
            check_depth(history)
            export = _from_documents(record, history, bundle)
            is_ours = export._files() == files
        except ValueError as error:
            raise InvalidExportError(problem=str(error)) from None
        if not is_ours:
            raise InvalidExportError(problem="its documents are not as an export writes them")
        return export

    def _files(self) -> dict[str, bytes]:
        record = {
            "id": str(self.model_id),
            "model_name": self.model_name,
            "version": self.bundle.manifest.version,
            "digest": self.bundle.digest,
            "registered_at": self.registered_at.isoformat(),
            "run_id": None if self.run_id is None else str(self.run_id),
            "imported_from": self.imported_from,
        }
        files = {f"{_BUNDLE}{name}": data for name, data in self.bundle.files.items()}
        files[_RECORD] = _json(record)
        files[_HISTORY] = _json({"events": [event_document(event) for event in self.events]})
        entries = {name: FileEntry.of(data) for name, data in files.items()}
        index = {
            "format_version": FORMAT_VERSION,
            "files": {
                name: {"size": entry.size, "sha256": entry.sha256}
                for name, entry in entries.items()
            },
        }
        return {**files, _INDEX: _json(index)}


def _limit(name: str) -> int | None:
    if name.startswith(_BUNDLE):
        return size_limit(name.removeprefix(_BUNDLE))
    return _LIMITS.get(name)


def _check_index(files: Mapping[str, bytes]) -> None:
    """Compare every file with the index.

    Raises:
        ValueError: One is missing, too much, or another.
        UnsupportedExportVersionError: The index is of another format.
    """
    missing = sorted(_LIMITS.keys() - files.keys())
    if missing:
        msg = f"it lacks {', '.join(missing)}"
        raise ValueError(msg)
    index = parse_object(files[_INDEX])
    found = index.get("format_version")
    if type(found) is not int or found != FORMAT_VERSION:
        raise UnsupportedExportVersionError(found=found, supported=FORMAT_VERSION)
    actual = {
        name: {"size": entry.size, "sha256": entry.sha256}
        for name, entry in ((n, FileEntry.of(d)) for n, d in files.items() if n != _INDEX)
    }
    listed = index.get("files")
    if listed != actual:
        known = listed if isinstance(listed, dict) else {}
        other = sorted(n for n in {*known, *actual} if known.get(n) != actual.get(n))
        msg = f"{', '.join(ascii(name[:80]) for name in other[:5])} is not as the index says"
        raise ValueError(msg)


def _from_documents(record: dict[str, Any], history: dict[str, Any], bundle: Bundle) -> Export:
    earlier = record.get("imported_from")
    listed = history.get("events")
    if record.keys() != _RECORD_KEYS or history.keys() != {"events"}:
        msg = "a document has missing or unknown fields"
        raise ValueError(msg)
    if not isinstance(listed, list) or not (earlier is None or isinstance(earlier, dict)):
        msg = "a document has fields of another kind"
        raise ValueError(msg)
    run_id = optional_text(record, "run_id")
    export = Export(
        model_id=UUID(text(record, "id")),
        model_name=text(record, "model_name"),
        registered_at=moment(record, "registered_at"),
        run_id=None if run_id is None else UUID(run_id),
        imported_from=earlier,
        events=tuple(parse_event(each) for each in listed),
        bundle=bundle,
    )
    if not MODEL_NAME.fullmatch(export.model_name):
        msg = "model_name is no name of a model"
        raise ValueError(msg)
    if (record["version"], record["digest"]) != (bundle.manifest.version, bundle.digest):
        msg = "its record is of another bundle"
        raise ValueError(msg)
    _check_history(export)
    return export


def _check_history(export: Export) -> None:
    """Check that the entries are about the version and follow from each other.

    Raises:
        ValueError: They do not.
    """
    about = (export.model_id, export.model_name, export.bundle.manifest.version)
    stage: Stage | None = None
    number = 0
    for event in export.events:
        is_first = stage is None
        follows = event.id > number and event.from_stage is stage
        if (
            (event.model_id, event.model_name, event.version) != about
            or not follows
            or is_first != (event.action is EventAction.REGISTERED)
        ):
            msg = f"entry {event.id} of its history does not follow from those before it"
            raise ValueError(msg)
        number = event.id
        stage = stage if event.action is EventAction.REFUSED else event.to_stage
    if stage is None:
        msg = "its history is empty"
        raise ValueError(msg)


def _json(document: Mapping[str, Any]) -> bytes:
    text_ = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text_}\n".encode()
