"""Errors of files with essays: not there, in the way, in another format or encoding."""

from collections.abc import Sequence
from pathlib import Path

from huleedu_ml_training.domain.errors import (
    ConflictError,
    InfrastructureError,
    InvalidDataError,
    NotFoundError,
    UsageError,
)


class DataFileNotFoundError(NotFoundError):
    """There is no file of that name."""

    code = "data-file-not-found"

    def __init__(self, *, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the file."""
        return f"no file at {self.path}"

    @property
    def remedy(self) -> str:
        """Say where it was looked for."""
        return f"check the path; it is relative to {Path.cwd()}"


class FileAccessError(InfrastructureError):
    """The operating system refuses to read or write a file.

    Attributes:
        path: The file.
        action: ``read`` or ``written``.
        reason: What the operating system says.
    """

    code = "file-access"

    def __init__(self, *, path: Path, action: str, reason: str) -> None:
        super().__init__()
        self.path = path
        self.action = action
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the file and the action."""
        return f"{self.path} cannot be {self.action}: {self.reason}"

    @property
    def remedy(self) -> str:
        """Point at permissions and space."""
        return "check the path, its permissions and the space on the disk"


class OutputFileExistsError(ConflictError):
    """A file is in the way and was not to be overwritten."""

    code = "output-file-exists"

    def __init__(self, *, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the file."""
        return f"{self.path} exists already"

    @property
    def remedy(self) -> str:
        """Name the option."""
        return "choose another name, or pass --force to replace it"


class UnknownFileFormatError(UsageError):
    """The name of a file does not say what is in it.

    Attributes:
        path: The file.
        known: Names of the formats.
    """

    code = "unknown-file-format"

    def __init__(self, *, path: Path, known: Sequence[str]) -> None:
        super().__init__()
        self.path = path
        self.known = tuple(known)

    @property
    def what(self) -> str:
        """Name the file."""
        return f"the format of {self.path} cannot be told from its name"

    @property
    def remedy(self) -> str:
        """Name the option."""
        return f"pass --format with one of {', '.join(self.known)}"


class MalformedFileError(InvalidDataError):
    """A file is not what its format asks for, from some point on.

    Attributes:
        path: The file.
        file_format: The format it was read as.
        reason: What is wrong, and where.
    """

    code = "malformed-file"

    def __init__(self, *, path: Path, file_format: str, reason: str) -> None:
        super().__init__()
        self.path = path
        self.file_format = file_format
        self.reason = reason

    @property
    def what(self) -> str:
        """Name file, format and place."""
        return f"{self.path} cannot be read as {self.file_format}: {self.reason}"

    @property
    def remedy(self) -> str:
        """Say what usually helps."""
        return "write or copy the file again, or name its true format with --format"


class WrongEncodingError(InvalidDataError):
    """The bytes of a file are not text in the encoding it was read with.

    Attributes:
        path: The file.
        encoding: The encoding it was read with.
        offset: Place of the first offending byte, from 0.
        line: Line of that byte, from 1.
        byte: The byte itself.
        guess: An encoding that the bytes may be in.
    """

    code = "wrong-encoding"

    def __init__(
        self, *, path: Path, encoding: str, offset: int, line: int, byte: int, guess: str
    ) -> None:
        super().__init__()
        self.path = path
        self.encoding = encoding
        self.offset = offset
        self.line = line
        self.byte = byte
        self.guess = guess

    @property
    def what(self) -> str:
        """Name the place."""
        return (
            f"{self.path} is not {self.encoding} text: byte 0x{self.byte:02x} at position "
            f"{self.offset:,} (line {self.line:,})"
        )

    @property
    def remedy(self) -> str:
        """Give the conversion and the option."""
        return (
            f"name the encoding, as in --encoding {self.guess}, or convert the file: "
            f"iconv -f {self.guess} -t utf-8 {self.path.name}"
        )


class UnknownEncodingError(UsageError):
    """Python knows no text encoding of that name."""

    code = "unknown-encoding"

    def __init__(self, *, encoding: str) -> None:
        super().__init__()
        self.encoding = encoding

    @property
    def what(self) -> str:
        """Name the encoding."""
        return f"there is no text encoding {self.encoding!r}"

    @property
    def remedy(self) -> str:
        """Name common ones."""
        return "common ones are utf-8, cp1252 (Windows, Western Europe), latin-1 and utf-16"
