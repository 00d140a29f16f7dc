"""What a run was asked for beside its settings, as its row keeps it."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from huleedu_ml_training.domain.dataset import EssaySelection

SELECTION = "selection"
MODEL_NAME = "model_name"
"""Key of the name of the model that a run makes or judges."""


def selection_document(selection: EssaySelection) -> dict[str, Any]:
    """Return a selection as JSON-ready fields; what selects all is left out."""
    document: dict[str, Any] = {}
    for each in fields(selection):
        value = getattr(selection, each.name)
        if value != each.default:
            document[each.name] = value.isoformat() if isinstance(value, datetime) else value
    return document


def stored_selection(document: Mapping[str, Any]) -> EssaySelection:
    """Return the selection that :func:`selection_document` described.

    Raises:
        ValueError: It describes none.
        TypeError: It describes none.
    """
    values = dict(document)
    for name, value in values.items():
        if name in {"since", "until"}:
            values[name] = datetime.fromisoformat(value)
        elif isinstance(value, list):
            values[name] = tuple(value)
    return EssaySelection(**values)
