"""From a registry to a file, and from a file into another registry."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from huleedu_ml_training.data.durable_files import sync_directory, write_new_file
from huleedu_ml_training.data.replacing import replacing
from huleedu_ml_training.export.manifest import MODEL_NAME
from huleedu_ml_training.registry.candidates import InvalidCandidateError
from huleedu_ml_training.registry.errors import ModelNotFoundError, VersionExistsError
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
from huleedu_ml_training.registry.publishing import ORIGIN, ModelPublisher
from huleedu_ml_training.registry.records import ModelRecord
from huleedu_ml_training.registry.transfer.errors import (
    ExportDigestError,
    ExportNotFoundError,
    ImportConflictError,
    InvalidExportError,
    UnreadableExportError,
)
from huleedu_ml_training.registry.transfer.export_file import MAX_SIZE, Export
from huleedu_ml_training.registry.transfer.origin import origin_document
from huleedu_ml_training.registry.verification import read_registered_bundle


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an import did.

    Attributes:
        model: The version as it is registered here.
        export: What was imported.
        is_new: Whether it was registered now; false where it was here already.
    """

    model: ModelRecord
    export: Export
    is_new: bool


async def export_version(
    registry: ModelRegistryProtocol, artifacts: ArtifactStoreProtocol, model: ModelRecord
) -> Export:
    """Return a version with its bundle, verified, and the entries of the ledger about it.

    Raises:
        DamagedModelError: Its bundle is absent, altered, or not the one that was registered.
        InfrastructureError: Registry or store cannot be read.
    """
    bundle = await read_registered_bundle(artifacts, model)
    earlier = model.metadata.get(ORIGIN)
    return Export(
        model_id=model.id,
        model_name=model.model_name,
        registered_at=model.created_at,
        run_id=model.run_id,
        imported_from=earlier if isinstance(earlier, dict) else None,
        events=tuple(await registry.events_of(str(model.id))),
        bundle=bundle,
    )


def write_export(path: Path, data: bytes) -> None:
    """Write an export of mode 0600 in one step, and return when the disk has it.

    Raises:
        FileAccessError: The operating system refuses; what was there is left as it was.
    """
    with replacing(path) as temporary:
        write_new_file(temporary, data)
    sync_directory(path.absolute().parent)


def read_export(path: Path) -> Export:
    """Return the export that a file holds, every digest compared.

    Raises:
        ExportNotFoundError: There is no file.
        InvalidExportError: It is no sound export.
        UnsupportedExportVersionError: It is of another format.
        BundleError: The bundle in it is not sound.
        UnreadableExportError: The operating system refused.
    """
    try:
        data = _read_bounded(path)
    except FileNotFoundError:
        raise ExportNotFoundError(path=path) from None
    except OSError as error:
        raise UnreadableExportError(path=path, cause=error) from error
    except ValueError as error:
        raise InvalidExportError(problem=str(error), path=path) from None
    try:
        return Export.parse(data)
    except InvalidExportError as error:
        raise InvalidExportError(problem=error.problem, path=path) from None


async def import_version(
    registry: ModelRegistryProtocol,
    publisher: ModelPublisher,
    export: Export,
    *,
    actor: str,
    model_name: str | None = None,
    expected_digest: str | None = None,
    correlation_id: str | None = None,
) -> Arrival:
    """Register an exported version in stage dev; one that is here already is left as it is.

    The ledger here says that it was registered now. What happened where it comes from is kept in
    its metadata.

    Args:
        registry: Where it is looked for.
        publisher: Stores and registers it.
        export: What was read.
        actor: Who, for the ledger.
        model_name: Name to register under; None for the name that it had.
        expected_digest: Digest that the export must have; None does not ask.
        correlation_id: Ties the ledger entry to logs.

    Raises:
        ExportDigestError: It has another digest than was expected.
        ImportConflictError: The name has that version already, and it is another model.
        InvalidCandidateError: The name is malformed.
        InfrastructureError: Store or database failed.
    """
    if expected_digest is not None and export.digest != expected_digest.strip().lower():
        raise ExportDigestError(expected=expected_digest, actual=export.digest)
    name = model_name or export.model_name
    if not MODEL_NAME.fullmatch(name):
        raise InvalidCandidateError(field="model_name", value=name)
    present = await _present(registry, name, export)
    if present is not None:
        return Arrival(present, export, is_new=False)
    try:
        model = await publisher.adopt(
            export.bundle,
            actor=actor,
            model_name=name,
            imported_from=origin_document(export),
            correlation_id=correlation_id,
        )
    except VersionExistsError:  # somebody else was quicker
        present = await _present(registry, name, export)
        if present is None:
            raise
        return Arrival(present, export, is_new=False)
    return Arrival(model, export, is_new=True)


async def _present(
    registry: ModelRegistryProtocol, name: str, export: Export
) -> ModelRecord | None:
    try:
        present = await registry.find(name, version=export.bundle.manifest.version)
    except ModelNotFoundError:
        return None
    if present.digest != export.bundle.digest:
        raise ImportConflictError(present=present, digest=export.bundle.digest)
    return present


def _read_bounded(path: Path) -> bytes:
    # Opening a named pipe must not wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            msg = "it is no regular file"
            raise ValueError(msg)
        data = file.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        msg = f"it has more than {MAX_SIZE} bytes"
        raise ValueError(msg)
    return data
