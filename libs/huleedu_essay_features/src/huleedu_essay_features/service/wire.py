"""What server and client say to each other: paths, headers, media types, and bodies."""

import io
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.protocols import EssayInput

EXTRACT_PATH = "/v1/extract"
SCHEMA_PATH = "/v1/schema"

DIGEST_HEADER = "X-Schema-Digest"
"""On every matrix: the digest of the schema that its columns have."""

CORRELATION_HEADER = "X-Correlation-ID"

JSON = "application/json"
NPY = "application/x-npy"
ARROW = "application/vnd.apache.arrow.stream"
PROBLEM = "application/problem+json"

NPY_HEADER_BYTES = 4096
"""More than the header of a matrix takes."""

_FLOAT32 = np.dtype("<f4")


def is_api_key(text: str) -> bool:
    """Return whether a text can be a bearer token in an HTTP header."""
    return bool(text) and text.isascii() and text.isprintable() and text == text.strip()


def encode_essay(essay: EssayInput) -> bytes:
    """Return an essay as the JSON of a request's body."""
    document = {
        "text": essay.text,
        "prompt_text": essay.prompt_text,
        "language": essay.language,
    }
    try:
        return json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # lone surrogates travel as escapes only
        return json.dumps(document).encode("ascii")


def join_request(essays: Sequence[bytes], digest: str) -> bytes:
    """Return a request's body from essays of :func:`encode_essay`.

    Args:
        essays: At least one.
        digest: The schema that the answer must have.
    """
    head = f'{{"schema_digest":{json.dumps(digest)},"essays":['.encode()
    return head + b",".join(essays) + b"]}"


def encode_npy(matrix: NDArray[np.float32]) -> bytes:
    """Return a matrix as a file of NumPy's format, version 1.0, little-endian float32."""
    stream = io.BytesIO()
    np.lib.format.write_array(
        stream, np.ascontiguousarray(matrix, dtype=_FLOAT32), version=(1, 0), allow_pickle=False
    )
    return stream.getvalue()


def decode_npy(content: bytes, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Read a matrix of :func:`encode_npy`.

    The header says nothing that is not known already: it is compared, never obeyed.

    Raises:
        ValueError: The content is not a float32 matrix of that shape, or too long or short.
    """
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        msg = f"version {version} of the npy format is not supported"
        raise ValueError(msg)
    got = np.lib.format.read_array_header_1_0(stream, max_header_size=NPY_HEADER_BYTES)
    if got != (shape, False, _FLOAT32):
        got_shape, fortran, dtype = got
        order = "Fortran" if fortran else "C"
        msg = f"it holds {dtype} of shape {got_shape} in {order} order, expected float32 {shape}"
        raise ValueError(msg)
    values = content[stream.tell() :]
    if len(values) != shape[0] * shape[1] * _FLOAT32.itemsize:
        msg = f"it holds {len(values)} bytes of values for shape {shape}"
        raise ValueError(msg)
    return np.frombuffer(values, dtype=_FLOAT32).reshape(shape).astype(np.float32)
