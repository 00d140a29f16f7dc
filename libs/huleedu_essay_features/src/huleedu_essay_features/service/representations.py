"""A matrix in the form that the client asked for."""

import importlib
import importlib.util
import json
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.schema import FeatureSchema
from huleedu_essay_features.service.problems import ProblemError
from huleedu_essay_features.service.wire import ARROW, JSON, NPY, encode_npy

Renderer = Callable[[NDArray[np.float32], FeatureSchema], bytes]


def renderers() -> dict[str, Renderer]:
    """Return media type → how to write it, in order of preference where the client has none."""
    available: dict[str, Renderer] = {
        JSON: render_json,
        NPY: lambda matrix, _: encode_npy(matrix),
    }
    if importlib.util.find_spec("pyarrow") is not None:
        available[ARROW] = render_arrow
    return available


def negotiate(accept: str, available: dict[str, Renderer]) -> str:
    """Return the media type that a client likes best (RFC 9110, section 12.5.1).

    Args:
        accept: The header; empty stands for no preference.
        available: Of :func:`renderers`.

    Raises:
        ProblemError: 406.
    """
    weights = _weights(accept or "*/*")

    def weight(media_type: str) -> float:
        """The most specific range decides."""
        ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
        return next((weights[each] for each in ranges if each in weights), 0.0)

    best = max(available, key=weight)
    if weight(best) <= 0:
        offered = ", ".join(available)
        raise ProblemError(406, "not-acceptable", f"offered are {offered}", offered=list(available))
    return best


def _weights(accept: str) -> dict[str, float]:
    weights = {}
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = [piece[2:] for piece in parameters if piece.startswith("q=")]
        try:
            weights[media_range] = float(given[0]) if given else 1.0
        except ValueError:
            weights[media_range] = 0.0
    return weights


def render_json(matrix: NDArray[np.float32], schema: FeatureSchema) -> bytes:
    """Return ``{"schema_digest", "names", "rows"}``; NaN is null.

    Each value is the shortest decimal number that is nearest to no other float32.
    """
    shortest = matrix.astype(np.str_).astype(np.float64)
    undefined = np.isnan(matrix)
    rows = shortest.astype(object)
    rows[undefined] = None
    document = {
        "schema_digest": schema.digest,
        "names": list(schema.names),
        "rows": rows.tolist(),
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def render_arrow(matrix: NDArray[np.float32], schema: FeatureSchema) -> bytes:
    """Return an IPC stream with one float32 column a feature, and the digest in its metadata."""
    # The name keeps the type checker and the import graph free of a package that may be missing.
    arrow = importlib.import_module("pyarrow")
    columns = [arrow.array(matrix[:, i]) for i in range(len(schema))]
    fields = arrow.schema(
        [(name, arrow.float32()) for name in schema.names],
        metadata={"schema_digest": schema.digest},
    )
    sink = arrow.BufferOutputStream()
    with arrow.ipc.new_stream(sink, fields) as writer:
        writer.write_batch(arrow.record_batch(columns, schema=fields))
    content: bytes = sink.getvalue().to_pybytes()
    return content
