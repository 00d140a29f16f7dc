"""Reading safetensors files: a header of names, types and places, then raw numbers.

Read here rather than by the package of that name, for two reasons: numbers are parsed from the very
bytes whose digest was taken, without a copy of them; and bfloat16, which numpy lacks, is widened.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "BF16": "<u2"}
"""Types of weights; whatever else a file holds (index tables) is left alone."""

_HEADER_LIMIT = 100_000_000
"""Bytes; the format's own limit."""


class MalformedSafetensorsError(ValueError):
    """The bytes are no safetensors file; the text says what is wrong."""


class SafetensorsFile(Mapping[str, NDArray[np.float32]]):
    """The weights of a safetensors file by name, made float32 when they are asked for.

    Args:
        content: The whole file; it must outlive this object and not change.

    Raises:
        MalformedSafetensorsError: It is cut off, or its header is not as the format has it.
    """

    def __init__(self, content: memoryview) -> None:
        self._content = content
        if len(content) < 8:
            raise MalformedSafetensorsError("it is shorter than its own length field")
        size = int.from_bytes(content[:8], "little")
        if size > min(_HEADER_LIMIT, len(content) - 8):
            raise MalformedSafetensorsError("its header is longer than the file, or than allowed")
        try:
            header = json.loads(bytes(content[8 : 8 + size]))
        except ValueError:
            raise MalformedSafetensorsError("its header is not JSON") from None
        if not isinstance(header, dict):
            raise MalformedSafetensorsError("its header is no JSON object")
        header.pop("__metadata__", None)
        self._start = 8 + size
        self._entries = {
            name: self._checked(name, entry)
            for name, entry in header.items()
            if not isinstance(entry, dict) or entry.get("dtype") in _TYPES
        }

    def _checked(self, name: str, entry: Any) -> tuple[str, tuple[int, ...], int]:
        """Return type, shape and first byte of a tensor that lies wholly inside the file."""
        try:
            code, shape, (first, last) = entry["dtype"], entry["shape"], entry["data_offsets"]
        except (KeyError, TypeError, ValueError):
            raise MalformedSafetensorsError(f"the entry of tensor {name!r} is incomplete") from None
        numbers = [*shape, first, last] if isinstance(shape, list) else [None]
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise MalformedSafetensorsError(f"tensor {name!r} has an impossible shape or place")
        n_bytes = math.prod(shape) * np.dtype(_TYPES[code]).itemsize
        if last - first != n_bytes or last > len(self._content) - self._start:
            raise MalformedSafetensorsError(f"tensor {name!r} does not lie where the header says")
        return code, tuple(shape), self._start + first

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        code, shape, start = self._entries[name]
        count = math.prod(shape)
        raw = np.frombuffer(self._content, _TYPES[code], count, start).reshape(shape)
        if code == "BF16":
            return (raw.astype(np.uint32) << 16).view(np.float32)
        return raw.astype(np.float32, copy=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
