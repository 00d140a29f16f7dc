"""How an extraction process and the process that started it talk: frames on two pipes.

A frame is a kind (one byte), a length (four bytes, big endian) and that many bytes. No frame holds
anything but JSON or float32 values, so nothing a worker reads can make it run code.
"""

import json
import struct
from enum import Enum
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.protocols import EssayInput

_HEADER = struct.Struct(">cI")
_FLOAT32 = np.dtype("<f4")


class Frame(Enum):
    """Kinds of frames; a worker sends READY once and then one reply to each ESSAY."""

    SETUP = b"S"
    READY = b"R"
    ESSAY = b"E"
    VECTOR = b"V"
    FAILURE = b"F"


class PeerGoneError(Exception):
    """The other process closed its end."""


def send(stream: IO[bytes], frame: Frame, content: bytes) -> None:
    """Write one frame.

    Raises:
        PeerGoneError: Nobody reads any more.
    """
    try:
        stream.write(_HEADER.pack(frame.value, len(content)) + content)
        stream.flush()
    except (OSError, ValueError):
        raise PeerGoneError from None


def receive(stream: IO[bytes]) -> tuple[Frame, bytes]:
    """Read one frame.

    Raises:
        PeerGoneError: The stream ended.
    """
    kind, length = _HEADER.unpack(_read(stream, _HEADER.size))
    return Frame(kind), _read(stream, length)


def _read(stream: IO[bytes], size: int) -> bytes:
    try:
        content = stream.read(size)
    except (OSError, ValueError):
        raise PeerGoneError from None
    if len(content) < size:
        raise PeerGoneError
    return content


def encode_json(document: Any) -> bytes:
    """Return a JSON document as ASCII bytes; lone surrogates survive the way."""
    return json.dumps(document).encode("ascii")


def decode_json(content: bytes) -> Any:
    """Return the document of :func:`encode_json`."""
    return json.loads(content)


def encode_essay(essay: EssayInput) -> bytes:
    """Return an essay as bytes."""
    return encode_json([essay.text, essay.prompt_text, essay.language])


def decode_essay(content: bytes) -> EssayInput:
    """Return the essay of :func:`encode_essay`."""
    text, prompt_text, language = decode_json(content)
    return EssayInput(text, prompt_text, language)


def encode_vector(vector: NDArray[np.float32]) -> bytes:
    """Return a vector's values as little-endian float32."""
    return vector.astype(_FLOAT32).tobytes()


def decode_vector(content: bytes) -> NDArray[np.float32]:
    """Return the vector of :func:`encode_vector`, shape (n_features,)."""
    return np.frombuffer(content, dtype=_FLOAT32).astype(np.float32)
