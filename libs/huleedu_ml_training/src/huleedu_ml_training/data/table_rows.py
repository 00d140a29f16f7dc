"""From a row of the essay query to a record."""

import json
from collections.abc import Mapping
from typing import Any

from huleedu_ml_training.data.field_values import as_utc
from huleedu_ml_training.data.records import EssayRecord


def record_of(row: Mapping[str, Any]) -> EssayRecord:
    """Return the essay in a row of :meth:`EssayQuery.select`."""
    created_at = row["created_at"]
    return EssayRecord(
        essay_id=row["essay_id"],
        text=row["text"],
        grade=row["grade"],
        prompt=row["prompt"],
        prompt_text=row["prompt_text"],
        language=row["language"],
        created_at=None if created_at is None else as_utc(created_at),
        source=row["source"],
        ratings=tuple(_text(label) for label in row.get("rated") or row["ratings"] or ()),
        metadata={name: _text(value) for name, value in (row["metadata"] or {}).items()},
    )


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
