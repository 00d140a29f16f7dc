"""Where an imported version comes from, as its metadata says; none of it happened here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huleedu_ml_training.registry.publishing import ORIGIN
from huleedu_ml_training.registry.records import ModelEvent, ModelRecord, Stage
from huleedu_ml_training.registry.transfer.documents import event_document, parse_event
from huleedu_ml_training.registry.transfer.export_file import Export


@dataclass(frozen=True, slots=True)
class Origin:
    """What another registry said of a version when it was exported there.

    Attributes:
        export_digest: Of the export that was imported.
        model_id: Its id there.
        model_name: Its name there.
        stage: Where it stood there.
        events: That registry's ledger about it, oldest first.
    """

    export_digest: str
    model_id: str
    model_name: str
    stage: Stage
    events: Sequence[ModelEvent]


def origin_document(export: Export) -> dict[str, Any]:
    """Return what the metadata of an imported version keeps."""
    return {
        "export_digest": export.digest,
        "id": str(export.model_id),
        "model_name": export.model_name,
        "stage": export.stage.value,
        "registered_at": export.registered_at.isoformat(),
        "run_id": None if export.run_id is None else str(export.run_id),
        "events": [event_document(event) for event in export.events],
        ORIGIN: export.imported_from,
    }


def origins(model: ModelRecord) -> list[Origin]:
    """Return where a version comes from, and where it was before that; nothing if made here.

    What does not read as an origin ends the list.
    """
    found = []
    document = model.metadata.get(ORIGIN)
    while isinstance(document, Mapping):
        try:
            found.append(
                Origin(
                    str(document["export_digest"]),
                    str(document["id"]),
                    str(document["model_name"]),
                    Stage(document["stage"]),
                    tuple(parse_event(each) for each in document["events"]),
                )
            )
        except (KeyError, TypeError, ValueError):
            break
        document = document.get(ORIGIN)
    return found
