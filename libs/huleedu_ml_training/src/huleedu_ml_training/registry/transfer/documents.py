"""Entries of a ledger as JSON, and what is read from JSON that comes from elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from huleedu_ml_training.registry.records import EventAction, ModelEvent, Stage

_S = TypeVar("_S", bound=StrEnum)
_MOST_LEVELS = 64
_KEYS = frozenset(
    {"id", "model_id", "model_name", "version", "occurred_at", "actor", "action", "from_stage"}
    | {"to_stage", "reason", "gate_report", "correlation_id"}
)


def event_document(event: ModelEvent) -> dict[str, Any]:
    """Return an entry as a JSON-ready document."""
    return {
        "id": event.id,
        "model_id": str(event.model_id),
        "model_name": event.model_name,
        "version": event.version,
        "occurred_at": event.occurred_at.isoformat(),
        "actor": event.actor,
        "action": event.action.value,
        "from_stage": None if event.from_stage is None else event.from_stage.value,
        "to_stage": event.to_stage.value,
        "reason": event.reason,
        "gate_report": event.gate_report,
        "correlation_id": event.correlation_id,
    }


def parse_event(document: Any) -> ModelEvent:
    """Return the entry that a document describes.

    Raises:
        ValueError: It describes none; the text of the exception says why.
    """
    if not isinstance(document, dict) or document.keys() != _KEYS:
        msg = "an entry of the history has missing or unknown fields"
        raise ValueError(msg)
    report = document["gate_report"]
    if report is not None and not isinstance(report, dict):
        msg = "a gate report of the history is no object"
        raise ValueError(msg)
    if type(document["id"]) is not int:
        msg = "an entry of the history has no number"
        raise ValueError(msg)
    from_stage = optional_text(document, "from_stage")
    return ModelEvent(
        id=document["id"],
        model_id=UUID(text(document, "model_id")),
        model_name=text(document, "model_name"),
        version=text(document, "version"),
        occurred_at=moment(document, "occurred_at"),
        actor=text(document, "actor"),
        action=member(EventAction, text(document, "action")),
        from_stage=None if from_stage is None else member(Stage, from_stage),
        to_stage=member(Stage, text(document, "to_stage")),
        reason=optional_text(document, "reason"),
        gate_report=report,
        correlation_id=optional_text(document, "correlation_id"),
    )


def check_depth(document: Any) -> None:
    """Check that a document is nested no deeper than documents of ours are.

    Raises:
        ValueError: It is, and walking through it could exhaust the stack.
    """
    level = [document]
    for _ in range(_MOST_LEVELS):
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [item for items in inner for item in items if isinstance(item, dict | list)]
        if not level:
            return
    msg = f"it is nested more than {_MOST_LEVELS} levels deep"
    raise ValueError(msg)


def text(document: Mapping[str, Any], key: str) -> str:
    """Return a text of a document.

    Raises:
        ValueError: It is none.
    """
    value = document.get(key)
    if not isinstance(value, str):
        msg = f"{key} is no text"
        raise ValueError(msg)  # noqa: TRY004 - one kind of exception for every defect
    return value


def optional_text(document: Mapping[str, Any], key: str) -> str | None:
    """Return a text of a document, or None where it is null.

    Raises:
        ValueError: It is neither.
    """
    return None if document.get(key) is None else text(document, key)


def moment(document: Mapping[str, Any], key: str) -> datetime:
    """Return a moment of a document.

    Raises:
        ValueError: It is none, or has no time zone.
    """
    found = datetime.fromisoformat(text(document, key))
    if found.tzinfo is None:
        msg = f"{key} has no time zone"
        raise ValueError(msg)
    return found


def member(kind: type[_S], value: str) -> _S:
    """Return the member of an enumeration that has a value.

    Raises:
        ValueError: None has.
    """
    return kind(value)
