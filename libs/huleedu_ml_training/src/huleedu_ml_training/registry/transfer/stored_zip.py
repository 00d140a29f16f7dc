"""Zip archives of one form only: stored entries in order of their names, and nothing else.

Any tool can list and unpack such a file. The reader is not any tool: it takes what the writer
writes, byte for byte, so that no entry can be compressed, encrypted, doubled, hidden between two
others, linked, or named differently in the two places where a zip archive has names.
"""

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION = 20
_MADE_ON_UNIX = 3 << 8
_MIDNIGHT, _FIRST_OF_1980 = 0, 0x21
_REGULAR_FILE = 0o100600 << 16
_MOST_ENTRIES = 2048


@dataclass(frozen=True, slots=True)
class _Entry:
    name: bytes
    crc: int
    size: int
    offset: int

    def local(self) -> bytes:
        """Return what stands before the content."""
        times = (_MIDNIGHT, _FIRST_OF_1980)
        sizes = (self.crc, self.size, self.size)
        head = _LOCAL.pack(_LOCAL_MARK, _VERSION, 0, 0, *times, *sizes, len(self.name), 0)
        return head + self.name

    def central(self) -> bytes:
        """Return what the directory at the end says."""
        versions = (_MADE_ON_UNIX | _VERSION, _VERSION)
        times = (_MIDNIGHT, _FIRST_OF_1980)
        sizes = (self.crc, self.size, self.size)
        rest = (len(self.name), 0, 0, 0, 0, _REGULAR_FILE, self.offset)
        return _CENTRAL.pack(_CENTRAL_MARK, *versions, 0, 0, *times, *sizes, *rest) + self.name


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of files; equal files give equal bytes.

    Args:
        files: Name, of ASCII characters, → content; less than 4 GiB together.
    """
    parts: list[bytes] = []
    entries: list[_Entry] = []
    offset = 0
    for name, data in sorted(files.items()):
        entry = _Entry(name.encode("ascii"), zlib.crc32(data), len(data), offset)
        entries.append(entry)
        parts += [entry.local(), data]
        offset += len(parts[-2]) + len(data)
    return b"".join([*parts, _tail(entries, offset)])


def unpack(archive: bytes, limit: Callable[[str], int | None]) -> dict[str, bytes]:
    """Return the files of an archive that :func:`pack` made.

    Args:
        archive: The bytes.
        limit: Most bytes that a file of a name may have; None for a name that may not be there.

    Raises:
        ValueError: They are no such archive; the text of the exception says why.
    """
    files: dict[str, bytes] = {}
    entries: list[_Entry] = []
    offset = 0
    while archive[offset : offset + len(_LOCAL_MARK)] == _LOCAL_MARK:
        entry = _entry_at(archive, offset)
        name = entry.name.decode("ascii", "replace")
        if len(entries) == _MOST_ENTRIES:
            _refuse(f"it has more than {_MOST_ENTRIES} entries")
        if entries and entry.name <= entries[-1].name:
            _refuse(f"the entry {name!a} is out of order or occurs twice")
        allowed = limit(name)
        if allowed is None:
            _refuse(f"the entry {name[:120]!a} does not belong in it")
        elif entry.size > allowed:
            _refuse(f"{name} has {entry.size} bytes, and {allowed} at most are allowed")
        start = offset + _LOCAL.size + len(entry.name)
        data = archive[start : start + entry.size]
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            _refuse(f"{name} is cut or damaged")
        if archive[offset:start] != entry.local():
            _refuse(f"the entry {name} is compressed, encrypted, or has other attributes")
        files[name] = data
        entries.append(entry)
        offset = start + entry.size
    if archive[offset:] != _tail(entries, offset):
        _refuse("something else than its entries is in it, or its end is missing")
    return files


def _entry_at(archive: bytes, offset: int) -> _Entry:
    if len(archive) < offset + _LOCAL.size:
        _refuse("its end is missing")
    fields = _LOCAL.unpack_from(archive, offset)
    crc, size, length = fields[6], fields[8], fields[9]
    start = offset + _LOCAL.size
    return _Entry(archive[start : start + length], crc, size, offset)


def _tail(entries: list[_Entry], offset: int) -> bytes:
    directory = b"".join(entry.central() for entry in entries)
    count = len(entries)
    return directory + _END.pack(_END_MARK, 0, 0, count, count, len(directory), offset, 0)


def _refuse(problem: str) -> NoReturn:
    raise ValueError(problem)
