"""JSON as an artifact may contain it: one object, no surprises."""

import json
from collections.abc import Sequence
from typing import Any, NoReturn


def parse_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object that the bytes hold.

    Stricter than :func:`json.loads`: a repeated key, which two readers could take differently,
    is refused, and so are NaN and infinity.

    Raises:
        ValueError: The bytes are not UTF-8, not whole, nested too deeply, or not one object; the
            text of the exception says which.
    """
    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique_object,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        msg = "it is not UTF-8 text"
        raise ValueError(msg) from None
    except json.JSONDecodeError as error:
        msg = f"it is not whole JSON: {error.msg} in line {error.lineno}"
        raise ValueError(msg) from None
    except RecursionError:
        msg = "it is nested too deeply"
        raise ValueError(msg) from None
    if not isinstance(document, dict):
        msg = "it is not a JSON object"
        raise ValueError(msg)  # noqa: TRY004 - one kind of exception for every defect of the text
    return document


def _unique_object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        msg = f"the key {repeated!r} occurs twice"
        raise ValueError(msg)
    return document


def _refuse_constant(constant: str) -> NoReturn:
    msg = f"it holds {constant}, which is not JSON"
    raise ValueError(msg)
