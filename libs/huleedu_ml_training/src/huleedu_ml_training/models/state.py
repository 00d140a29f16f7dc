"""Reading and writing the JSON files of a stored model, with errors that name the file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.errors import InvalidModelStateError

STATE_FILE = "booster.json"
"""The file of a classifier's state that says what kind of model the others make."""

_T = TypeVar("_T")


def to_document(document: Mapping[str, Any]) -> bytes:
    """Return a JSON file, equal for equal documents; floats come back bit for bit."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def parse_document(state: Mapping[str, bytes], file: str) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        InvalidModelStateError: The file is missing or holds no JSON object.
    """
    if file not in state:
        raise InvalidModelStateError(file=file, reason="is missing")
    try:
        document = json.loads(state[file])
    except ValueError as error:
        raise InvalidModelStateError(file=file, reason=f"is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidModelStateError(file=file, reason="holds no JSON object")
    return document


def typed_field(document: Mapping[str, Any], key: str, kind: type[_T], *, file: str) -> _T:
    """Return a value of a document.

    Raises:
        InvalidModelStateError: The key is absent or its value is of another type.
    """
    value = document.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        reason = f"has no {key} of type {kind.__name__}"
        raise InvalidModelStateError(file=file, reason=reason)
    return value


def finite_numbers(values: Sequence[Any], *, file: str) -> NDArray[np.float64]:
    """Return numbers as an array of shape (n,).

    Raises:
        InvalidModelStateError: One of them is no finite number.
    """
    plain = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    numbers = np.asarray(values if plain else [np.nan], dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise InvalidModelStateError(file=file, reason="holds a value that is no finite number")
    return numbers
